import { describe, expect, test } from 'vitest';
import { example, exampleSegments, moving, ram } from '../test/example.ts';
import { scatteredAllocator } from './allocator.ts';
import { CopyRuns } from './copy-runs.ts';
import { Kimage } from './kimage.ts';
import { loadImage } from './load.ts';
import { planStage, type StageRequest } from './plan-stage.ts';
import { emitPurgatory } from './purgatory-segment.ts';
import type { ExceptionLevel } from './routine/level.ts';
import type { Segment } from './segment.ts';
import type { StagePlan } from './stage.ts';

const sound = (): StageRequest => ({
  strategy: 'mmu-on',
  exceptionLevel: 1,
  ram,
  segments: exampleSegments(),
  entry: 0x4020_0000n,
  dtb: 0x4060_0000n,
  allocator: scatteredAllocator(ram, 1),
});
const kernel: Segment = { name: 'kernel', mem: 0n, memsz: 0x1000n, bufsz: 1n };
const three = (): ExceptionLevel => JSON.parse('3');
const EVERYTHING = { start: 0n, end: (1n << 52n) - 1n };
const refusal = { name: 'RelocationError', code: 'EINVAL', hint: expect.any(String) };

describe('what nobody can plan', () => {
  test.each<[what: string, change: Partial<StageRequest>]>([
    ['RAM of 2^64 bytes', { ram: [{ start: 0n, end: (1n << 64n) - 1n }] }],
    ['RAM above 52 bits', { ram: [...ram, { start: 1n << 52n, end: (1n << 52n) + 0xffffn }] }],
    ['RAM that ends before it starts', { ram: [{ start: 0x5000n, end: 0x3fffn }] }],
    ['RAM below 0', { ram: [{ start: -0x1000n, end: 0x3fffn }] }],
    ['a segment of 2^50 bytes', { ram: [EVERYTHING], segments: [{ ...kernel, memsz: 1n << 50n }] }],
    ['a segment of 2^64 bytes', { segments: [{ ...kernel, memsz: 1n << 64n }] }],
    ['two segments of one name', { segments: exampleSegments().map((segment) => ({ ...segment, name: 'x' })) }],
    ['content of less than nothing', { segments: [{ ...kernel, mem: 0x4020_0000n, bufsz: -1n }] }],
    ['EL3', { exceptionLevel: three() }],
    ['VHE at EL1', { vhe: true }],
    ['a console beyond all memory', { breadcrumbs: { uart: 1n << 60n, everyPages: 1 } }],
    ['a mark every 0 pages', { breadcrumbs: { uart: 0x900_0000n, everyPages: 0 } }],
    ['a mark every 2^32 pages', { breadcrumbs: { uart: 0x900_0000n, everyPages: 2 ** 32 } }],
    ['a mark every NaN pages', { breadcrumbs: { uart: 0x900_0000n, everyPages: Number.NaN } }],
  ])('%s', (_, change) => {
    expect(() => planStage({ ...sound(), ...change })).toThrow(expect.objectContaining(refusal));
  });

  test('an image of 2^60 bytes, and a purgatory of 2^50', () => {
    const large = { ...kernel, memsz: 1n << 60n };
    expect(() => new Kimage([large], scatteredAllocator(ram, 1)).loadSegment(large)).toThrow(
      expect.objectContaining(refusal),
    );
    const purgatory = { exceptionLevel: 1, base: 1n << 51n, digests: new Map(), entry: 0n, dtb: 0n } as const;
    expect(() =>
      emitPurgatory({ ...purgatory, segments: [{ ...kernel, memsz: 1n << 50n }], ram: [EVERYTHING] }),
    ).toThrow(expect.objectContaining(refusal));
  });
});

describe('what nobody can have planned is not loaded', () => {
  const { plan, contents } = example('mmu-on');
  const region = example('reserved');
  const page = { pfn: 0x40000, owner: 'table', bytes: new Uint8Array(4096) } as const;
  const corrupted: readonly [what: string, stage: StagePlan][] = [
    ['a control page of 4095 bytes', { ...plan, controlPages: [{ ...page, bytes: new Uint8Array(4095) }] }],
    ['a control page of a MiB', { ...plan, controlPages: [{ ...page, bytes: new Uint8Array(1 << 20) }] }],
    ['a control page at -1', { ...plan, controlPages: [{ ...page, pfn: -1 }] }],
    ['a control page at 2^53', { ...plan, controlPages: [{ ...page, pfn: 2 ** 53 }] }],
    ['a control page between two', { ...plan, controlPages: [{ ...page, pfn: 0.5 }] }],
    [
      '2^32 copies',
      { ...moving(plan), copies: CopyRuns.of([{ source: 0x90000, destination: 0x40200, pages: 2 ** 32 - 1 }]) },
    ],
    [
      '17 segments',
      withSegments(
        plan,
        Array.from({ length: 17 }, (_, at) => ({ ...kernel, name: `s${at}` })),
      ),
    ],
    ['two segments of one name', withSegments(plan, [kernel, kernel])],
    ['an in-place segment of 2^60 bytes', withSegments(region.plan, [{ ...kernel, memsz: 1n << 60n }], 'in-place')],
  ];

  test.each(corrupted)('%s', (_, stage) => {
    expect(() => loadImage(stage, contents)).toThrow(expect.objectContaining(refusal));
  });
});

function withSegments(
  plan: StagePlan,
  segments: readonly Segment[],
  placement: 'copied' | 'in-place' = 'copied',
): StagePlan {
  return {
    ...plan,
    placement: { ...plan.placement, segments: segments.map((segment) => ({ ...segment, placement })) },
  };
}

test.each([
  ['no pages', { source: 1, destination: 2, pages: 0 }],
  ['2^32 pages', { source: 1, destination: 2, pages: 2 ** 32 }],
  ['half a page', { source: 1, destination: 2, pages: 0.5 }],
  ['NaN pages', { source: 1, destination: 2, pages: Number.NaN }],
  ['from below 0', { source: -1, destination: 2, pages: 1 }],
  ['to beyond all memory', { source: 1, destination: 2 ** 40 - 1, pages: 2 }],
])('no run copies %s', (_, run) => {
  expect(() => CopyRuns.of([run])).toThrow(expect.objectContaining(refusal));
});
