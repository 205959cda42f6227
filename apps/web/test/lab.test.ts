import { gzipSync } from 'node:zlib';
import { formatProfile, stingray } from '@kexeckit/cost';
import {
  type Arrival,
  coverLetterWorkload,
  figureOf,
  generateWorkload,
  minimalDeviceTree,
  planReboot,
  type RebootReport,
  reboot,
  SimulatedMachine,
  savePlan,
  totalSeconds,
} from '@kexeckit/reboot';
import { copiesOf, type ExceptionLevel, type StrategyName, strategies } from '@kexeckit/relocation';
import { makeUki, makeZboot } from '@kexeckit/testing';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import {
  computed,
  overflow,
  type PageOptions,
  seriousProblems,
  serveToBrowser,
  TIMEOUT,
  text,
  type Watched,
} from './browser.ts';

const lab = serveToBrowser();
let shared: Watched | undefined;
const reports = new Map<string, RebootReport<Arrival>>();

beforeAll(async () => {
  if (hasChromium) shared = await openLab({}, '');
}, TIMEOUT);

/** A link to a reboot of files that take a browser little time. */
const SMALL = '#/?kernelMib=1&initrdMib=1';

/** Opens the lab and waits until every strategy has been run. */
async function openLab(options: PageOptions = {}, link = SMALL): Promise<Watched> {
  const opened = await lab.watched(options);
  await opened.page.goto(`${lab.url()}${link}`);
  await computed(opened.page);
  return opened;
}

function sharedLab(): Watched {
  if (shared === undefined) throw new Error('the lab did not open');
  return shared;
}

let small: Promise<Watched> | undefined;
/** A lab of small files that tests use one after the other; each finds there what the one before has left. */
const smallLab = (): Promise<Watched> => (small ??= openLab());

const MIB = 2 ** 20;

const uki = (kernel: Uint8Array, initrd: Uint8Array): Buffer =>
  makeUki({ '.linux': kernel, '.initrd': initrd, '.cmdline': Buffer.from('quiet\0') });

/** The same computation, here. */
async function inNode(
  strategy: StrategyName,
  {
    exceptionLevel = 2,
    seed = 1,
    small = false,
  }: { exceptionLevel?: ExceptionLevel; seed?: number; small?: boolean } = {},
): Promise<RebootReport<Arrival>> {
  const key = `${strategy} ${exceptionLevel} ${seed} ${small}`;
  const known = reports.get(key);
  if (known !== undefined) return known;
  const report = await reboot(new SimulatedMachine({ exceptionLevel }), {
    ...(small ? generateWorkload(MIB, MIB, 2019) : coverLetterWorkload()),
    cmdline: 'console=ttyS0',
    strategy,
    seed,
  });
  reports.set(key, report);
  return report;
}

const milliseconds = (seconds: number | undefined): string =>
  seconds === undefined
    ? '?'
    : seconds > 0 && seconds < 0.0005
      ? '<0.001'
      : (Math.round(seconds * 1000) / 1000).toFixed(3);

/** Compares everything that the page shows of the selected strategy with a report. */
async function expectShown(page: Page, report: RebootReport<Arrival>): Promise<void> {
  const { stage } = report.plan;
  for (const { name, mem, memsz } of stage.placement.segments) {
    const range = `0x${mem.toString(16)}–0x${(mem + memsz - 1n).toString(16)}`;
    expect(await text(page, `[data-segment="${name}"]`)).toMatch(new RegExp(`^${name} ${range} `));
  }
  const copied = copiesOf(stage).pages;
  const shownCopied = await text(page, '[data-look="source"] .legend-amount');
  expect(shownCopied).toContain(copied === 0 ? 'none' : `${copied.toLocaleString('en-US')} pages`);

  for (const { invariant, checked, unit } of report.proof.checks) {
    const row = await text(page, `[data-invariant="${invariant}"] .number`);
    expect([invariant, row]).toEqual([invariant, `${checked.toLocaleString('en-US')} ${unit}`]);
  }
  const figures = await text(page, '.figures dl');
  for (const name of ['instructions retired', 'cache lines cleaned'] as const) {
    expect(figures).toContain(figureOf(report.ending, name)?.toLocaleString('en-US'));
  }
  for (const { segment, sha256 } of report.ending.destinations) {
    expect(figures).toContain(`${segment} ${sha256.slice(0, 8)}`);
  }
}

