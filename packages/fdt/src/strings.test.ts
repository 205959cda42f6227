import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOutStrings } from './strings.ts';

/** The layout by its definition: each name at the first place where the block so far has it. */
function slowly(names: ReadonlySet<string>): Map<string, number> {
  const offsets = new Map<string, number>();
  let block = '';
  for (const name of names) {
    const at = block.indexOf(`${name}\0`);
    offsets.set(name, at === -1 ? block.length : at);
    if (at === -1) block += `${name}\0`;
  }
  return offsets;
}

test('a name that an earlier one ends with shares its bytes', () => {
  const { offsets, stored, size } = layOutStrings(new Set(['linux,phandle', 'reg', 'phandle', 'x-reg']));
  expect([...offsets]).toEqual([
    ['linux,phandle', 0],
    ['reg', 14],
    ['phandle', 6],
    ['x-reg', 18],
  ]);
  expect(stored).toEqual(['linux,phandle', 'reg', 'x-reg']);
  expect(size).toBe(24);
});

test('any names stand where a search through the block finds them', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(name, { maxLength: 30 }), (names) => {
      const set = new Set(names);
      expect(new Map(layOutStrings(set).offsets)).toEqual(slowly(set));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('a hundred thousand names that end alike do not take long', () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `${'x'.repeat(index % 200)}${index}-end`);
  expect(layOutStrings(new Set(names)).offsets.size).toBe(100_000);
});
