import { readFile } from 'node:fs/promises';
import { estimate, formatProfile, linuxCounts, type MachineProfile, measurements, stingray } from '@kexeckit/cost';
import { generateWorkload, reboot, SimulatedMachine, secondsOf, type Timeline, totalSeconds } from '@kexeckit/reboot';
import { type StrategyName, strategies } from '@kexeckit/relocation';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { overflow, problemsInSchemes, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';

const lab = serveToBrowser();
let shared: Watched | undefined;

const MIB = 2 ** 20;
const SIZE = { kernelMib: 2, initrdMib: 1 } as const;
const PAGES = (3 * MIB) / 4096 + 1;

const link = (more: Record<string, string> = {}): string => `#/strategies?${new URLSearchParams(more)}`;
const STINGRAY = 'broadcom_stingray_bcm958742k';
const SMALL = { kernelMib: '2', initrdMib: '1' };

beforeAll(async () => {
  if (!hasChromium) return;
  shared = await lab.watched({ reducedMotion: 'no-preference' });
  await go(SMALL);
}, TIMEOUT);

function page(): Page {
  if (shared === undefined) throw new Error('the lab did not open');
  return shared.page;
}

async function go(more: Record<string, string>): Promise<void> {
  await page().goto('about:blank');
  await page().goto(`${lab.url()}${link(more)}`);
  await page().locator('.comparison [data-row]').first().waitFor();
}

/** A run of the simulated machine, here: not an estimate. */
async function inNode(strategy: StrategyName): Promise<Timeline> {
  const files = generateWorkload(SIZE.kernelMib * MIB, SIZE.initrdMib * MIB, 11);
  const report = await reboot(new SimulatedMachine(), { ...files, cmdline: '', strategy, seed: 5 });
  return report.ending.timeline;
}

/** Seconds in a cell. */
const shownIn = async (row: string, phase: string): Promise<number> =>
  Number(await text(page(), `.comparison [data-row="${row}"] [data-phase="${phase}"] .value`));

/** Where a thing in a bar lies, in percent. */
const lefts = (selector: string): Promise<number[]> =>
  page()
    .locator(selector)
    .evaluateAll((all: HTMLElement[]) => all.map(({ style }) => Number.parseFloat(style.left)));
const widths = (selector: string): Promise<number[]> =>
  page()
    .locator(selector)
    .evaluateAll((all: HTMLElement[]) => all.map(({ style }) => Number.parseFloat(style.width)));

/** Sets a slider with the keys alone. */
async function slide(name: string, key: string): Promise<void> {
  await page().getByRole('slider', { name }).focus();
  await page().keyboard.press(key);
}

describe('strategies side by side', () => {
  test.each(strategies)(
    'shows of $name what a run of the simulated machine takes, though nothing is run',
    async ({ name }) => {
      const timeline = await inNode(name);
      for (const { phase, seconds = 0, basis } of timeline.phases) {
        if (basis === 'skipped') continue;
        // Below half a millisecond it says so.
        if (seconds < 0.0005) continue;
        expect([phase, Math.abs((await shownIn(name, phase)) - seconds) < 0.0011]).toEqual([phase, true]);
      }
      expect(await shownIn(name, 'total')).toBeCloseTo(totalSeconds(timeline) ?? Number.NaN, 2);
    },
    TIMEOUT,
  );

  test(
    'the keys change the sizes, at once, and the link keeps them',
    async () => {
      const before = await shownIn('mmu-off', 'relocation');
      for (let press = 0; press < 9; press += 1) await slide('Kernel', 'ArrowRight');
      expect(await text(page(), '.size-slider output >> nth=0')).toBe('11 MiB');
      // Nine MiB more, at what a run of three takes for each page.
      const more = (9 * MIB) / 4096;
      const each = (secondsOf(await inNode('mmu-off'), 'relocation') ?? Number.NaN) / PAGES;
      expect((await shownIn('mmu-off', 'relocation')) - before).toBeCloseTo(more * each, 2);
      await page().waitForFunction(() => location.hash.includes('kernelMib=11'));
      const other = await lab.newPage();
      await other.goto(page().url());
      expect(await text(other, '.size-slider output >> nth=0')).toBe('11 MiB');
      await other.close();
      expect(shared?.requests.filter((url) => url.includes('/assets/worker-'))).toEqual([]);
    },
    TIMEOUT,
  );

  test('measurements of 2019 stand on the bars of their machine, and the table says how far off the prices are', async () => {
    await go({ board: STINGRAY });
    const { seconds } = measurements.stingray2019;
    const row = '.comparison [data-row="mmu-off"]';
    const [shutdown = 0] = await widths(`${row} .piece`);
    const [mark = 0] = await lefts(`${row} .bar-mark:not(.of-other-size)`);
    expect(mark / shutdown).toBeCloseTo((seconds.shutdown + seconds.relocation) / seconds.shutdown, 2);
    expect(await page().locator(`${row} .bar-mark.of-other-size`).count()).toBeGreaterThan(1);
    const { megabytes, mmu } = measurements.stingrayOff;
    const predicted = estimate(linuxCounts(megabytes, mmu), stingray).seconds ?? Number.NaN;
    const off = Math.round(100 * (predicted / measurements.stingrayOff.seconds.relocation - 1));
    expect(await text(page(), '[data-measurement=stingrayOff]')).toMatch(
      new RegExp(`0\\.441 ${predicted.toFixed(3)} −${-off} %$`),
    );
  });

  test('what a profile lacks is a question mark, and another machine is not the one that was measured', async () => {
    await page().getByRole('combobox', { name: 'Prices of' }).selectOption('thunderx2');
    expect(await text(page(), '.comparison [data-row="kernel"] .total')).toBe('?');
    expect(await text(page(), '[data-measurement=thunderX2Off]')).toContain('7.490');
    await page().waitForFunction(() => location.hash.includes('prices=thunderx2'));
    await go({ board: 'raspberrypi_4b_4g' });
    expect(await page().locator('.comparison .piece').count()).toBe(0);
    expect(await text(page(), '.comparison .note')).toContain('Unknown machine');
    expect(await text(page(), '.mmu')).toContain('not known');
    expect(await page().locator('.bar-mark').count()).toBe(0);
  });

  test(
    'a profile with intervals that is dropped has whiskers, and no marks of another machine',
    async () => {
      const { perUncachedAccess, perInstruction, perRelocation, perLine } = stingray.prices;
      const known = (seconds = 0) => ({ seconds, low: 0.9 * seconds, high: 1.2 * seconds, basis: 'fitted' as const });
      const profile: MachineProfile = {
        ...{ name: 'bench', machine: 'a board', measured: 'by hand', confidence: 0.9, findings: [] },
        prices: {
          ...stingray.prices,
          ...{ perUncachedAccess: known(perUncachedAccess?.seconds), perLine: known(perLine?.seconds) },
          ...{ perInstruction: known(perInstruction?.seconds), perRelocation: known(perRelocation?.seconds) },
        },
        scatter: { relocation: { relative: 0, rows: 9, spare: 5 } },
      };
      await go({ board: STINGRAY });
      await page().evaluate((content) => {
        const data = new DataTransfer();
        data.items.add(new File([content], 'bench.json'));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
      }, formatProfile(profile));
      await page().locator('.comparison .whisker').first().waitFor();
      expect(await page().getByRole('combobox', { name: 'Prices of' }).inputValue()).toBe('desk');
      const row = '.comparison [data-row="mmu-off"]';
      const [shutdown = 0] = await widths(`${row} .piece`);
      const [whisker = 0] = await widths(`${row} .whisker`);
      // All prices at their lowest to all at their highest, but for the assumed line: three tenths of the relocation.
      const relocation = await shownIn('mmu-off', 'relocation');
      expect((whisker / shutdown) * 0.03).toBeCloseTo(0.3 * relocation, 2);
      expect(await page().locator('.bar-mark').count()).toBe(0);
    },
    TIMEOUT,
  );

  test('the bars can be saved as a picture that stands alone', async () => {
    const download = page().waitForEvent('download');
    await page().getByRole('button', { name: 'Save as SVG' }).click();
    const stream = await (await download).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));
    const svg = Buffer.concat(chunks).toString();
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).not.toMatch(/var\(|class=/);
    expect(svg).toContain('crash-region');
    const [png] = await Promise.all([
      page().waitForEvent('download'),
      page().getByRole('button', { name: 'Save as PNG' }).click(),
    ]);
    expect([...(await readFile(await png.path())).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });
});

describe('why the MMU being off is slow', () => {
  test(
    'says what a page takes both ways, as runs of many pages do, and the keys change the picture',
    async () => {
      await go({ board: STINGRAY, prices: 'stingray' });
      const picture = page().locator('.mmu-picture');
      const label = (await picture.getAttribute('aria-label')) ?? '';
      const [off = 0, on = 0] = [...label.matchAll(/([\d.]+) µs/g)].map(([, value]) => 1e-6 * Number(value));
      expect(label).toContain('16 bytes at a time: 8 for each line');
      const each = (secondsOf(await inNode('mmu-off'), 'relocation') ?? Number.NaN) / PAGES;
      expect(off / each).toBeCloseTo(1, 2);
      expect(off / on).toBeGreaterThan(10);
      expect(await page().locator('.mmu-arrow').count()).toBe(8);
      await page().getByRole('radio', { name: 'MMU off' }).focus();
      await page().keyboard.press('ArrowRight');
      expect(await picture.getAttribute('aria-label')).toContain('With the MMU on');
      await page().waitForFunction(() => location.hash.includes('mmu=on'));
      // What the parts take is what the page takes.
      const cells = await page().locator('.mmu-parts tbody td:last-child').allInnerTexts();
      const seconds = cells.map((cell) => Number.parseFloat(cell) * (cell.endsWith('ns') ? 1e-9 : 1e-6));
      expect(seconds.slice(0, -1).reduce((sum, part) => sum + part, 0)).toBeCloseTo(seconds.at(-1) ?? 0, 7);
    },
    TIMEOUT,
  );

  test('moves nothing where less motion is asked for', async () => {
    const moves = () =>
      page()
        .locator('.mmu-cell.landed')
        .last()
        .evaluate((cell) => getComputedStyle(cell).animationName);
    expect(await moves()).toBe('mmu-land');
    await page().emulateMedia({ reducedMotion: 'reduce' });
    expect(await moves()).toBe('none');
  });
});

test(
  'is accessible in light, dark and forced colours, and fits 320 pixels',
  async () => {
    await page().setViewportSize({ width: 320, height: 800 });
    expect(await overflow(page())).toBe(0);
    expect(await problemsInSchemes(page())).toEqual([]);
    expect(shared?.complaints).toEqual([]);
  },
  TIMEOUT,
);