describe('the numbers', () => {
  test.each(strategies)(
    '$name: the page shows what the same computation gives in Node',
    async ({ name: strategy }) => {
      const { page } = sharedLab();
      const report = await inNode(strategy);
      await page.click(`#tab-${strategy}`);
      await expectShown(page, report);
      const row = `[data-row="${strategy}"]`;
      for (const { phase, seconds, basis } of report.ending.timeline.phases) {
        const shown = await text(page, `${row} [data-phase="${phase}"]`);
        expect(shown).toBe(`${milliseconds(seconds)} ${basis}`);
      }
      expect(await text(page, `${row} .total`)).toBe(milliseconds(totalSeconds(report.ending.timeline)));
      expect(await page.locator('.verdict .bad').count()).toBe(report.proof.violations.length);
    },
    TIMEOUT,
  );

  test('a skipped checksum is a stub beside the bar, until it is asked for', async () => {
    const { page } = sharedLab();
    const row = '[data-row="mmu-off"]';
    const { timeline } = (await inNode('mmu-off')).ending;
    expect(await page.locator(`${row} .piece`).count()).toBe(4);
    expect(await page.locator(`${row} .stub.basis-skipped`).count()).toBe(1);
    await page.getByLabel('with checksum').check();
    const all = timeline.phases.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
    expect(await text(page, `${row} .total`)).toBe(milliseconds(all));
    expect(await page.locator(`${row} .stub`).count()).toBe(0);
    expect(await page.locator(`${row} .piece.basis-skipped`).count()).toBe(1);
    await page.getByLabel('with checksum').uncheck();
    expect(await text(page, `${row} .total`)).toBe(milliseconds(totalSeconds(timeline)));
  });

  test(
    'a seed that is not a whole number is complained of beside its field, and destroys nothing',
    async () => {
      const { page, complaints } = await smallLab();
      await page.getByLabel('Seed').fill('1.5');
      expect(await text(page, '.field:has([aria-invalid=true]) .says .bad')).toMatch(
        /^a whole number from -2147483648/,
      );
      expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
      await expectShown(page, await inNode('mmu-on', { small: true }));
      await page.getByLabel('Seed').fill('1');
      expect(await page.locator('[aria-invalid=true]').count()).toBe(0);
      expect(complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'results of the run before stay while new ones are computed, and a run can be cancelled',
    async () => {
      const { page } = await smallLab();
      await page.getByLabel('Seed').fill('9');
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await computed(page);
      await page.click('#tab-mmu-off');
      expect(await text(page, '.stale-note')).toMatch(/^Of the run before/);
      await expectShown(page, await inNode('mmu-off', { small: true }));
    },
    TIMEOUT,
  );

  test(
    'another exception level and seed give what they give in Node',
    async () => {
      const { page } = await smallLab();
      await page.getByLabel('Exception level').selectOption('1');
      await page.getByLabel('Seed').fill('7');
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.waitForFunction(() => document.querySelector('[data-testid="status"]')?.textContent?.includes('EL1'));
      await computed(page);
      await page.click('#tab-mmu-on');
      const report = await inNode('mmu-on', { exceptionLevel: 1, seed: 7, small: true });
      await expectShown(page, report);
    },
    TIMEOUT,
  );
});

describe('the desk', () => {
  test(
    'says what each file is, keeps it over a reload, and a link restores what was typed',
    async () => {
      const { page } = await openLab();
      const files = [
        {
          name: 'iomem',
          mimeType: '',
          buffer: Buffer.from('40000000-bfffffff : System RAM\n  40210000-415fffff : Kernel code\n'),
        },
        { name: 'letter', mimeType: '', buffer: Buffer.from('Dear all,\nno map.\n') },
      ];
      await page.getByLabel('Open files').setInputFiles(files);
      await page.locator('.findings li').nth(1).waitFor();
      expect(await text(page, '.findings li:first-child')).toMatch(/^iomem a memory map with 1 range of System RAM/);
      expect(await text(page, '.findings .refused')).toMatch(/^letter ENOEXEC/);
      await page.getByLabel('Seed').fill('77');
      await page.waitForFunction(() => location.hash.includes('seed=77'));
      await page.reload();
      await page.locator('[data-place=map]').waitFor();
      expect(await page.getByLabel('Seed').inputValue()).toBe('77');
      await page.getByRole('button', { name: 'Take the memory map away' }).click();
      expect(await page.locator('[data-place=map]').count()).toBe(0);
      const link = page.url();
      await page.close();
      const other = await lab.newPage();
      await other.goto(link);
      expect(await other.getByLabel('Seed').inputValue()).toBe('77');
      await other.close();
    },
    TIMEOUT,
  );

  test(
    'takes what is dropped on the page, and what is pasted outside of a field',
    async () => {
      const { page } = await smallLab();
      await page.evaluate(() => {
        const data = new DataTransfer();
        data.setData('text/plain', 'console=ttyAMA0 quiet');
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
      });
      await page.waitForFunction(() => location.hash.includes('ttyAMA0'));
      await page.evaluate(() => {
        const data = new DataTransfer();
        data.items.add(new File(['[    0.000000] Booting Linux on physical CPU 0x0\n'], 'boot.log'));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
      });
      await page.locator('[data-place=log]').waitFor();
      const { kernel, initrd = new Uint8Array() } = generateWorkload(MIB, MIB, 5);
      const request = { kernel, initrd, cmdline: '', strategy: 'mmu-on', seed: 3 } as const;
      const { plan } = await planReboot(request, await new SimulatedMachine().describe());
      const dropped: readonly (readonly [name: string, place: string, note: RegExp, content: Uint8Array])[] = [
        ['vmlinuz.efi', 'kernel', /zboot/, makeZboot('gzip', gzipSync(kernel))],
        ['linux.efi', 'kernel', /unified kernel image.*with .*command line/, uki(kernel, initrd)],
        ['initrd.img', 'initrd', /initramfs|archive|cpio/, gzipSync(initrd)],
        ['board.dtb', 'dtb', /device tree/, minimalDeviceTree([{ start: 1n << 30n, end: (1n << 31n) - 1n }], 4)],
        ['plan.json', 'plan', /mmu-on/, Buffer.from(savePlan(plan))],
        ['cut.efi', '', /refused|cut|short|EBADMSG|ENOEXEC/, makeZboot('gzip', gzipSync(kernel)).subarray(0, 4000)],
      ];
      for (const [name, place, note, content] of dropped) {
        await page.evaluate(
          ([called, base64]) => {
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], called));
            document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
          },
          [name, Buffer.from(content).toString('base64')] as const,
        );
        const said = page.locator('.findings li', { hasText: name });
        await said.waitFor();
        expect(await text(page, `.findings li:has-text("${name}")`)).toMatch(note);
        if (place === '') expect(await said.getAttribute('class')).toContain('refused');
        else await page.locator(`[data-place=${place}]`, { hasText: name }).waitFor();
      }
    },
    TIMEOUT,
  );
});

