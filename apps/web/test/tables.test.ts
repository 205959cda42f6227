import { readFileSync } from 'node:fs';
import { explainDescriptor, listMappings, sourceOf, walk } from '@kexeckit/arm64-pgtable';
import { parseIomem } from '@kexeckit/ioport';
import { generateWorkload, planReboot, SimulatedMachine } from '@kexeckit/reboot';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { computed, overflow, problemsInSchemes, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';

const lab = serveToBrowser();
let shared: Watched | undefined;

const BOARD = 'nvidia_jetson_agx_orin_64g';
const MIB = 2 ** 20;

const linkTo = (more: Record<string, string> = {}): string =>
  `#/tables?${new URLSearchParams({ board: BOARD, kernelMib: '1', initrdMib: '1', ...more })}`;

beforeAll(async () => {
  if (!hasChromium) return;
  shared = await lab.watched();
  await shared.page.goto(`${lab.url()}${linkTo()}`);
  await opened(shared.page);
}, TIMEOUT);

function page(): Page {
  if (shared === undefined) throw new Error('the lab did not open');
  return shared.page;
}

/** Waits until everything that was asked for is shown. */
async function opened(shown: Page): Promise<void> {
  await shown.waitForSelector('.tables [role=tree] [role=treeitem]');
  await computed(shown);
}

/** Does something, and waits for what comes of it. */
async function after(action: Promise<unknown>): Promise<void> {
  await action;
  await page().waitForTimeout(50);
  await computed(page());
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** The plan of the same reboot, made here; its tables are read from its control pages. */
async function planned() {
  const map = readFileSync(new URL(`../src/desk/boards/${BOARD}.txt`, import.meta.url), 'utf8');
  const machine = new SimulatedMachine({
    ...{ exceptionLevel: 2, vhe: false, softRestart: false, cpus: 8 },
    memory: parseIomem(map, { lenient: true }),
  });
  const files = generateWorkload(MIB, MIB, 2019);
  const request = { ...files, cmdline: 'console=ttyS0', seed: 1, strategy: 'mmu-on', breadcrumbs: false } as const;
  const { stage } = (await planReboot(request, await machine.describe())).plan;
  if (stage.translation === undefined) throw new TypeError('the plan has no tables');
  const { space, registers } = stage.translation;
  const pages = new Map(stage.controlPages.map(({ pfn, bytes }) => [pfn, new Uint32Array(bytes.slice().buffer)]));
  const source = sourceOf({ page: (pfn) => pages.get(pfn) ?? new Uint32Array() });
  return {
    space,
    source,
    root: Number(registers.ttbr >> 12n),
    tables: stage.controlPages.filter(({ owner }) => owner === 'table'),
  };
}

/** What the page shows of the typed address. */
async function walked(address: string): Promise<{ levels: number[]; values: string[]; result: string }> {
  await after(page().getByRole('textbox', { name: 'Virtual address' }).fill(address));
  const steps = page().locator('.walk-steps li');
  return {
    levels: await steps.evaluateAll((all) => all.map((each) => Number(each.getAttribute('data-level')))),
    values: await steps.locator('code:nth-of-type(2)').allInnerTexts(),
    result: await text(page(), '.walk-result'),
  };
}

const tree = () => page().getByRole('tree');
const active = () => page().locator('[role=treeitem][data-active=true]');

describe('the tables page', () => {
  test(
    'walks addresses of the plan of a real board as `walk` does',
    async () => {
      const { space, source, root, tables } = await planned();
      expect(await text(page(), '.fact-line')).toContain(
        `${tables.length} tables of 4 KiB, the root at ${hex(BigInt(root) << 12n)}`,
      );
      const { runs } = listMappings(space, root, source);
      const [first, last] = [runs[0], runs.at(-1)];
      if (first === undefined || last === undefined) throw new TypeError('nothing is mapped');
      for (const at of [first.page, last.page + last.pages - 1, last.page + last.pages]) {
        const va = BigInt(at) * 4096n + 0x123n;
        const expected = walk(space, root, source, at);
        const { levels, values, result } = await walked(hex(va));
        expect(levels).toEqual(expected.steps.map(({ level }) => level));
        expect(values).toEqual(
          expected.steps.map(({ low, high }) => hex((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0))),
        );
        if (expected.kind === 'mapped')
          expect(result).toContain(`→ ${hex(BigInt(expected.frame) * 4096n + 0x123n)}, Normal`);
        else expect(result).toContain(`translation fault at level ${expected.level}`);
      }
      expect(await text(page(), '.table-findings')).toContain(
        "Nothing that should not be. Held against the machine's RAM.",
      );
      await page()
        .getByRole('textbox', { name: 'Only with' })
        .fill(hex(BigInt(last.page) * 4096n));
      await after(page().waitForSelector('.mappings [aria-rowcount="2"]'));
      expect(await text(page(), '.mappings [aria-rowindex="2"]')).toContain(hex(BigInt(last.page) * 4096n));
      await after(page().getByRole('textbox', { name: 'Only with' }).fill(''));
    },
    TIMEOUT,
  );

  test(
    'names the bits of the entry that a step of the walk leads to',
    async () => {
      const { space, source, root } = await planned();
      const run = listMappings(space, root, source).runs[0];
      const step = walk(space, root, source, run?.page ?? 0).steps.at(-1);
      if (run === undefined || step === undefined) throw new TypeError('nothing is mapped');
      await walked(hex(BigInt(run.page) * 4096n));
      await after(page().locator('.walk-steps button').last().click());
      expect(await text(page(), '.entry-value')).toBe(hex((BigInt(step.high >>> 0) << 32n) | BigInt(step.low >>> 0)));
      const fields = explainDescriptor(space, step.level, step.low, step.high);
      expect(await page().locator('.table-entry tbody tr').allInnerTexts()).toEqual(
        fields.map(({ bits, name, value, meaning }) => `${bits}\t${name}\t${hex(value)}\t${meaning}`),
      );
      expect(await page().locator('[role=treeitem][aria-selected=true]').getAttribute('data-walked')).toBe('true');
    },
    TIMEOUT,
  );

  test(
    'has a tree that keys go through, open and close',
    async () => {
      await after(page().getByRole('button', { name: 'Close all' }).click());
      await tree().focus();
      await page().keyboard.press('Home');
      if ((await active().getAttribute('data-kind')) === 'none') await page().keyboard.press('ArrowDown');
      expect(await active().getAttribute('aria-expanded')).toBe('false');
      await after(page().keyboard.press('ArrowRight'));
      await page().waitForSelector('[role=treeitem][aria-level="2"]');
      expect(await active().getAttribute('aria-expanded')).toBe('true');
      await page().keyboard.press('ArrowRight');
      expect(await active().getAttribute('aria-level')).toBe('2');
      expect(await tree().getAttribute('aria-activedescendant')).toBe(await active().getAttribute('id'));
      const key = await active().getAttribute('data-key');
      await after(page().keyboard.press('Enter'));
      expect(await page().locator('.table-entry [data-entry]').getAttribute('data-entry')).toBe(key);
      await page().keyboard.press('ArrowLeft');
      await after(page().keyboard.press('ArrowLeft'));
      expect(await page().locator('[role=treeitem][aria-level="2"]').count()).toBe(0);
    },
    TIMEOUT,
  );

  test(
    'says what is wrong with a field beside it, and keeps what was shown',
    async () => {
      await after(page().getByLabel('Tables of').selectOption('text'));
      await page().waitForFunction(() => document.querySelector('.fact-line')?.textContent?.includes('0x48000000'));
      await computed(page());
      const field = page().getByRole('textbox', { name: 'Mappings' });
      const lines = await field.inputValue();
      await after(field.fill(`${lines}\n0:0:2M:q`));
      expect(await text(page(), '.field:has(textarea) .bad')).toMatch(/^line 4: 0:0:2M:q is no mapping/);
      expect(await page().locator('[role=treeitem]').count()).toBeGreaterThan(3);
      await after(field.fill(`${lines}\n0x40300000:0:4K:rw`));
      await page().waitForSelector('.field:has(textarea) .bad');
      expect(await text(page(), '.field:has(textarea) .bad')).toMatch(/0x40300000/);
      await after(field.fill(lines));
      await after(page().getByRole('textbox', { name: 'Virtual address' }).fill('0x4020zz'));
      expect(await text(page(), '.walk-field .bad')).toMatch(/^give a number/);
      expect(await walked('0x40200123')).toMatchObject({
        levels: [1, 2],
        result: '0x40200123 → 0x40200123, Normal r-x, at level 2',
      });
    },
    TIMEOUT,
  );

  test(
    'compares two, by what each translates',
    async () => {
      await after(page().getByLabel('Compared with').selectOption('text'));
      const others = page().getByRole('textbox', { name: 'Mappings' }).nth(1);
      await after(
        others.fill('0x40200000:0x40200000:2M:rx\n0x40400000:0x80000000:8M:r\n0x9000000:0x9000000:64K:rw,device'),
      );
      await page().waitForSelector('.table-differences [aria-rowcount="2"]');
      await computed(page());
      expect(await text(page(), '.table-differences [aria-rowindex="2"]')).toBe(
        '0x40400000–0x40bfffff 0x80000000 Normal rw- 0x80000000 Normal r--',
      );
      await after(page().getByLabel('Granule').nth(1).selectOption('64K'));
      await page().waitForSelector('.table-differences .bad');
      expect(await text(page(), '.table-differences')).toContain('these spaces cannot be compared');
      await after(page().getByLabel('Compared with').selectOption(''));
      expect(await page().locator('.table-differences').count()).toBe(0);
    },
    TIMEOUT,
  );

  test(
    'plays an edit: broken in between, and made at the end',
    async () => {
      await walked('0x40200123');
      await after(page().getByLabel('Edit', { exact: true }).selectOption('protect'));
      await after(page().getByRole('textbox', { name: 'Access' }).fill('rw'));
      await page().waitForSelector('.edit-verdict');
      await computed(page());
      expect(await page().getByRole('textbox', { name: 'Address', exact: true }).inputValue()).toBe('0x40200000');
      expect(await text(page(), '.edit-verdict')).toContain('no rule is broken');
      expect(await text(page(), '.edit-play .walk-result')).toContain('Normal r-x');
      const next = page().getByRole('button', { name: 'Next group' });
      await after(next.click());
      expect(await text(page(), '.edit-play .walk-result')).toContain('translation fault at level 2');
      expect(await page().locator('.edit-step[data-state=last]').getAttribute('data-kind')).toBe('store');
      for (const kind of ['dsb', 'tlbi', 'dsb', 'store', 'dsb', 'isb']) {
        await after(next.click());
        expect(await page().locator('.edit-step[data-state=last]').getAttribute('data-kind')).toBe(kind);
      }
      expect(await next.isDisabled()).toBe(true);
      expect(await text(page(), '.edit-play .walk-result')).toBe('0x40200123 → 0x40200123, Normal rw-, at level 3');
      await after(page().getByRole('button', { name: 'Back', exact: true }).click());
      await page().getByRole('slider').fill('0');
      await computed(page());
      expect(await text(page(), '.edit-play .walk-result')).toContain('Normal r-x');
      // From the start it plays by itself, through all that is stored in a row at once.
      await page().getByRole('button', { name: 'Play', exact: true }).click();
      await page().waitForFunction(() =>
        document.querySelector('.edit-play .walk-result')?.textContent?.includes('fault'),
      );
      await after(page().getByRole('button', { name: 'Pause' }).click());
    },
    TIMEOUT,
  );

  test.each([
    ['tlbi', /is forbidden: break-before-make for 0x40200000/, 'tlbi'],
    ['break', /is forbidden: break-before-make for 0x40200000/, 'store'],
  ])(
    'refuses an edit that is done without its %s',
    async (wrong, says, leftOut) => {
      await after(page().getByLabel('Done', { exact: true }).selectOption(wrong));
      await page().waitForSelector('.edit-verdict[data-verdict=bad]');
      await computed(page());
      expect(await text(page(), '.edit-verdict')).toMatch(says);
      const step = Number(/Step (\d+) is forbidden/.exec(await text(page(), '.edit-verdict'))?.[1]);
      await page().getByRole('slider').fill(String(step));
      await computed(page());
      const forbidden = page().locator('.edit-step[data-broken=true]');
      expect(await forbidden.getAttribute('data-state')).toBe('last');
      expect(await forbidden.textContent()).toContain('forbidden: 0x40200000, level 2: table of level 3');
      expect(await page().locator('.edit-step[data-state=left-out]').first().getAttribute('data-kind')).toBe(leftOut);
    },
    TIMEOUT,
  );

  test(
    'opens a hundred thousand entries, and makes only the rows that can be seen',
    async () => {
      await after(page().getByLabel('Edit', { exact: true }).selectOption(''));
      await after(page().getByRole('textbox', { name: 'Mappings' }).fill('0x1000:0x2000:400M:rw'));
      await page().waitForFunction(() => document.querySelector('.fact-line')?.textContent?.includes('202 tables'));
      await after(page().getByLabel('each entry').check());
      await after(page().getByRole('button', { name: 'Open all' }).click());
      await page().waitForFunction(() => (document.querySelector('[role=tree]')?.scrollHeight ?? 0) > 102_400 * 28);
      await computed(page());
      await tree().focus();
      await page().keyboard.press('End');
      await page().waitForFunction(() =>
        document.querySelector('[role=treeitem][data-active=true]')?.textContent?.includes('0x1fffffff'),
      );
      expect(await page().getByRole('treeitem').count()).toBeLessThan(100);
      await after(page().getByLabel('each entry').uncheck());
    },
    TIMEOUT,
  );

  test(
    'is restored by its link',
    async () => {
      const other = await lab.newPage();
      const link = linkTo({
        ...{ of: 'text', 'of-mappings': '0:0x40000000:4M:rw', va: '0x1fff00', entry: '2:512' },
        ...{ edit: 'unmap', 'edit-va': '0x200000', 'edit-size': '2M', 'edit-wrong': 'tlbi', done: '1' },
      });
      await other.goto(`${lab.url()}${link}`);
      await opened(other);
      await other.waitForSelector('.edit-verdict');
      await computed(other);
      expect(await other.getByRole('textbox', { name: 'Virtual address' }).inputValue()).toBe('0x1fff00');
      expect(await text(other, '.walk-result')).toContain('→ 0x401fff00, Normal rw-');
      expect(await text(other, '.table-entry')).toContain('= 0x0, before the edit 0x');
      expect(await text(other, '.edit-verdict')).toContain('At the end: not-invalidated for 0x200000');
      expect(await text(other, '.edit-controls')).toContain('1 of 4 steps');
      await other.close();
    },
    TIMEOUT,
  );

  test(
    'is accessible in light, dark and forced colours, and fits 320 pixels',
    async () => {
      const mappings = '0x40200000:0x40200000:2M:rwx\n0xfffffff00000:0xffff00000000:1M:rw,device,user';
      const link = linkTo({
        ...{ of: 'text', 'of-mappings': mappings, with: 'text', va: '0x40200000', entry: '2:262656' },
        ...{ edit: 'unmap', 'edit-va': '0x40200000', 'edit-size': '2M', 'edit-wrong': 'tlbi', done: '1' },
      });
      await page().setViewportSize({ width: 320, height: 800 });
      await page().goto('about:blank');
      await page().goto(`${lab.url()}${link}`);
      await opened(page());
      await page().waitForSelector('.table-differences table');
      await page().waitForSelector('.edit-verdict');
      await computed(page());
      for (const summary of await page().locator('.tables summary').all()) await summary.click();
      expect(await overflow(page())).toBe(0);
      expect(await problemsInSchemes(page())).toEqual([]);
      expect(shared?.complaints).toEqual([]);
      expect(shared?.requests.filter((url) => !url.startsWith(lab.url()) && !url.startsWith('about:'))).toEqual([]);
    },
    TIMEOUT,
  );
});
