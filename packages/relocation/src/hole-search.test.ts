import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findPlace } from './buffer.ts';
import { crashControlPages } from './crash-control.ts';
import { isDestination, type Segment } from './segment.ts';

const REGION = { start: 0n, end: 0x2f_ffffn };

/** Segments as they should not be, too: empty, odd, at address 0, over each other. */
const arbitrarySegment = fc
  .record({
    mem: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 0x30_0000n })),
    memsz: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 0x8_0000n })),
  })
  .map(({ mem, memsz }): Segment => ({ name: 's', mem, memsz, bufsz: 0n }));

test('the search for control pages ends, whatever the segments are, and what it finds is clear of them', () => {
  fc.assert(
    fc.property(fc.array(arbitrarySegment, { maxLength: 16 }), fc.integer({ min: 0, max: 4 }), (segments, order) => {
      const pages = crashControlPages(segments, REGION);
      for (let found = pages.allocate(order); found !== undefined; found = pages.allocate(order))
        expect(isDestination(segments, found, found + (0x1000n << BigInt(order)) - 1n)).toBe(false);
    }),
    { numRuns: 200, seed: 5 },
  );
});

test('the search for a hole ends, upwards and downwards', () => {
  const empty: Segment = { name: 'empty', mem: 0n, memsz: 0n, bufsz: 0n };
  const request = { name: 'x', bufsz: 1n, memsz: 0x1000n, align: 0x1000n, min: 0n, max: (1n << 64n) - 1n };
  for (const topDown of [false, true]) {
    const places = { ranges: [{ start: 0n, end: (1n << 52n) - 1n }], segments: [empty] };
    expect(() => findPlace({ ...request, topDown }, places)).toThrow(
      expect.objectContaining({ code: 'EADDRNOTAVAIL' }),
    );
    expect(() => findPlace({ ...request, topDown, align: 0x3000n }, places)).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  }
});
