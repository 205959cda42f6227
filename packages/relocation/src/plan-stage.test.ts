import { PageTableError } from '@kexeckit/arm64-pgtable';
import { describe, expect, test } from 'vitest';
import { example, exampleSegments, ram, region } from '../test/example.ts';
import { scatteredAllocator } from './allocator.ts';
import { planStage, type StageRequest } from './plan-stage.ts';
import { copiesOf } from './stage.ts';
import { strategies } from './strategies.ts';
import { segmentDigest } from './verification.ts';

const request: StageRequest = {
  strategy: 'mmu-on',
  exceptionLevel: 1,
  ram,
  segments: exampleSegments(),
  entry: 0x4020_0000n,
  dtb: 0x4060_0000n,
  allocator: scatteredAllocator(ram, 1),
};

/** The request of a strategy, all in its region where it has one. */
function requestOf(strategy: (typeof strategies)[number]): StageRequest {
  if (strategy.region === undefined) return { ...request, strategy: strategy.name };
  const segments = exampleSegments(region.start);
  const [kernel, , dtb] = segments;
  return { ...request, strategy: strategy.name, region, segments, entry: kernel?.mem ?? 0n, dtb: dtb?.mem ?? 0n };
}

describe('a plan', () => {
  test('is the same for the same inputs and seed', () => {
    expect(example('mmu-on', 1, 3).plan).toEqual(example('mmu-on', 1, 3).plan);
    expect(copiesOf(example('mmu-on', 1, 3).plan)).not.toEqual(copiesOf(example('mmu-on', 1, 4).plan));
  });

  test.each(strategies)('of $name says what it does', (strategy) => {
    const plan = planStage(requestOf(strategy));
    expect(plan.strategy).toBe(strategy.name);
    expect(plan.placement).toMatchObject({ ram, region: strategy.region === undefined ? undefined : region });
    expect(plan.controlPages[0]).toMatchObject({ owner: 'routine', pfn: Number(plan.start >> 12n) });
    const copies = strategy.region === undefined && !strategy.delivers;
    if (copies) expect(plan).toMatchObject({ kind: 'relocation', mmu: strategy.mmu });
    else expect(plan.kind).toBe('purgatory');
    expect(copiesOf(plan).pages).toBe(copies ? 774 : 0);
  });

  test('maps scattered sources with blocks: a few tables, not one for each source', () => {
    const { plan } = example();
    expect(copiesOf(plan).length).toBeGreaterThan(40);
    expect(plan.controlPages.filter(({ owner }) => owner === 'table').length).toBeLessThan(12);
  });

  test('73 MB scattered over 64 GiB take 5 table pages; copying the linear map page by page takes 32 768', () => {
    const ram64 = [{ start: 0x4000_0000n, end: 0x10_3fff_ffffn }];
    const size = 73n << 20n;
    const segments = [
      { name: 'kernel', mem: 0x8000_0000n, memsz: size, bufsz: size },
      { name: 'dtb', mem: 0x8000_0000n + size, memsz: 4096n, bufsz: 100n },
    ];
    const { controlPages, translation } = planStage({
      ...request,
      ram: ram64,
      segments,
      entry: 0x8000_0000n,
      dtb: 0x8000_0000n + size,
      allocator: scatteredAllocator(ram64, 1),
    });
    const tables = controlPages.filter(({ owner }) => owner === 'table').length;
    // Mapped in pages, RAM takes a table for each 2 MiB.
    const linear = Number((64n << 30n) / (2n << 20n));
    expect([tables, linear, translation?.space.vaBits]).toEqual([5, 32768, 37]);
  });

  test('decides each segment on its own: what lies in the region stays, the rest is copied', () => {
    const [kernel, initrd, dtb] = exampleSegments(region.start);
    if (kernel === undefined || initrd === undefined || dtb === undefined) throw new Error('no segments');
    const segments = [kernel, { ...initrd, mem: 0x4100_0000n }, dtb];
    const plan = planStage({ ...request, strategy: 'reserved', region, segments, entry: kernel.mem, dtb: dtb.mem });
    expect(plan.placement.segments.map(({ placement }) => placement)).toEqual(['in-place', 'copied', 'in-place']);
    expect(plan).toMatchObject({ kind: 'relocation', mmu: 'on' });
    // In-place segments are cleaned whatever the rest does.
    expect(plan.cleanAtLoad).toContainEqual({ start: kernel.mem, end: kernel.mem + kernel.memsz - 1n });
  });

  test('all in place needs neither list nor tables', () => {
    const { plan } = example('reserved');
    expect(plan.kind).toBe('purgatory');
    expect(plan.controlPages.map(({ owner }) => owner)).toEqual(['routine']);
  });
});

describe('refusals', () => {
  const digests = new Map(
    exampleSegments().map((segment) => [segment.name, segmentDigest(segment, new Uint8Array(Number(segment.bufsz)))]),
  );

  test.each(strategies)('of a region too many or too few: $name', (strategy) => {
    const right = requestOf(strategy);
    const others = strategies.filter((other) => other.region !== undefined).map(({ name }) => name);
    expect(() => planStage({ ...right, region: strategy.region === undefined ? region : undefined })).toThrow(
      expect.objectContaining(
        strategy.region === undefined
          ? { code: 'EINVAL', message: `strategy ${strategy.name} takes no region`, address: region.start }
          : { code: 'EINVAL', hint: `boot the old kernel with ${strategy.region}= first` },
      ),
    );
    if (strategy.region === undefined)
      expect(() => planStage({ ...right, region })).toThrow(
        expect.objectContaining({ hint: `leave it out, or choose ${others.join(' or ')}` }),
      );
  });

  test.each(strategies)('of digests, where they cannot be compared: $name', (strategy) => {
    const plan = (): unknown => planStage({ ...requestOf(strategy), digests });
    if (strategy.canVerify) expect(plan()).toMatchObject({ halt: expect.any(BigInt) });
    else expect(plan).toThrow(expect.objectContaining({ code: 'EINVAL', hint: expect.stringContaining('leave them') }));
  });

  test('of a destination outside RAM', () => {
    const [kernel] = exampleSegments(0x8000_0000n);
    expect(() => planStage({ ...request, segments: kernel ? [kernel] : [] })).toThrow(/not in System RAM/);
  });

  test('of a machine without a page left', () => {
    const allocator = scatteredAllocator([{ start: 0x4700_0000n, end: 0x470f_ffffn }], 1);
    expect(() => planStage({ ...request, allocator })).toThrow(/no free page/);
  });

  test('of a console that is RAM', () => {
    const breadcrumbs = { uart: 0x4020_0000n, everyPages: 1 };
    expect(() => planStage({ ...request, breadcrumbs })).toThrow(
      expect.objectContaining({ code: 'EINVAL', cause: expect.any(PageTableError) }),
    );
  });
});
