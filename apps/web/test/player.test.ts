import {
  figureOf,
  generateWorkload,
  proveReboot,
  type RebootRequest,
  reboot,
  SimulatedMachine,
  StrictRun,
} from '@kexeckit/reboot';
import { copiesOf, prove } from '@kexeckit/relocation';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { overflow, problemsInSchemes, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';

const lab = serveToBrowser();
let shared: Watched | undefined;

/** Small, and quick to run: digests are compared in tests of the model. */
const LINK = { kernelMib: '1', initrdMib: '1', verify: '', breadcrumbs: 'yes' };
const linkTo = (more: Record<string, string> = {}): string => `#/player?${new URLSearchParams({ ...LINK, ...more })}`;

/** The same reboot, by the packages alone. */
const machine = (): SimulatedMachine => new SimulatedMachine({ exceptionLevel: 2, cpus: 8 });
const request: RebootRequest = {
  ...generateWorkload(2 ** 20, 2 ** 20, 2019),
  ...{ cmdline: 'console=ttyS0', seed: 1, strategy: 'mmu-on', verify: false, breadcrumbs: true },
};

const loaded = async (page: Page): Promise<void> => {
  await page.waitForSelector('main[aria-busy="false"] .played:not(.stale)');
};

beforeAll(async () => {
  if (!hasChromium) return;
  shared = await lab.watched();
  await shared.page.goto(`${lab.url()}${linkTo()}`);
  await loaded(shared.page);
}, TIMEOUT);

function page(): Page {
  if (shared === undefined) throw new Error('the lab did not open');
  return shared.page;
}

/** Waits until the machine stands at a step. */
const standsAt = async (step: number): Promise<void> => {
  await page().waitForSelector(`.place[data-step="${step}"]`);
};

const press = (name: string): Promise<void> => page().getByRole('button', { name, exact: true }).click();

/** x8 to x14 and what else a register list shows, by name. */
async function shownRegisters(): Promise<Map<string, string>> {
  const rows = await page().locator('.register-grid > div').allInnerTexts();
  return new Map(rows.map((row) => [row.split(/\s/)[0] ?? '', /[0-9a-f]{16}/.exec(row)?.[0] ?? '']));
}

/** A run of its own, to a step, from the beginning. */
async function straightTo(step: number): Promise<StrictRun> {
  const { reality, ...rest } = await proveReboot(machine(), request);
  const run = new StrictRun(rest, reality);
  run.runTo(step);
  return run;
}

async function registersAt(step: number): Promise<bigint[]> {
  const { cpu } = (await straightTo(step)).machine;
  return Array.from({ length: 31 }, (_, register) => cpu.registers.get(register));
}

async function expectAsStraight(step: number): Promise<void> {
  await standsAt(step);
  const { cpu } = (await straightTo(step)).machine;
  const shown = await shownRegisters();
  for (let register = 0; register < 31; register++)
    expect([register, shown.get(`x${register}`)]).toEqual([
      register,
      cpu.registers.get(register).toString(16).padStart(16, '0'),
    ]);
  expect(await text(page(), '.program-lines [aria-current] .address')).toBe(cpu.pc.toString(16));
  expect(await text(page(), '.state-words')).toContain(`MMU ${cpu.system.effective.mmu ? 'on' : 'off'}`);
}

describe('the relocation player', () => {
  test(
    'steps, steps back, and shows the registers of a run of its own',
    async () => {
      await expectAsStraight(0);
      await press('Step');
      await press('Step');
      await expectAsStraight(2);
      await press('Step back');
      await expectAsStraight(1);
      const slider = page().getByRole('slider', { name: 'Instruction' });
      await slider.fill('54321');
      await expectAsStraight(54321);
      await press('Step back');
      await expectAsStraight(54320);
      await slider.fill('54300');
      await expectAsStraight(54300);
      // What is marked is what two runs of their own differ in.
      const [then, now] = await Promise.all([54320, 54300].map(registersAt));
      const changed = now?.flatMap((value, register) => (value === then?.[register] ? [] : [`x${register}`]));
      const marked = await page().locator('.register-grid [data-changed=true] dt').allInnerTexts();
      expect(changed?.length).toBeGreaterThan(0);
      expect(marked.map((words) => words.split(/\s/)[0])).toEqual(changed);
    },
    TIMEOUT,
  );

  test(
    'goes page by page',
    async () => {
      const pages = [...copiesOf((await proveReboot(machine(), request)).plan.stage)].reduce(
        (sum, run) => sum + run.pages,
        0,
      );
      await page().getByRole('combobox', { name: 'by' }).selectOption('page');
      // With the MMU on, the DSB that completes the cleaning comes behind the last page.
      const counted = async (): Promise<number> =>
        Number((await text(page(), '[data-pages=unfinished] b')).replaceAll(',', ''));
      const first = await counted();
      const here = Number(await page().locator('.place').getAttribute('data-step'));
      await press('Step');
      await page().waitForSelector(`.place:not([data-step="${here}"])`);
      expect(await counted()).toBe(first + 1);
      await press('Start');
      await standsAt(0);
      expect(await text(page(), '[data-pages=waiting] b')).toBe(String(pages));
      await page().getByRole('combobox', { name: 'by' }).selectOption('instruction');
    },
    TIMEOUT,
  );

  test(
    'runs to the end, and arrives as the simulated machine does',
    async () => {
      const { ending } = await reboot(machine(), request);
      const total = (figureOf(ending, 'instructions retired') ?? 0) - 1;
      await page().getByRole('slider', { name: 'Speed' }).press('End');
      await press('Run');
      await standsAt(total);
      expect(await text(page(), '.outcome')).toContain(`Arrives after ${total.toLocaleString('en-US')} instructions`);
      expect(await text(page(), '.console')).toBe(ending.breadcrumbs);
      expect(await text(page(), '[data-pages=clean] b')).toBe(
        Number(
          await text(page(), '.page-map h2').then((words) => /[\d,]+/.exec(words)?.[0]?.replaceAll(',', '')),
        ).toLocaleString('en-US'),
      );
      expect(await text(page(), '[data-figure="dirty lines"] dd')).toBe('0 in 0 pages');
      expect(await text(page(), '[role=status]')).toContain('hand over');
    },
    TIMEOUT,
  );

  test(
    'takes keys: the arrows step, space runs and pauses',
    async () => {
      await press('Start');
      await standsAt(0);
      await page().evaluate(() => (document.activeElement instanceof HTMLElement ? document.activeElement.blur() : 0));
      await page().keyboard.press('ArrowRight');
      await standsAt(1);
      await page().keyboard.press('ArrowRight');
      await standsAt(2);
      await page().keyboard.press('ArrowLeft');
      await standsAt(1);
      await page().getByRole('slider', { name: 'Speed' }).press('Home');
      await page().evaluate(() => (document.activeElement instanceof HTMLElement ? document.activeElement.blur() : 0));
      await page().keyboard.press('Space');
      await page().getByRole('button', { name: 'Pause', exact: true }).waitFor();
      await page().keyboard.press('Space');
      await page().getByRole('button', { name: 'Run', exact: true }).waitFor();
    },
    TIMEOUT,
  );

  test(
    'shows what a sabotage breaks, and who catches it; a link restores it',
    async () => {
      await page().getByRole('radio', { name: 'No TLBI', exact: true }).check();
      await page().waitForFunction(() => /sabotage=tlbi/.test(location.hash));
      await loaded(page());
      // What the machine says of the very same routine, TLBI left out.
      const { reality, ...rest } = await proveReboot(machine(), request);
      const { stage } = rest.plan;
      const view = new DataView(rest.image.writable(Number(stage.start >> 12n)).buffer);
      const code = rest.image.writable(Number(stage.start >> 12n));
      const tlbi = 0xd50c871f; // tlbi alle2
      for (let at = 0; at < 4096; at += 4)
        if (view.getUint32(code.byteOffset + at, true) === tlbi) view.setUint32(code.byteOffset + at, 0xd503201f, true);
      const run = new StrictRun(rest, reality);
      expect(() => run.runTo(run.limit)).toThrow(expect.objectContaining({ kind: 'stale-tlb' }));
      const said = await text(page(), '[data-by=machine]');
      expect(said).toContain('stale-tlb');
      expect(said).toContain(`step ${run.step}`);
      expect(said).toContain(run.machine.cpu.pc.toString(16));
      const [violation] = prove(stage, rest.image, rest.contents, reality).violations;
      expect(await text(page(), '.outcome')).toContain(violation?.detail);
      await page().locator('[data-by=machine] button').click();
      await standsAt(run.step);
      expect(await page().locator('.program-lines s').allInnerTexts()).toContain('tlbi alle2');
      await page().waitForFunction((step) => location.hash.includes(`step=${step}`), run.step);
      const other = await lab.newPage();
      await other.goto(page().url());
      await loaded(other);
      expect(await other.locator('.place').getAttribute('data-step')).toBe(String(run.step));
      expect(await other.getByRole('radio', { name: 'No TLBI', exact: true }).isChecked()).toBe(true);
      await other.close();
    },
    TIMEOUT,
  );

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
});
