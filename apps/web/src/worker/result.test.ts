import {
  type Arrival,
  coverLetterWorkload,
  type Reality,
  type RebootReport,
  reboot,
  SimulatedMachine,
} from '@kexeckit/reboot';
import { copiesOf, type StrategyName } from '@kexeckit/relocation';
import { beforeAll, describe, expect, test } from 'vitest';
import { FIGURES } from '../features/figures/model.ts';
import type { MapItem } from '../features/memory-map/model/item.ts';
import { mapView } from '../features/memory-map/model/view.ts';
import type { StrategyResult } from './protocol.ts';
import { resultOf } from './result.ts';

const reports = new Map<StrategyName, RebootReport<Arrival>>();
let reality: Reality;

beforeAll(async () => {
  reality = await new SimulatedMachine().describe();
  const workload = coverLetterWorkload();
  for (const strategy of ['mmu-on', 'reserved', 'crash-region'] as const) {
    const request = { ...workload, cmdline: 'console=ttyS0', strategy, seed: 1 };
    reports.set(strategy, await reboot(new SimulatedMachine(), request));
  }
}, 120_000);

function drawn(strategy: StrategyName): { result: StrategyResult; report: RebootReport<Arrival> } {
  const report = reports.get(strategy);
  if (report === undefined) throw new Error(`no report of ${strategy}`);
  return { result: resultOf(reality, report), report };
}

const legend = (result: StrategyResult): Record<string, number | undefined> =>
  Object.fromEntries(result.map.legend.map(({ kind, pages }) => [kind, pages]));

const items = (result: StrategyResult): MapItem[] => result.map.map.banks.flatMap((row) => row.items);

test('a machine alone has its four banks, its reservations, and no plan', () => {
  const { map, legend: entries, table } = mapView(reality);
  expect(map.banks.map(({ window }) => window)).toEqual([
    { start: 0x8000_0000n, end: 0xffff_ffffn },
    { start: 0x8_8040_0000n, end: 0xb_ffff_ffffn },
    { start: 0x90_0000_0000n, end: 0x93_ffff_ffffn },
    { start: 0xa0_0000_0000n, end: 0xa3_ffff_ffffn },
  ]);
  expect(map.zoom).toBeUndefined();
  expect(entries.find(({ kind }) => kind === 'crash kernel')?.pages).toBe(512 * 256);
  expect(entries.find(({ kind }) => kind === 'kernel')?.pages).toBeUndefined();
  expect(table.filter(({ name }) => name.startsWith('Bank'))).toHaveLength(4);
});

describe('a copy', () => {
  test('every page of the plan is on the map: destinations, sources, control pages', () => {
    const { result, report } = drawn('mmu-on');
    const { stage } = report.plan;
    const copied = copiesOf(stage).pages;
    const owned = (owner: string): number => stage.controlPages.filter((page) => page.owner === owner).length;
    expect(legend(result)).toMatchObject({
      kernel: 13 * 256,
      initrd: 24 * 256,
      dtb: 1,
      source: copied,
      'entry list': owned('entry list'),
      table: owned('table'),
      // Its digests and its work page too.
      routine: 3,
      region: 0,
    });
  });

  test('destinations are drawn where the plan puts them, in the bank and magnified', () => {
    const { result, report } = drawn('mmu-on');
    for (const { name, mem, memsz } of report.plan.stage.placement.segments) {
      const expected = { name, start: mem, end: mem + memsz - 1n };
      expect(items(result)).toContainEqual(expect.objectContaining(expected));
      expect(result.map.map.zoom?.row.items).toContainEqual(expect.objectContaining(expected));
    }
    expect(result.map.map.zoom?.bank).toBe(0);
  });

  test('the table lists every control page at its own address', () => {
    const { result, report } = drawn('mmu-on');
    const listed = result.map.table.filter(({ name }) => name.startsWith('Control page'));
    const expected = report.plan.stage.controlPages.map(({ pfn }) => BigInt(pfn) * 4096n);
    expect(new Set(listed.map(({ start }) => start))).toEqual(new Set(expected));
    expect(listed.every(({ pages }) => pages === 1)).toBe(true);
  });

  test('no bin is higher than the densest', () => {
    const { map } = drawn('mmu-on').result.map;
    const bins = map.banks.flatMap(({ sources }) => sources?.bins ?? []);
    expect(Math.max(...bins)).toBe(map.densest);
  });
});

describe('a load in place', () => {
  test('reserved: the Kexec kernel region is drawn, and holds every destination; nothing is copied', () => {
    const { result, report } = drawn('reserved');
    const region = items(result).find(({ kind }) => kind === 'region');
    expect(region).toMatchObject({ ...report.plan.generation?.region, pages: 80 * 256 });
    expect(region?.note).toContain('its lower half for the next kernel');
    expect(legend(result)).toMatchObject({ source: 0, 'entry list': 0, table: 4, routine: 3 });
    expect(result.map.map.banks.every(({ sources }) => sources === undefined)).toBe(true);
    const destinations = items(result).filter(({ note }) => note?.includes('in place'));
    expect(destinations).toHaveLength(3);
    for (const { start, end } of destinations) {
      expect(start >= (region?.start ?? 0n) && end <= (region?.end ?? 0n)).toBe(true);
    }
  });

  test('crash-region: the region is the Crash kernel that is on the map anyway', () => {
    const { result } = drawn('crash-region');
    expect(legend(result)).toMatchObject({ region: 0, 'crash kernel': 512 * 256 });
  });
});

describe('the figures', () => {
  test.each(['mmu-on', 'reserved'] as const)('%s: as many as the page keeps room for, none unknown', (strategy) => {
    const { figures } = drawn(strategy).result;
    expect(figures).toHaveLength(FIGURES);
    expect(figures.filter(({ value, detail }) => `${value}${detail}`.includes('–'))).toEqual([]);
  });

  test('table pages stand beside RAM/512', () => {
    const { result, report } = drawn('mmu-on');
    const ram = report.plan.stage.placement.ram.reduce((sum, { start, end }) => sum + Number(end - start + 1n), 0);
    const figure = result.figures.find(({ name }) => name === 'table pages');
    expect(figure?.detail).toContain(`RAM/512: ${(ram / 512 / 2 ** 20).toFixed(1)} MiB`);
  });
});

test('everything that the worker posts can be cloned', () => {
  const { result } = drawn('mmu-on');
  expect(structuredClone(result)).toEqual(result);
});
