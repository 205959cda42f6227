import { describe, expect, test } from 'vitest';
import { example, exampleSegments, ram, region } from '../test/example.ts';
import { scatteredAllocator } from './allocator.ts';
import { planRelocation, type RelocationRequest } from './plan.ts';

const request: RelocationRequest = {
  strategy: 'mmu-on',
  exceptionLevel: 1,
  ram,
  segments: exampleSegments(),
  entry: 0x4020_0000n,
  dtb: 0x4060_0000n,
  allocator: scatteredAllocator(ram, 1),
};

describe('a plan', () => {
  test('is the same for the same inputs and seed', () => {
    expect(example('mmu-on', 1, 3).plan).toEqual(example('mmu-on', 1, 3).plan);
    expect(example('mmu-on', 1, 3).plan.copies).not.toEqual(example('mmu-on', 1, 4).plan.copies);
  });

  test('maps scattered sources with blocks: a few tables, not one for each source', () => {
    const { plan } = example();
    expect(plan.copies.length).toBeGreaterThan(40);
    expect(plan.controlPages.filter(({ owner }) => owner === 'table').length).toBeLessThan(12);
  });

  test('73 MB scattered over 64 GiB take 5 table pages; copying the linear map page by page takes 32 768', () => {
    const ram64 = [{ start: 0x4000_0000n, end: 0x10_3fff_ffffn }];
    const size = 73n << 20n;
    const segments = [
      { name: 'kernel', mem: 0x8000_0000n, memsz: size, bufsz: size },
      { name: 'dtb', mem: 0x8000_0000n + size, memsz: 4096n, bufsz: 100n },
    ];
    const { controlPages, translation } = planRelocation({
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
    const plan = planRelocation({
      ...request,
      strategy: 'reserved',
      region,
      segments,
      entry: kernel.mem,
      dtb: dtb.mem,
    });
    expect(plan.segments.map(({ placement }) => placement)).toEqual(['in-place', 'copied', 'in-place']);
    expect(plan.routineKind).toBe('copy-mmu-on');
    // In-place segments are cleaned whatever the rest does.
    expect(plan.cleanAtLoad).toContainEqual({ start: kernel.mem, end: kernel.mem + kernel.memsz - 1n });
  });

  test('all in place needs neither list nor tables', () => {
    const { plan } = example('reserved');
    expect(plan.head).toBe(4n);
    expect(plan.controlPages.map(({ owner }) => owner)).toEqual(['routine']);
  });
});

describe('refusals', () => {
  test('a region strategy without a region, and the other way round', () => {
    expect(() => planRelocation({ ...request, strategy: 'reserved' })).toThrow(/kexeckernel=/);
    expect(() => planRelocation({ ...request, strategy: 'crash-region' })).toThrow(/crashkernel=/);
    expect(() => planRelocation({ ...request, region })).toThrow(/takes no region/);
  });

  test('a destination outside RAM', () => {
    const [kernel] = exampleSegments(0x8000_0000n);
    expect(() => planRelocation({ ...request, segments: kernel ? [kernel] : [] })).toThrow(/not in System RAM/);
  });

  test('no page left', () => {
    const allocator = scatteredAllocator([{ start: 0x4700_0000n, end: 0x470f_ffffn }], 1);
    expect(() => planRelocation({ ...request, allocator })).toThrow(/no free page/);
  });
});
