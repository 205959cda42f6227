import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { percentIn, placeIn } from './place.ts';

const row = { start: 0x8000_0000n, end: 0xbfff_ffffn };

test('a range is placed by its share of the row', () => {
  expect(placeIn(row, { start: 0x9000_0000n, end: 0x9fff_ffffn })).toEqual({ left: 0.25, width: 0.25 });
  expect(placeIn(row, row)).toEqual({ left: 0, width: 1 });
});

test('what sticks out is cut, what lies outside is not drawn', () => {
  expect(placeIn(row, { start: 0n, end: 0x8fff_ffffn })).toEqual({ left: 0, width: 0.25 });
  expect(placeIn(row, { start: 0xb000_0000n, end: 0xffff_ffffn })).toEqual({ left: 0.75, width: 0.25 });
  expect(placeIn(row, { start: 0n, end: 0x7fff_ffffn })).toBeUndefined();
  expect(placeIn(row, { start: 0xc000_0000n, end: 0xffff_ffffn })).toBeUndefined();
});

test('every place lies within its row', () => {
  const range = fc.tuple(fc.bigInt(0n, 1n << 48n), fc.bigInt(0n, 1n << 40n)).map(([start, size]) => ({
    start,
    end: start + size,
  }));
  fc.assert(
    fc.property(range, range, (window, item) => {
      const place = placeIn(window, item);
      if (place === undefined) return;
      expect(place.left).toBeGreaterThanOrEqual(0);
      expect(place.width).toBeGreaterThan(0);
      expect(place.left + place.width).toBeLessThanOrEqual(1 + 1e-12);
    }),
    { seed: 1 },
  );
});

test('as CSS a place is in percent, and nothing has no width', () => {
  expect(percentIn(row, { start: 0x9000_0000n, end: 0x9fff_ffffn })).toEqual({ left: '25%', width: '25%' });
  expect(percentIn(row, { start: 0n, end: 0xfffn })).toEqual({ left: '0%', width: '0%' });
});
