import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeptMap, type MapPoint } from './kept-map.ts';

const key = fc.integer({ min: 0, max: 12 });
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('set' as const), key, value: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('clear' as const) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('save' as const) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('restore' as const), which: fc.nat(20) }) },
);

test('goes back to any point, to the order of its keys, whatever came between', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const map = new KeptMap<number, number>();
      const plain = new Map<number, number>();
      const points: { readonly point: MapPoint<number, number>; readonly was: readonly [number, number][] }[] = [];
      for (const each of acts) {
        if (each.act === 'set') {
          map.set(each.key, each.value);
          plain.set(each.key, each.value);
        } else if (each.act === 'delete') {
          map.delete(each.key);
          plain.delete(each.key);
        } else if (each.act === 'clear') {
          map.clear();
          plain.clear();
        } else if (each.act === 'save') points.push({ point: map.save(), was: [...plain] });
        else {
          const chosen = points[each.which % Math.max(1, points.length)];
          if (chosen === undefined) continue;
          map.restore(chosen.point);
          plain.clear();
          for (const [at, value] of chosen.was) plain.set(at, value);
        }
        expect([...map]).toEqual([...plain]);
        expect(map.size).toBe(plain.size);
      }
      for (const { point, was } of points) {
        map.restore(point);
        expect([...map]).toEqual(was);
      }
    }),
    { numRuns: 500 },
  );
});

test('a point of a map that only grows is no copy of it', () => {
  const map = new KeptMap<number, number>();
  const points = Array.from({ length: 100 }, (_, at) => {
    map.set(at, at);
    return map.save();
  });
  expect(new Set(points.map(({ listed }) => listed)).size).toBe(1);
});
