import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Attributes, addressInSpace, diffTables, type PageRun, type Space } from './index.ts';

const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const readOnly: Attributes = { type: 'Normal', writable: false, executable: false };
const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1', half: 'upper' };
const base = addressInSpace(space, 0);

test('moved, changed, added and removed ranges are differences, with both sides', () => {
  const before = [
    { page: 0, frame: 0x100, pages: 8, attributes: readWrite },
    { page: 16, frame: 0x200, pages: 4, attributes: readWrite },
  ];
  const after = [
    { page: 0, frame: 0x100, pages: 4, attributes: readWrite },
    { page: 4, frame: 0x104, pages: 4, attributes: readOnly },
    { page: 18, frame: 0x202, pages: 4, attributes: readWrite },
  ];
  expect(diffTables(space, { runs: before }, { runs: after })).toEqual([
    {
      start: base + 0x4000n,
      end: base + 0x7fffn,
      before: { pa: 0x104000n, attributes: readWrite },
      after: { pa: 0x104000n, attributes: readOnly },
    },
    { start: base + 0x10000n, end: base + 0x11fffn, before: { pa: 0x200000n, attributes: readWrite } },
    { start: base + 0x14000n, end: base + 0x15fffn, after: { pa: 0x204000n, attributes: readWrite } },
  ]);
});

const anyRuns = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 3 }),
      pages: fc.integer({ min: 1, max: 5 }),
      shift: fc.constantFrom(0, 0, 1),
      attributes: fc.constantFrom(readWrite, readOnly),
    }),
    { maxLength: 6 },
  )
  .map((pieces) => {
    let to = 0;
    return pieces.map(({ gap, pages, shift, attributes }): PageRun => {
      to += gap + pages;
      return { page: to - pages, frame: to - pages + shift, pages, attributes };
    });
  });

test('a page is in a difference just where a model of single pages differs', () => {
  const textOf = (runs: readonly PageRun[], page: number): string => {
    const run = runs.find(({ page: first, pages }) => first <= page && page < first + pages);
    return run === undefined ? '' : `${run.frame + page - run.page} ${run.attributes.writable}`;
  };
  fc.assert(
    fc.property(anyRuns, anyRuns, (before, after) => {
      const found = diffTables(space, { runs: before }, { runs: after });
      for (let page = 0; page < 60; page++) {
        const va = base + (BigInt(page) << 12n);
        const differs = found.some(({ start, end }) => start <= va && va <= end);
        expect(differs).toBe(textOf(before, page) !== textOf(after, page));
      }
    }),
    { numRuns: 300, seed: 4 },
  );
});