describe('whose prices they are', () => {
  const map = '40000000-bfffffff : System RAM\n  40200000-40ffffff : Kernel code\n';
  const chosen = (name: string, content: string) => ({
    name,
    mimeType: 'text/plain',
    buffer: Buffer.from(content),
  });
  const run = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await computed(page);
  };

  test('the published ones of the Stingray are said to be that, beside its published timelines', async () => {
    const { page } = sharedLab();
    expect(await text(page, '[data-testid="prices"]')).toMatch(
      /a profile fitted to published measurements of a Broadcom Stingray/,
    );
    expect(await page.getByText('Published measurements of the same machine').count()).toBe(1);
  });

  test(
    'another map is an unknown machine: no number of the Stingray is drawn',
    async () => {
      const { page } = await openLab();
      await page.getByLabel('Open files').setInputFiles(chosen('board.txt', map));
      await page.locator('[data-place=map]').waitFor();
      await run(page);
      const row = '[data-row="mmu-on"]';
      await page.waitForFunction(() =>
        document.querySelector('[data-testid="prices"]')?.textContent?.includes('Unknown'),
      );
      expect(await text(page, `${row} [data-phase="relocation"]`)).toBe('? unknown');
      expect(await text(page, `${row} .total`)).toBe('?');
      expect(await text(page, '#tab-mmu-on .tab-total')).toBe('? s');
      expect(await page.locator(`${row} .piece`).count()).toBe(0);
      expect(await page.getByText('Published measurements of the same machine').count()).toBe(0);
      expect(await text(page, '.reboot-map .section-head')).toMatch(/board\.txt/);
      await page.close();
    },
    TIMEOUT,
  );

  test(
    'a profile that is chosen prices every strategy, and is named',
    async () => {
      const { page } = await openLab();
      const profile = { ...stingray, name: 'board', machine: 'a slow board', findings: [] };
      const perStartup = { seconds: 7.25, low: 7, high: 7.5, basis: 'fitted' } as const;
      const prices = { ...profile.prices, perStartup };
      const scatter = { startup: { relative: 0, rows: 3, spare: 2 } };
      const file = chosen('board.json', formatProfile({ ...profile, prices, scatter }));
      await page.getByLabel('Open files').setInputFiles(file);
      await page.locator('[data-place=profile]').waitFor();
      await run(page);
      await page.waitForFunction(() =>
        document.querySelector('[data-testid="prices"]')?.textContent?.includes('board'),
      );
      await computed(page);
      for (const { name } of strategies)
        expect(await text(page, `[data-row="${name}"] [data-phase="startup"]`)).toBe('7.250 modelled');
      expect(await page.locator('[data-row="mmu-on"] [data-phase="startup"] .figure').getAttribute('title')).toBe(
        '7.000 to 7.500 s',
      );
      expect(await text(page, '[data-testid="prices"]')).toMatch(/profile board \(a slow board\) prices it/);
      await page.close();
    },
    TIMEOUT,
  );

  test(
    'a profile that is none is refused in words',
    async () => {
      const { page } = await smallLab();
      await page.getByLabel('Open files').setInputFiles(chosen('board.json', '{"unit":"ms","prices":{}}'));
      expect(await text(page, '.findings .refused:has-text("board.json")')).toMatch(
        /^board\.json EINVAL the profile is wrong: at format/,
      );
    },
    TIMEOUT,
  );
});

