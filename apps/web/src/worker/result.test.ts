import { systemRam } from '@kexeckit/ioport';
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
import { legendOf, usualLooks } from '../features/map/model/legend.ts';
import { machineMarks, withPlan } from '../features/map/model/marks.ts';
import { modelOf } from '../features/map/model/model.ts';
import { linesOfPlan } from '../features/map/model/table.ts';
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
  return { result: resultOf(report), report };
}

/** What is drawn of a strategy on the machine: pages by look. */
const drawnPages = (result: StrategyResult): Record<string, number> => {
  const { marks, pages } = result.map;
  const model = modelOf(withPlan(machineMarks(reality), marks), pages);
  return Object.fromEntries(legendOf(model, usualLooks).map((entry) => [entry.look, entry.pages]));
};

test('a machine alone has its RAM, its kernel, its reservations, and no plan', () => {
  const pages = Object.fromEntries(
    legendOf(modelOf(machineMarks(reality)), usualLooks).map((entry) => [entry.look, entry.pages]),
  );
  const ram = systemRam(reality.memory).reduce((sum, { start, end }) => sum + Number(end - start + 1n) / 4096, 0);
  expect(pages).toMatchObject({ ram, 'crash kernel': 512 * 256, region: 0, kernel: 0, source: 0, routine: 0 });
  expect(pages['old kernel']).toBeGreaterThan(0);
});

describe('a copy', () => {
  test('every page of the plan is on the map: destinations, sources, control pages', () => {
    const { result, report } = drawn('mmu-on');
    const { stage } = report.plan;
    const owned = (owner: string): number => stage.controlPages.filter((page) => page.owner === owner).length;
    expect(drawnPages(result)).toMatchObject({
      kernel: 13 * 256,
      initrd: 24 * 256,
      dtb: 1,
      source: copiesOf(stage).pages,
      'entry list': owned('entry list'),
      table: owned('table'),
      // Its digests and its work page too.
      routine: 3,
      region: 0,
    });
  });

  test('destinations are drawn where the plan puts them', () => {
    const { result, report } = drawn('mmu-on');
    for (const { name, mem, memsz } of report.plan.stage.placement.segments)
      expect(result.map.marks).toContainEqual(
        expect.objectContaining({ name, lane: 'destination', start: mem, end: mem + memsz - 1n }),
      );
  });

  test('the lines of a report hold every control page, and the source pages once', () => {
    const { result, report } = drawn('mmu-on');
    const { stage } = report.plan;
    const lines = linesOfPlan(machineMarks(reality), result.map);
    for (const { pfn } of stage.controlPages) {
      const address = BigInt(pfn) * 4096n;
      const names = ['entry list', 'table', 'routine'];
      expect(lines.some(({ name, start, end }) => names.includes(name) && start <= address && address <= end)).toBe(
        true,
      );
    }
    const sources = lines.filter(({ name }) => name === 'source pages');
    expect(sources.map(({ pages }) => pages)).toEqual([copiesOf(stage).pages]);
    const first = Math.min(...[...copiesOf(stage)].map(({ source }) => source));
    expect(sources[0]?.start).toBe(BigInt(first) * 4096n);
  });
});

describe('a load in place', () => {
  test('reserved: the Kexec kernel region is drawn, and holds every destination; nothing is copied', () => {
    const { result, report } = drawn('reserved');
    const region = result.map.marks.find(({ look }) => look === 'region');
    expect(region).toMatchObject({ ...report.plan.generation?.region, lane: 'region' });
    expect(region?.note).toContain('its lower half for the next kernel');
    expect(drawnPages(result)).toMatchObject({ region: 80 * 256, source: 0, 'entry list': 0, table: 4, routine: 3 });
    const destinations = result.map.marks.filter(({ note }) => note?.includes('in place'));
    expect(destinations).toHaveLength(3);
    for (const { start, end } of destinations) {
      expect(start >= (region?.start ?? 0n) && end <= (region?.end ?? 0n)).toBe(true);
    }
  });

  test('crash-region: the region is the Crash kernel that is on the map anyway, drawn once', () => {
    const { result } = drawn('crash-region');
    expect(drawnPages(result)).toMatchObject({ region: 0, 'crash kernel': 512 * 256 });
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
