import { readFileSync } from 'node:fs';
import { reportLog } from '@kexeckit/evidence';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { computed, overflow, problemsInSchemes, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';

const lab = serveToBrowser();
let shared: Watched | undefined;

/** The logs as they were recorded, not as the page has them. */
const debian = readFileSync(
  new URL('../../../packages/evidence/fixtures/debian-6.1-kexec-tools.txt', import.meta.url),
  'utf8',
);
const stingray = readFileSync(
  new URL('../src/features/evidence/logs/broadcom_stingray_bcm958742k_boot_and_kdump.txt', import.meta.url),
  'utf8',
);

beforeAll(async () => {
  if (!hasChromium) return;
  shared = await lab.watched();
  await page().goto(`${lab.url()}#/evidence?log=debian-kexec`);
  await read();
}, TIMEOUT);

function page(): Page {
  if (shared === undefined) throw new Error('the lab did not open');
  return shared.page;
}

/** Waits until a log is read. */
async function read(): Promise<void> {
  await page().locator('.log-lines').waitFor();
  await computed(page());
}

async function drop(name: string, content: string): Promise<void> {
  await page().evaluate(
    ([file, told]) => {
      const data = new DataTransfer();
      data.items.add(new File([told ?? ''], file ?? ''));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
    },
    [name, content],
  );
  await page()
    .getByRole('combobox', { name: 'Log', exact: true })
    .locator('option', { hasText: `${name}, of the desk` })
    .waitFor({ state: 'attached' });
  await read();
}

/** The line of the log that is chosen. */
const chosenIn = (where: Page) =>
  where.getByRole('listbox', { name: 'The log' }).getByRole('option', { selected: true });

const percent = (selector: string, property: 'left' | 'width'): Promise<number[]> =>
  page()
    .locator(selector)
    .evaluateAll(
      (all: HTMLElement[], name) => all.map(({ style }) => Number.parseFloat(style.getPropertyValue(name))),
      property,
    );

describe('the evidence of a real reboot', () => {
  test('says how long each phase took, as the log says, line by line', async () => {
    // By hand: Bye! at 4.563803 less the mark at 4.375440; the init at 15.845… of the next kernel.
    const row = '[data-passage="1-2"]';
    expect(await text(page(), `${row} [data-phase=shutdown] .value`)).toBe('0.188');
    const [, passage] = reportLog(debian).passages;
    for (const time of passage?.phases ?? []) {
      const shown = await text(page(), `${row} [data-phase="${time.phase}"]`);
      if (time.basis === 'unknown') expect(shown).toMatch(/–/);
      else expect(shown).toContain(`${time.seconds.toFixed(3)}`);
    }
    expect(await text(page(), `${row} [data-phase=relocation]`)).toMatch(/≤ 0\.643 .*with checksum in it/);
  });

  test('draws phases one behind the other on one clock, each as wide as it is long', async () => {
    const [shutdown, relocation] = reportLog(debian).passages[1]?.phases ?? [];
    if (shutdown?.basis !== 'measured' || relocation?.basis !== 'measured') throw new TypeError('nothing was measured');
    const lane = '[data-boot="1"] .lane-phase';
    const [wide = 0] = await percent(`${lane}[data-phase=shutdown]`, 'width');
    const [long = 0] = await percent(`${lane}[data-phase=relocation]`, 'width');
    expect(long / wide).toBeCloseTo(relocation.seconds / shutdown.seconds, 2);
    const [left = 0] = await percent(`${lane}[data-phase=shutdown]`, 'left');
    const [next = 0] = await percent(`${lane}[data-phase=relocation]`, 'left');
    // The logger's clock places them: 14:46:04.578 and 04.766.
    expect((next - left) / wide).toBeCloseTo(0.188 / shutdown.seconds, 2);
    // At most so long: its whisker goes over all of it.
    expect(await percent('[data-boot="1"] .whisker', 'width')).toEqual([long]);
  });

  test('a mark leads to its line, with the keys as with the pointer, and the link keeps it', async () => {
    await page().locator('[data-boot="1"] .lane-mark').first().focus();
    await page().keyboard.press('End');
    await page().keyboard.press('Enter');
    const chosen = chosenIn(page());
    await chosen.waitFor();
    expect(await chosen.allInnerTexts()).toEqual([expect.stringContaining('Bye!')]);
    expect(await chosen.getAttribute('data-line')).toBe('11');
    await page().waitForFunction(() => location.hash.includes('log-line=11'));
    // The first two lines of the next kernel have the same time: the later mark is on top.
    await page().locator('[data-boot="2"] .lane-mark').nth(1).click();
    expect(await chosenIn(page()).getAttribute('data-line')).toBe('13');
    await page().getByRole('listbox', { name: 'The log' }).focus();
    await page().keyboard.press('ArrowDown');
    await page().waitForFunction(() => location.hash.includes('log-line=14'));
    const other = await lab.newPage();
    await other.goto(page().url());
    const restored = chosenIn(other);
    await restored.waitFor();
    expect(await restored.allInnerTexts()).toEqual([expect.stringContaining('Machine model: linux,dummy-virt')]);
    await other.close();
  });

  test('prices that the log tells become the profile on the desk', async () => {
    await page().getByRole('button', { name: 'Use as profile' }).click();
    await page().getByText('a profile of not named').waitFor();
    await page().getByRole('link', { name: 'Strategies' }).click();
    expect(await text(page(), '.comparison [data-row=kernel] [data-phase=shutdown] .value')).toBe('0.188');
    expect(await text(page(), '.comparison [data-row=kernel] [data-phase=relocation] .value')).toBe('?');
    await page().getByRole('link', { name: 'Evidence' }).click();
    await read();
  });

  test(
    'a log that is dropped takes the place of the example: what is not known is hatched, and the fault is told',
    async () => {
      await drop('console.log', stingray);
      const { passages, stops } = reportLog(stingray);
      const [shutdown] = passages[1]?.phases ?? [];
      if (shutdown?.basis !== 'measured') throw new TypeError('nothing was measured');
      expect(await text(page(), '[data-passage="1-2"] [data-phase=shutdown] .value')).toBe(shutdown.seconds.toFixed(3));
      const titles = await page()
        .locator('[data-boot="1"] .unknown-phase')
        .evaluateAll((all) => all.map((each) => each.getAttribute('title')));
      expect(titles.map((title) => title?.split(':')[0])).toEqual(['relocation', 'checksum']);
      expect(await text(page(), '[data-boot="1"] .lane-break')).toBe('547 s');
      const said = await text(page(), '[data-stop="2"]');
      expect(said).toContain(`0x${stops[1]?.fault?.address}`);
      expect(said).toContain('its tables do not map it');
      expect(await page().locator('[data-boot="2"] .lane-mark[data-look=trouble]').count()).toBeGreaterThan(0);
    },
    TIMEOUT,
  );

  test(
    'of a long log only what is in view is there',
    async () => {
      const filler = Array.from(
        { length: 120_000 },
        (_, at) => `[${(1 + at / 1e4).toFixed(6).padStart(12)}] usb 1-1: line ${at}`,
      );
      await drop('long.log', ['[    0.000000] Booting Linux on physical CPU 0x0', ...filler].join('\n'));
      await page().getByRole('listbox', { name: 'The log' }).focus();
      await page().keyboard.press('End');
      const last = chosenIn(page());
      await last.waitFor();
      expect(await last.allInnerTexts()).toEqual([expect.stringContaining('line 119999')]);
      expect(await last.getAttribute('aria-posinset')).toBe('120001');
      expect(await page().getByRole('listbox', { name: 'The log' }).getByRole('option').count()).toBeLessThan(100);
    },
    TIMEOUT,
  );

  test(
    'is accessible in light, dark and forced colours, and fits 320 pixels',
    async () => {
      await drop('console.log', stingray);
      await page().setViewportSize({ width: 320, height: 800 });
      expect(await overflow(page())).toBe(0);
      expect(await problemsInSchemes(page())).toEqual([]);
      expect(shared?.complaints).toEqual([]);
    },
    TIMEOUT,
  );
});