describe('failures', () => {
  /** Opens the lab with a worker that does as it is told. */
  async function withWorker(script: string): Promise<Page> {
    const page = await lab.newPage();
    await page.route('**/assets/worker-*.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: script }),
    );
    await page.goto(`${lab.url()}${SMALL}`);
    await page.getByRole('alert').waitFor();
    return page;
  }

  test('a plan that breaks an invariant is refused with the proof that says why', async () => {
    const failure = {
      code: 'EFAULT',
      message: 'the plan breaks "order"',
      hint: 'nothing was changed',
      strategy: 'mmu-on',
      proof: [
        {
          invariant: 'order',
          statement: 'in order',
          checked: 9,
          unit: 'pages',
          violations: 2,
          found: ['0x1000 (dtb): lost'],
        },
      ],
    };
    // Comlink's own words: the port of the function that takes what is posted is in the arguments of the call.
    const page = await withWorker(`onmessage = ({ data }) => {
      const { value: port } = data.argumentList.find(({ type }) => type === 'HANDLER');
      const post = (value) =>
        port.postMessage({ id: 'a', type: 'APPLY', path: [], argumentList: [{ type: 'RAW', value }] });
      post(${JSON.stringify({ type: 'refused', strategy: 'mmu-on', failure })});
      post({ type: 'done' });
    }`);
    expect(await text(page, '.failure')).toBe('EFAULT mmu-on: the plan breaks "order" nothing was changed');
    expect(await text(page, '[data-invariant="order"]')).toBe('order in order 0x1000 (dtb): lost 9 pages ✗ 2');
    await page.click('#tab-mmu-off');
    expect(await page.locator('.violation').count()).toBe(0);
    await page.close();
  });

  test('a worker that dies is not waited for', async () => {
    const page = await withWorker('throw new Error("no memory")');
    expect(await text(page, '.failure')).toContain('the worker stopped: Uncaught Error: no memory');
    expect(await page.getAttribute('main', 'aria-busy')).toBe('false');
    await page.close();
  });
});

