import { describe, expect, test } from 'vitest';
import { exampleSegments, ram } from '../test/example.ts';
import type { RelocationErrorCode } from './error.ts';
import { emitPurgatory, type PurgatoryRequest } from './purgatory-segment.ts';
import { segmentDigest } from './verification.ts';

const segments = exampleSegments();
const request: PurgatoryRequest = {
  exceptionLevel: 1,
  base: 0x4100_0000n,
  segments,
  digests: new Map(segments.map((segment) => [segment.name, segmentDigest(segment, new Uint8Array())])),
  entry: 0x4020_0000n,
  dtb: 0x4060_0000n,
  ram,
};

describe('a purgatory', () => {
  test('is one segment at its base, entered at its first word', () => {
    const { segment, bytes, entry, jump, halt } = emitPurgatory(request);
    expect(segment).toMatchObject({ name: 'purgatory', mem: request.base, memsz: BigInt(bytes.length) });
    expect(segment.bufsz).toBe(segment.memsz);
    expect(entry).toBe(request.base);
    for (const address of [jump, halt]) expect(Number(address - entry)).toBeLessThan(4096);
  });

  test('takes three pages and its tables, wherever it lies', () => {
    const pages = (base: bigint): number => emitPurgatory({ ...request, base }).bytes.length / 4096;
    // Both levels 1 and 2, and a level 3 table for the 2 MiB that holds its pages: they differ in what they allow.
    expect([pages(0x4100_0000n), pages(0x4180_0000n)]).toEqual([6, 6]);
    // Where its pages straddle a 2 MiB boundary there is one more.
    expect(pages(0x411f_e000n)).toBe(7);
    // The console is a mapping of its own.
    const crumbs = { uart: 0x0900_0000n, everyPages: 1 };
    expect(emitPurgatory({ ...request, breadcrumbs: crumbs }).bytes.length / 4096).toBeGreaterThan(6);
  });

  test('is the same for the same request, and of another place for another base', () => {
    expect(emitPurgatory(request)).toEqual(emitPurgatory(request));
    expect(emitPurgatory({ ...request, base: 0x4200_0000n }).bytes).not.toEqual(emitPurgatory(request).bytes);
  });

  const [kernel] = segments;
  const refusals: [string, Partial<PurgatoryRequest>, RelocationErrorCode, RegExp][] = [
    ['a base within a page', { base: 0x4100_0800n }, 'EADDRNOTAVAIL', /purgatory at 0x41000800.* is not page-aligned/],
    ['a base outside of RAM', { base: 0x4800_0000n }, 'EADDRNOTAVAIL', /not in System RAM/],
    ['a base too close to the end of RAM', { base: 0x47ff_f000n }, 'EADDRNOTAVAIL', /not in System RAM/],
    ['a base at the end of all addresses', { base: 0xffff_ffff_ffff_f000n }, 'EADDRNOTAVAIL', /wraps around/],
    ['a base inside a segment', { base: 0x4030_0000n }, 'EINVAL', /purgatory .* overlaps segment kernel/],
    ['a base that reaches into a segment', { base: 0x401f_f000n }, 'EINVAL', /purgatory .* overlaps segment kernel/],
    ['a segment without digest', { digests: new Map() }, 'EINVAL', /kernel has no digest/],
    ['an entry that nobody verifies', { entry: 0x4700_0000n }, 'EINVAL', /entry at 0x47000000 is in no segment/],
    ['a device tree that nobody verifies', { dtb: 0x4060_1000n }, 'EINVAL', /device tree at 0x40601000/],
    [
      'as many segments as the kernel takes, without room for it',
      {
        segments: Array.from({ length: 16 }, (_, index) => ({
          ...(kernel ?? exampleSegments()[0] ?? { name: '', mem: 0n, memsz: 0n, bufsz: 0n }),
          mem: 0x4020_0000n + BigInt(index) * 0x1000n,
          memsz: 0x1000n,
          bufsz: 1n,
        })),
        dtb: 0x4020_0000n,
      },
      'EINVAL',
      /17 segments/,
    ],
  ];

  test.each(refusals)('%s is refused', (_, change, code, message) => {
    const emit = (): unknown => emitPurgatory({ ...request, ...change });
    expect(emit).toThrow(message);
    expect(emit).toThrow(expect.objectContaining({ code }));
  });
});
