import { readFileSync } from 'node:fs';
import { explainCrashkernel, explainForAnyRam } from '@kexeckit/cmdline';
import { parseIomem, predictReservation, systemRam, systemRamSize, withoutRegions } from '@kexeckit/ioport';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { computed, overflow, problemsInSchemes, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';

const lab = serveToBrowser();
let shared: Watched | undefined;

/** A board whose map has no regions, and 32 GiB in several banks. */
const BOARD = 'ampere_altra_ava_32g';
const LINE = 'ro crashkernel=1G-16G:256M,16G-64G:512M,64G-:1G quiet';

const linkTo = (line: string, more: Record<string, string> = {}): string =>
  `#/reservation?${new URLSearchParams({ board: BOARD, line, ...more })}`;

beforeAll(async () => {
  if (!hasChromium) return;
  shared = await lab.watched();
  await shared.page.goto(`${lab.url()}${linkTo(LINE)}`);
  await computed(shared.page);
}, TIMEOUT);

function page(): Page {
  if (shared === undefined) throw new Error('the lab did not open');
  return shared.page;
}

/** Types another line, and waits for what is said of it. */
async function type(line: string): Promise<void> {
  await page().getByRole('textbox', { name: 'Command line' }).fill(line);
  await computed(page());
}

/** The machine, read here. */
const map = parseIomem(readFileSync(new URL(`../src/desk/boards/${BOARD}.txt`, import.meta.url), 'utf8'), {
  lenient: true,
});

/** Where the region lands, by the packages alone. */
function landingOf(line: string, kernel: '5.10' | '6.1' | '6.12' | '7.3' = '7.3') {
  const { verdict } = explainCrashkernel(line, systemRamSize(map), { kernel });
  return predictReservation(withoutRegions(map), verdict, { kernel }).regions;
}

const hex = (address: bigint): string => `0x${address.toString(16)}`;

/** Parts of the typed line that look so. */
const marked = (look: string): Promise<string[]> => page().locator(`.typed mark[data-look~="${look}"]`).allInnerTexts();

/** What a kernel that was booted said of its memory, and where it put the region. */
function realBoot(name: string) {
  const records = new URL('../../../packages/ioport/fixtures/linux-7.3-boots.jsonl', import.meta.url);
  for (const line of readFileSync(records, 'utf8').trim().split('\n')) {
    const boot: {
      name: string;
      iomem: string;
      dmesg: string[];
      cmdline: string;
      crashkernelReserved: { start: string; endExclusive: string }[];
    } = JSON.parse(line);
    const [region] = boot.crashkernelReserved;
    if (boot.name !== name || region === undefined) continue;
    const { iomem, cmdline } = boot;
    const [start, end] = [BigInt(region.start), BigInt(region.endExclusive) - 1n];
    return { iomem, cmdline, start, end, dmesg: boot.dmesg.join('\n') };
  }
  throw new TypeError(`there is no record of ${name}`);
}

describe('the reservation page', () => {
  test('lights up the clause that decides, and says what it reserves', async () => {
    const { occurrences, summary } = explainCrashkernel(LINE, systemRamSize(map));
    const clause = occurrences[0]?.clauses.find(({ matched }) => matched);
    expect(await marked('holds')).toEqual([LINE.slice(clause?.start, clause?.end)]);
    expect(await text(page(), '[data-verdict=crashkernel]')).toContain(summary);
  });

  test('puts the region on the map where the packages put it', async () => {
    const [region] = landingOf(LINE);
    if (region === undefined) throw new TypeError('nothing lands');
    const { from, to, size } = region;
    const said = await text(page(), '[data-landing=crashkernel]');
    expect(said).toContain(from === to ? hex(from) : `${hex(from)} to ${hex(to)}`);
    // Its bar is the one of the bank that holds it, and there it takes its share.
    const bar = page().locator('.region-row:not(:has-text("Around")) .region-bar:has(.region-reach)');
    const [bank] = systemRam(map).filter(({ start, end }) => start <= from && end >= from);
    expect(bank).toBeDefined();
    const label = (await bar.getAttribute('aria-label')) ?? '';
    expect(label).toContain(`within ${hex(from)}–${hex(to + size - 1n)}`);
    const [start = 0n, end = 0n] = (/, (0x\w+)–(0x\w+);/.exec(label) ?? []).slice(1).map(BigInt);
    const style = await bar
      .locator('.region-reach')
      .evaluate(({ style: { left, width } }: HTMLElement) => [left, width]);
    const span = Number(end - start + 1n);
    expect(Number.parseFloat(style[0] ?? '')).toBeCloseTo((100 * Number(from - start)) / span, 3);
    expect(Number.parseFloat(style[1] ?? '')).toBeCloseTo((100 * Number(to + size - from)) / span, 3);
  });

  test('shows what each kernel makes of it, and the one that is chosen decides above', async () => {
    await type('crashkernel=512M,high');
    for (const kernel of ['5.10', '6.1', '6.12', '7.3'] as const) {
      const { verdict, findings } = explainCrashkernel('crashkernel=512M,high', systemRamSize(map), { kernel });
      const said = await text(page(), `[data-kernel="${kernel}"]`);
      if (verdict.ret === 0) expect(said).toContain(hex(landingOf('crashkernel=512M,high', kernel)[0]?.from ?? 0n));
      else expect(said).toContain(findings.find(({ severity }) => severity === 'error')?.message);
    }
    await page().getByRole('radio', { name: 'Linux 5.10', exact: true }).check();
    await computed(page());
    expect(await text(page(), '[data-verdict=crashkernel]')).toMatch(/reserves nothing/);
    expect(await page().locator('.region-bar .region-reach').count()).toBe(0);
    await page().getByRole('radio', { name: 'Linux 7.3', exact: true }).check();
    await computed(page());
    expect(await page().locator('.region-bar .region-reach[data-kind=main]').count()).toBeGreaterThan(0);
  });

  test('underlines a trap, mends it at a press, and takes that back', async () => {
    const wrong = 'ro crashkernel=512MB quiet';
    await type(wrong);
    const { findings, fixed } = explainCrashkernel(wrong, systemRamSize(map));
    expect(await marked(findings[0]?.severity ?? '')).toEqual([findings[0]?.text]);
    expect(await text(page(), '.traps li')).toContain(findings[0]?.linux);
    await page()
      .getByRole('button', { name: /^Fix: / })
      .first()
      .click();
    await computed(page());
    const field = page().getByRole('textbox', { name: 'Command line' });
    expect(await field.inputValue()).toBe(fixed);
    expect(await page().locator('.traps li').count()).toBe(0);
    expect(await marked('holds')).toEqual(['crashkernel=512M']);
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await page().getByRole('button', { name: 'Undo the fix' }).click();
    await computed(page());
    expect(await field.inputValue()).toBe(wrong);
  });

  test('has a slider that the keys lead to where the answer changes', async () => {
    await type(LINE);
    const { byRam } = explainForAnyRam(LINE);
    const turns = byRam.map(({ from }) => String(from)).slice(1);
    expect(
      await page()
        .locator('.ram-turns [data-turn]')
        .evaluateAll((all) => all.map((each) => each.getAttribute('data-turn'))),
    ).toEqual(turns);
    const slider = page().getByRole('slider', { name: 'RAM' });
    await slider.focus();
    await page().keyboard.press('PageUp');
    await computed(page());
    expect(await slider.getAttribute('aria-valuetext')).toBe('64 GiB');
    expect(await marked('holds')).toEqual(['64G-:1G']);
    await page().keyboard.press('ArrowLeft');
    await computed(page());
    expect(await marked('holds')).toEqual(['16G-64G:512M']);
    expect(await text(page(), '.unknown')).toMatch(/other RAM/);
    expect(await page().locator('.region-bar .region-reach').count()).toBe(0);
    await page()
      .getByRole('button', { name: /below 1 GiB/ })
      .click();
    await computed(page());
    expect(await marked('holds')).toEqual([]);
    await page()
      .getByLabel(/as this machine has/)
      .check();
    await computed(page());
    expect(await page().locator('.unknown').count()).toBe(0);
  });

  test(
    "with a map and a log that are dropped, the region lands where the machine's own kernel put it",
    async () => {
      const { iomem, dmesg, cmdline, start, end } = realBoot('dt-2g-range');
      const other = await lab.newPage();
      await other.goto(`${lab.url()}${linkTo(cmdline)}`);
      await computed(other);
      await other.evaluate(
        (texts) => {
          const data = new DataTransfer();
          for (const [name, content] of texts) data.items.add(new File([content], name));
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
        },
        [
          ['iomem', iomem],
          ['dmesg', dmesg],
        ] as const,
      );
      await other.getByText('Narrowed by the log dmesg.').waitFor();
      await computed(other);
      expect(await text(other, '[data-landing=crashkernel] code')).toBe(`${hex(start)}–${hex(end)}`);
      expect(await other.locator('.region-bar .region-core').count()).toBeGreaterThan(0);
      expect(await text(other, '.landings')).toContain(`Crash kernel of the map as it is: ${hex(start)}–${hex(end)}`);
      await other.close();
    },
    TIMEOUT,
  );

  test(
    'is restored by its link',
    async () => {
      await type('crashkernel=4G-:300M é');
      await page().getByRole('radio', { name: 'Linux 6.1', exact: true }).check();
      await page().getByRole('slider', { name: 'RAM' }).press('End');
      await page().waitForFunction(() => /rules=6\.1&?/.test(location.hash) && /ram=\d+/.test(location.hash));
      const other = await lab.newPage();
      await other.goto(page().url());
      await computed(other);
      expect(await other.getByRole('textbox', { name: 'Command line' }).inputValue()).toBe('crashkernel=4G-:300M é');
      expect(await other.getByRole('radio', { name: 'Linux 6.1', exact: true }).isChecked()).toBe(true);
      expect(await other.getByRole('slider', { name: 'RAM' }).getAttribute('aria-valuetext')).toBe('1 TiB');
      expect(await text(other, '[data-verdict=crashkernel]')).toContain('reserves 300M');
      await other.close();
    },
    TIMEOUT,
  );

  test(
    'is accessible in light, dark and forced colours, and fits 320 pixels',
    async () => {
      await page().setViewportSize({ width: 320, height: 800 });
      await type(`${LINE} crashkernel=64M@x kexeckernel=64M console=${'x'.repeat(90)}`);
      await page().getByText('What can be written').click();
      expect(await overflow(page())).toBe(0);
      expect(await problemsInSchemes(page())).toEqual([]);
      expect(shared?.complaints).toEqual([]);
    },
    TIMEOUT,
  );
});