describe('the keyboard', () => {
  test('the arrow keys go from strategy to strategy, round the ends', async () => {
    const { page } = sharedLab();
    await page.locator('#tab-mmu-off').click();
    const selected = (): Promise<string | null> => page.locator('[role=tab][aria-selected=true]').getAttribute('id');
    await page.keyboard.press('ArrowRight');
    expect(await selected()).toBe('tab-kernel');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-kernel');
    await page.keyboard.press('End');
    expect(await selected()).toBe('tab-crash-region');
    await page.keyboard.press('ArrowRight');
    expect(await selected()).toBe('tab-mmu-off');
    expect(await text(page, '#map-title')).toBe('Memory map mmu-off');
  });

  test('a destination is chosen and shown on the map; the map is one tab stop, whose keys say what is there', async () => {
    const { page } = sharedLab();
    await page.locator('#tab-mmu-on').click();
    const { segments } = (await inNode('mmu-on')).plan.stage.placement;
    const kernel = segments.find(({ name }) => name === 'kernel');
    await page.getByRole('button', { name: 'kernel', exact: true }).press('Enter');
    expect(await text(page, '[data-testid=chosen]')).toContain(`kernel 0x${kernel?.mem.toString(16)}–`);
    const map = page.getByRole('application', { name: 'Memory map' });
    await map.focus();
    const said = new Set<string>();
    for (let step = 0; step < 3; step++) {
      await page.keyboard.press('ArrowDown');
      said.add(await text(page, '[data-testid=chosen]'));
    }
    expect(said.size).toBe(3);
    await page.keyboard.press('Escape');
    expect(await text(page, '[data-testid=chosen]')).toBe('Nothing is chosen.');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SUMMARY');
  });
});

describe('the navigation', () => {
  test(
    'leads to the strategies and back, while the run goes on',
    async () => {
      const { page, complaints, requests } = await lab.watched();
      await page.goto(`${lab.url()}${SMALL}`);
      await page.getByRole('link', { name: 'Strategies' }).click();
      for (const { name, summary } of strategies) {
        expect(await text(page, `.strategies [data-strategy="${name}"]`)).toContain(`${name} ${summary}`);
      }
      expect(await text(page, 'nav [aria-current=page]')).toBe('Strategies');
      expect(await page.title()).toBe('Strategies – kexeckit lab');
      expect(await page.locator('form.desk').count()).toBe(0);
      await page.goBack();
      expect(await text(page, 'nav [aria-current=page]')).toBe('Reboot');
      expect(await page.title()).toBe('kexeckit lab');
      await computed(page);
      await expectShown(page, await inNode('mmu-on', { small: true }));
      expect(requests.filter((url) => url.includes('/assets/worker-'))).toHaveLength(1);
      expect(complaints).toEqual([]);
      await page.close();
    },
    TIMEOUT,
  );

  test(
    'the strategies have an address of their own, are accessible and fit a telephone',
    async () => {
      const { page, requests } = await lab.watched({ viewport: { width: 390, height: 844 } });
      await page.goto(`${lab.url()}#/strategies`);
      await page.locator('.strategies').waitFor();
      expect(await overflow(page)).toBe(0);
      expect(await seriousProblems(page)).toEqual([]);
      expect(requests.filter((url) => url.includes('/assets/worker-'))).toEqual([]);
      await page.goto(`${lab.url()}#/nowhere`);
      await page.locator('form.desk').waitFor();
      await page.close();
    },
    TIMEOUT,
  );
});

describe('the page', () => {
  test('has nothing to complain of, asks nobody else, and does not jump while it computes', async () => {
    const { page, complaints, requests } = sharedLab();
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(lab.url()) && !url.startsWith('data:'))).toEqual([]);
    expect(await page.evaluate(() => Number(Reflect.get(window, 'shifted')))).toBeLessThan(0.01);
  });

  test.each(['light', 'dark'] as const)(
    'is accessible in %s mode',
    async (colorScheme) => {
      const { page } = await openLab({ colorScheme });
      await page.getByText('The same as a table').click();
      expect(await seriousProblems(page)).toEqual([]);
      await page.close();
    },
    TIMEOUT,
  );

  test(
    'fits a telephone',
    async () => {
      const { page } = await openLab({ viewport: { width: 390, height: 844 } });
      for (const { name: strategy } of strategies) {
        await page.click(`#tab-${strategy}`);
        expect([strategy, await overflow(page)]).toEqual([strategy, 0]);
      }
      await page.close();
    },
    TIMEOUT,
  );
});
