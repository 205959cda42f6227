import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fitLogs, reportLog, timedRunsOf } from '@kexeckit/evidence';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { computed, overflow, problemsInSchemes, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';

/** Where pictures are left, for people to look at. */
const artefacts = join(import.meta.dirname, '../test-artefacts');

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
  await mkdir(artefacts, { recursive: true });
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

/** Puts these logs on the desk, in the place of those that lie there. */
async function drop(...logs: readonly (readonly [name: string, content: string])[]): Promise<void> {
  const lying = page().getByRole('list', { name: 'Logs on the desk' });
  while ((await lying.getByRole('button').count()) > 0) await lying.getByRole('button').first().click();
  await page().evaluate((files) => {
    const data = new DataTransfer();
    for (const [name, told] of files) data.items.add(new File([told ?? ''], name ?? ''));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
  }, logs);
  for (const [name] of logs) await lying.getByText(name, { exact: true }).waitFor();
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
      await drop(['console.log', stingray]);
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
      await drop(['long.log', ['[    0.000000] Booting Linux on physical CPU 0x0', ...filler].join('\n')]);
      await page().getByRole('listbox', { name: 'The log' }).focus();
      await page().keyboard.press('End');
      const last = chosenIn(page());
      await last.getByText('line 119999').waitFor();
      expect(await last.getAttribute('aria-posinset')).toBe('120001');
      expect(await page().getByRole('listbox', { name: 'The log' }).getByRole('option').count()).toBeLessThan(100);
    },
    TIMEOUT,
  );

  test(
    'logs that are dropped together stand below each other on one axis, and prices are fitted to all of them',
    async () => {
      await drop(['one.log', debian], ['<b>two', debian.replaceAll('4.563803', '4.663803')]);
      const shutdowns = await page()
        .locator('.log-group [data-boot="1"] .lane-phase[data-phase=shutdown]')
        .evaluateAll((all) => all.map((each) => Number.parseFloat(each.style.width)));
      // By hand: the second took 0.1 s longer.
      expect((shutdowns[1] ?? 0) / (shutdowns[0] ?? 1)).toBeCloseTo((4.663803 - 4.37544) / (4.563803 - 4.37544), 2);
      const ticks = await page()
        .locator('.log-group')
        .evaluateAll((all) =>
          all.map((each) =>
            [...each.querySelectorAll('.boot-lane:first-of-type .lane-tick')].map((tick) => tick.outerHTML),
          ),
        );
      expect(ticks[1]).toEqual(ticks[0]);
      const reports = [debian, debian.replaceAll('4.563803', '4.663803')].map((log, at) =>
        timedRunsOf(reportLog(log), `log ${at}`),
      );
      const { fitted } = fitLogs(reports);
      expect(await text(page(), '.fit h2')).toContain(`${reports.flatMap(({ runs }) => runs).length} rows of 2 logs`);
      const price = fitted?.fit.prices.perShutdown?.seconds ?? 0;
      expect(await text(page(), '.fit tbody tr:first-child .number')).toBe(price.toPrecision(4));
      // A mark of the second leads to its line in the second.
      await page().locator('[data-log="<b>two"] [data-boot="1"] .lane-mark').last().click();
      expect(await page().getByRole('combobox', { name: 'Which log' }).inputValue()).toBe('<b>two');
      await page().screenshot({ path: join(artefacts, 'evidence-logs.png'), fullPage: true, animations: 'disabled' });
      const saved = await Promise.all([
        page().waitForEvent('download'),
        page().getByRole('button', { name: 'as SVG' }).click(),
      ]);
      const svg = readFileSync(await saved[0].path(), 'utf8');
      expect(svg).toContain('&lt;b&gt;two');
      expect(svg.match(/data-phase="shutdown"/g)).toHaveLength(2);
      const drawn = await Promise.all([
        page().waitForEvent('download'),
        page().getByRole('button', { name: 'as PNG' }).click(),
      ]);
      const png = readFileSync(await drawn[0].path());
      expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
      expect(png.length).toBeGreaterThan(10_000);
      await writeFile(join(artefacts, 'evidence-picture.png'), png);
    },
    TIMEOUT,
  );

  test(
    'a reading that is cancelled ends, leaves what was read, and can be taken up again',
    async () => {
      await page().evaluate(() => {
        const data = new DataTransfer();
        data.items.add(new File(['[    1.000000] eth0: link up\n'.repeat(1_000_000)], 'endless.log'));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
      });
      await page().getByRole('progressbar', { name: 'How much of endless.log is read' }).waitFor();
      await page().getByRole('button', { name: 'Cancel' }).click();
      await page().getByText('was not read: cancelled').waitFor();
      expect(await page().locator('.log-group').count()).toBe(2);
      await page().getByRole('button', { name: 'Read again' }).click();
      await page().locator('[data-log="endless.log"]').waitFor();
      expect(await page().locator('.log-group').count()).toBe(3);
    },
    TIMEOUT,
  );

  test(
    'is accessible in light, dark and forced colours, and fits 320 pixels',
    async () => {
      await drop(['console.log', stingray]);
      await page().setViewportSize({ width: 320, height: 800 });
      expect(await overflow(page())).toBe(0);
      expect(await problemsInSchemes(page())).toEqual([]);
      expect(shared?.complaints).toEqual([]);
    },
    TIMEOUT,
  );
});
