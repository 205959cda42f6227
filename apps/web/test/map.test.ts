import { readFileSync } from 'node:fs';
import { parseIomem, resourceLines, systemRam } from '@kexeckit/ioport';
import { generateWorkload, type PlannedReboot, planReboot, reboot, SimulatedMachine, savePlan } from '@kexeckit/reboot';
import { type CopyRun, copiesOf } from '@kexeckit/relocation';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { computed, overflow, problemsInSchemes, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';

const lab = serveToBrowser();
const MIB = 2 ** 20;
const SMALL = { kernelMib: '1', initrdMib: '1' };
let shared: Watched | undefined;
let planned: PlannedReboot | undefined;

const linkTo = (more: Record<string, string> = {}): string => `#/memory?${new URLSearchParams({ ...SMALL, ...more })}`;

const request = { ...generateWorkload(MIB, MIB, 2019), cmdline: 'console=ttyS0', strategy: 'mmu-on', seed: 1 } as const;

async function open(more: Record<string, string> = {}): Promise<Watched> {
  const opened = await lab.watched();
  await opened.page.goto(`${lab.url()}${linkTo(more)}`);
  await settled(opened.page);
  return opened;
}

/** Waits until there is a plan on the map. */
async function settled(page: Page): Promise<void> {
  await page.locator('.asking[data-stale=false]').waitFor({ state: 'attached' });
  await computed(page);
}

beforeAll(async () => {
  if (!hasChromium) return;
  planned = await planReboot(request, await new SimulatedMachine().describe());
  shared = await open();
}, TIMEOUT);

function page(): Page {
  if (shared === undefined) throw new Error('the lab did not open');
  return shared.page;
}

function plan(): PlannedReboot['plan'] {
  if (planned === undefined) throw new Error('nothing was planned');
  return planned.plan;
}

/** A run of at least two source pages. */
function longRun(): CopyRun {
  const run = [...copiesOf(plan().stage)].find(({ pages }) => pages > 1);
  if (run === undefined) throw new TypeError('no two source pages are neighbours');
  return run;
}

const hex = (pfn: number | bigint): string => `0x${(typeof pfn === 'bigint' ? pfn : BigInt(pfn) * 4096n).toString(16)}`;
const pageRange = (pfn: number): string => `${hex(pfn)}–${hex(BigInt(pfn + 1) * 4096n - 1n)}`;
const map = () => page().getByRole('application', { name: 'Memory map' });
const chosen = (of = page()): Promise<string> => text(of, '[data-testid=chosen]');
const shownWindow = (of = page()): Promise<string> => text(of, '[data-testid=window]');
const ends = async (of = page()): Promise<[bigint, bigint]> => {
  const [, from = '0', to = '0'] = /^(0x[0-9a-f]+)–(0x[0-9a-f]+)/.exec(await shownWindow(of)) ?? [];
  return [BigInt(from), BigInt(to)];
};

/** Shows these pages alone. */
async function lookAt(first: number, pages: number): Promise<void> {
  const link = linkTo({ scale: 'linear', window: `${hex(first)}-${hex(first + pages)}` });
  await page().evaluate((hash) => {
    location.hash = hash;
  }, link);
  await page().waitForFunction(
    (start) => document.querySelector('[data-testid=window]')?.textContent?.startsWith(start),
    hex(first),
  );
}

describe('the memory map', () => {
  test('says of a page that is pointed at where it is copied to, as the plan has it', async () => {
    const { source, destination } = longRun();
    await lookAt(source - 4, 10);
    const box = await map().boundingBox();
    if (box === null) throw new TypeError('no map');
    const canvas = await page().locator('.map-canvas canvas').boundingBox();
    const sources = 0.66 * (canvas?.height ?? 0);
    // The second page of the run: the sixth of ten.
    await page().mouse.move(box.x + 0.55 * box.width, box.y + sources);
    const tip = await text(page(), '.map-canvas .tooltip');
    expect(tip).toContain(`Source page ${pageRange(source + 1)}`);
    expect(tip).toContain(`copied to ${hex(destination + 1)}, page `);
    await page().mouse.click(box.x + 0.55 * box.width, box.y + sources);
    expect(await chosen()).toContain(`copied to ${hex(destination + 1)}`);
  });

  test('is walked and zoomed by the keys, and says what is chosen', async () => {
    await map().focus();
    await page().keyboard.press('Escape');
    await page().keyboard.press('0');
    expect(await chosen()).toBe('Nothing is chosen.');
    expect((await ends())[0]).toBe(0n);
    const [, end] = await ends();
    await page().keyboard.press('+');
    const [from, to] = await ends();
    expect(Number(to - from) / Number(end)).toBeCloseTo(0.5);
    await page().keyboard.press('Home');
    expect((await ends())[0]).toBe(0n);
    await page().keyboard.press('ArrowRight');
    expect((await ends())[0]).toBeGreaterThan(0n);
    await page().keyboard.press('End');
    expect((await ends())[1]).toBe(end);
    await page().keyboard.press('0');
    const said: string[] = [];
    for (let step = 0; step < 3; step++) {
      await page().keyboard.press('ArrowDown');
      said.push(await chosen());
    }
    expect(said.map((line) => line.includes('0x'))).toEqual([true, true, true]);
    expect(new Set(said).size).toBe(3);
    await page().keyboard.press('ArrowUp');
    expect(await chosen()).toBe(said[1]);
  });

  test('goes from source page to source page, and a reload and a link restore what is looked at', async () => {
    const sources = [...copiesOf(plan().stage).sources()].map(({ first }) => first).toSorted((a, b) => a - b);
    await map().focus();
    await page().keyboard.press('Escape');
    await page().keyboard.press('0');
    await page().keyboard.press('PageDown');
    expect(await chosen()).toContain(pageRange(sources[0] ?? 0));
    await page().keyboard.press('Enter');
    await page().waitForFunction(() => /mark=page/.test(location.hash) && /window=/.test(location.hash));
    const [before, said] = [await shownWindow(), await chosen()];
    await page().waitForTimeout(400);
    await page().reload();
    await settled(page());
    expect([await shownWindow(), await chosen()]).toEqual([before, said]);
  });

  test('shows what is typed to go to, and complains beside the field of what is no address', async () => {
    const field = page().getByRole('textbox', { name: 'Go to' });
    await field.fill('0x90_0000_0000');
    await field.press('Enter');
    const [from, to] = await ends();
    expect(from <= 0x90_0000_0000n && to >= 0x90_0000_0fffn && to - from < 0x10_0000n).toBe(true);
    await field.fill('everywhere');
    await field.press('Enter');
    expect(await text(page(), '.map-controls .says')).toMatch(/hexadecimal/);
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await ends()).toEqual([from, to]);
  });

  test('has the lines of /proc/iomem beside it: a line is chosen on the map, and a mark in the lines', async () => {
    const lines = resourceLines((await new SimulatedMachine().describe()).memory.root);
    const tree = page().getByRole('tree');
    await tree.focus();
    await page().keyboard.press('Home');
    await page().keyboard.press('ArrowDown');
    await page().keyboard.press('Enter');
    const [start = '', end = '', name = ''] = lines[1]?.trim().split(/-| : /) ?? [];
    const [low, high] = [BigInt(`0x${start}`), BigInt(`0x${end}`)];
    expect(await chosen()).toContain(`${name} ${hex(low)}–${hex(high)}`);
    expect(await text(page(), '[role=treeitem][aria-selected=true]')).toContain(name);
    await page().keyboard.press('Home');
    await page().keyboard.press('ArrowLeft');
    const within = lines.findIndex((line, at) => at > 0 && !line.startsWith(' '));
    await page().keyboard.press('ArrowDown');
    expect(await tree.getAttribute('aria-activedescendant')).toBe(`resource-${within}`);
    const kernel = lines.findIndex((line) => line.includes('Kernel code'));
    await page().keyboard.press('End');
    await map().focus();
    await page().keyboard.press('Escape');
    await page().keyboard.press('0');
    for (let step = 0; step < 200 && !(await chosen()).startsWith('Kernel code'); step++)
      await page().keyboard.press('ArrowDown');
    await page().locator(`#resource-${kernel}[aria-selected=true]`).waitFor();
  });

  test('is saved as SVG with the marks of its window, and as PNG', { timeout: TIMEOUT }, async () => {
    const places = plan().stage.placement.segments.map(({ mem, memsz }) => [Number(mem >> 12n), Number(memsz >> 12n)]);
    const [low, high] = [
      Math.min(...places.map(([first = 0]) => first)),
      Math.max(...places.map(([first = 0, pages = 0]) => first + pages)),
    ];
    await lookAt(low - 8, high - low + 16);
    const [svg] = await Promise.all([
      page().waitForEvent('download'),
      page().getByRole('button', { name: 'SVG', exact: true }).click(),
    ]);
    const content = readFileSync(await svg.path(), 'utf8');
    const { error, marks } = await page().evaluate((source) => {
      const parsed = new DOMParser().parseFromString(source, 'image/svg+xml');
      const ids = [...parsed.querySelectorAll('[data-mark]')].map((mark) => mark.getAttribute('data-mark'));
      return { error: parsed.querySelector('parsererror')?.textContent, marks: ids };
    }, content);
    expect(error).toBeUndefined();
    for (const { name, mem } of plan().stage.placement.segments) expect(marks).toContain(`${name}@${hex(mem)}`);
    const { memory } = await new SimulatedMachine().describe();
    const inWindow = systemRam(memory).filter(({ start, end }) => start >> 12n < high + 8 && end >> 12n > low - 8);
    expect(marks.filter((id) => id?.startsWith('ram@'))).toEqual(inWindow.map(({ start }) => `ram@${hex(start)}`));
    const [png] = await Promise.all([
      page().waitForEvent('download'),
      page().getByRole('button', { name: 'PNG', exact: true }).click(),
    ]);
    expect([...readFileSync(await png.path()).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  test(
    'rehearses the plan, and counts what the road counts',
    async () => {
      await page().getByRole('button', { name: 'Rehearse', exact: true }).click();
      const row = page().locator('[data-run="as the machine says"]');
      await row.waitFor();
      const { rehearsal } = await reboot(new SimulatedMachine(), request, { rehearse: true });
      const counted = rehearsal?.runs[0]?.figures.find(({ name }) => name === 'instructions retired')?.value;
      expect(await row.textContent()).toContain(counted?.toLocaleString('en-US'));
      expect(await row.textContent()).toContain('nothing');
    },
    TIMEOUT,
  );

  test(
    'lists every page by itself as a table',
    async () => {
      await page().getByText('The same as a table').click();
      const table = page().locator('.lines');
      await table.locator('tbody tr[aria-rowindex]').first().waitFor();
      await table.evaluate((box) => {
        box.scrollTop = box.scrollHeight;
      });
      const owned = plan().stage.controlPages.filter(({ owner }) => owner === 'routine');
      await table
        .getByText(hex(owned[0]?.pfn ?? 0))
        .first()
        .waitFor();
    },
    TIMEOUT,
  );

  test(
    'keeps what it shows while another plan is made, which can be cancelled and begun again',
    async () => {
      const plans = page().locator('.map-head select');
      // Within the page, so that the plan is not made before it is cancelled.
      await plans.evaluate(async (select) => {
        if (!(select instanceof HTMLSelectElement)) throw new TypeError('no choice');
        select.value = 'mmu-off';
        select.dispatchEvent(new Event('change', { bubbles: true }));
        let cancel: HTMLElement | null = null;
        while (cancel === null) {
          await new Promise((resolve) => setTimeout(resolve));
          cancel = document.querySelector('.asking button');
        }
        cancel.click();
      });
      expect(await text(page(), '.asking')).toContain('What is shown is of before.');
      expect(await text(page(), '.map-legend')).toContain('page table');
      expect(await text(page(), '.proof h2')).toBe('Proof mmu-on');
      await page().getByRole('button', { name: 'Plan', exact: true }).click();
      await settled(page());
      expect(await text(page(), '.proof h2')).toBe('Proof mmu-off');
      expect(await page().locator('.map-legend').textContent()).not.toContain('page table');
      await plans.selectOption('mmu-on');
      await settled(page());
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

test(
  'on a machine of 512 GiB it goes from terabytes to single pages, with holes as long as they are',
  async () => {
    const opened = await open({ board: 'hisilicon_kunpeng920_512g_ramonly', scale: 'linear' });
    const of = opened.page;
    expect(await ends(of)).toEqual([0n, 0x205f_ffff_ffffn]);
    await of.getByRole('application').focus();
    for (let step = 0; step < 40; step++) await of.keyboard.press('+');
    const [from, to] = await ends(of);
    expect(to - from + 1n).toBe(0x2000n);
    await of.keyboard.press('0');
    const box = await of.locator('.map-canvas canvas').boundingBox();
    if (box === null) throw new TypeError('no map');
    // What is under the pointer stays there while the wheel turns.
    const x = Math.round(box.x + 0.98 * box.width);
    const pointed = ((x - box.x) / box.width) * 0x2060_0000_0000;
    await of.mouse.move(x, box.y + 70);
    for (let step = 0; step < 8; step++) await of.mouse.wheel(0, -500);
    const size = async (): Promise<number> => {
      const [first, last] = await ends(of);
      return Number(last - first);
    };
    await expect.poll(size, { timeout: 30_000 }).toBeLessThan(2 ** 30);
    const [near, far] = await ends(of);
    expect(Math.abs(pointed - Number(near) - 0.98 * Number(far - near))).toBeLessThan(Number(far - near) / 50);
    await of.getByLabel('Compress holes').check();
    expect(await shownWindow(of)).toMatch(/holes compressed$/);
    expect(opened.complaints).toEqual([]);
    await of.close();
  },
  TIMEOUT,
);

test(
  'a saved plan of another machine is refused, with what and where, and is drawn',
  async () => {
    const opened = await open({ board: 'raspberrypi_4b_4g' });
    const of = opened.page;
    await of.evaluate((content) => {
      const data = new DataTransfer();
      data.items.add(new File([content], 'stingray.json'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
    }, savePlan(plan()));
    await of.locator('.failure').waitFor();
    expect(await text(of, '.failure')).toMatch(/ESTALE .*the memory map/);
    const ram = systemRam(
      parseIomem(readFileSync(new URL('../src/desk/boards/raspberrypi_4b_4g.txt', import.meta.url), 'utf8'), {
        lenient: true,
      }),
    );
    const found = of.locator('.problems [data-found]', { hasText: 'roles' });
    await found.first().click();
    const address = BigInt((await found.first().locator('code').textContent()) ?? '');
    // It is a page of the plan, and no RAM of this machine.
    const touched = [
      ...[...copiesOf(plan().stage)].flatMap(({ source, destination, pages }) => [
        [source, pages],
        [destination, pages],
      ]),
      ...plan().stage.controlPages.map(({ pfn }) => [pfn, 1]),
    ];
    const pfn = Number(address >> 12n);
    expect(touched.some(([first = 0, pages = 0]) => pfn >= first && pfn < first + pages)).toBe(true);
    expect(ram.some(({ start, end }) => address >= start && address <= end)).toBe(false);
    expect(await chosen(of)).toContain(hex(address));
    const [from, to] = await ends(of);
    expect(from <= address && address <= to).toBe(true);
    // What is jumped to stands in the middle: the lowest lane is red there.
    await of.waitForTimeout(200);
    const colour = await of.locator('.map-canvas canvas').evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) throw new TypeError('no canvas');
      const pixel = canvas.getContext('2d')?.getImageData(canvas.width / 2, canvas.height - 11, 1, 1).data;
      return [...(pixel ?? [])].slice(0, 3);
    });
    const [red = 0, green = 0, blue = 0] = colour;
    expect(red > 130 && green < 90 && blue < 110).toBe(true);
    expect(await text(of, '[data-invariant=roles] .verdict')).toMatch(/✗/);
    expect(opened.complaints).toEqual([]);
    await of.close();
  },
  TIMEOUT,
);
