import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dot, nonNegative, normalOf } from './least-squares.ts';

const WIDTH = 3;
const number = fc.double({ min: -3, max: 3, noNaN: true });

test('no small change makes the non-negative solution better', () => {
  const rows = fc.array(fc.tuple(number, number, number, number), { minLength: 4, maxLength: 9 });
  fc.assert(
    fc.property(rows, (all) => {
      const columns = Float64Array.from(all.flatMap((row) => row.slice(0, WIDTH)));
      const targets = Float64Array.from(all, (row) => row[WIDTH] ?? 0);
      const ones = new Float64Array(all.length).fill(1);
      const squares = (values: readonly number[]): number =>
        targets.reduce((sum, target, at) => {
          const rest = target - dot(columns.subarray(at * WIDTH, (at + 1) * WIDTH), values);
          return sum + rest * rest;
        }, 0);
      const best = nonNegative(normalOf(columns, WIDTH, targets, ones));
      expect(best.every((value) => value >= 0)).toBe(true);
      for (const [at] of best.entries())
        for (const step of [-1e-2, 1e-2]) {
          const other = best.map((value, column) => Math.max(0, value + (column === at ? step : 0)));
          expect(squares(other)).toBeGreaterThanOrEqual(squares(best) - 1e-6 * (1 + squares(best)));
        }
    }),
    { seed: 16, numRuns: 500 },
  );
});
