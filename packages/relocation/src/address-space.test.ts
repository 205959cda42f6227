import type { Range } from '@kexeckit/ioport';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { identityMappings } from './address-space.ts';
import { PAGE } from './page.ts';

/** Banks of 0 to 3 blocks of 2 MiB and a few pages, apart from each other, in any order. */
const banks = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 700 }), pages: fc.integer({ min: 1, max: 1600 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((list) => {
    let at = 0x4_0000;
    return list.map(({ gap, pages }) => {
      const first = at + gap;
      at = first + pages;
      return { first, pages };
    });
  });

const rangeOf = ({ first, pages }: { first: number; pages: number }): Range => ({
  start: BigInt(first) * PAGE,
  end: BigInt(first + pages) * PAGE - 1n,
});

test('a page that is read is mapped with its whole block of 2 MiB just where one bank has all of it', () => {
  fc.assert(
    fc.property(banks, fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), fc.boolean(), (ram, picks, isReversed) => {
      const ranges = ram.map(rangeOf);
      const read = picks.map((pick) => {
        const { first, pages } = ram[pick % ram.length] ?? { first: 0, pages: 1 };
        return { first: first + (pick % pages), pages: 1 };
      });
      const accesses = { routine: 1, read, written: [] };
      const mapped = identityMappings(accesses, isReversed ? ranges.toReversed() : ranges).slice(1);
      const isMapped = (pfn: number): boolean =>
        mapped.some(({ va, size }) => va <= BigInt(pfn) * PAGE && BigInt(pfn) * PAGE < va + size);
      const wanted = new Set(read.map(({ first }) => first));
      for (const { first: pfn } of read) {
        const start = pfn - (pfn % 512);
        if (ram.some(({ first, pages }) => first <= start && start + 512 <= first + pages))
          for (let page = start; page < start + 512; page++) wanted.add(page);
      }
      for (const pfn of wanted) expect(isMapped(pfn)).toBe(true);
      expect(mapped.reduce((sum, { size }) => sum + size / PAGE, 0n)).toBe(BigInt(wanted.size));
    }),
    { numRuns: 100, seed: 9 },
  );
});
