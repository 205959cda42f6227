import { describe, expect, test } from 'vitest';
import type { RamPiece } from './model.ts';
import {
  fractionOf,
  LEAST_RAM,
  MOST_RAM,
  nearestStop,
  pieceAt,
  RAM_STEP,
  ramAfter,
  ramFrom,
  ramStops,
  turningPoints,
} from './ram.ts';

const GIB = 1n << 30n;
const pieces: RamPiece[] = [
  { from: RAM_STEP, to: 2n * GIB, reserves: 'nothing' },
  { from: 2n * GIB, to: 16n * GIB, reserves: '256M' },
  { from: 16n * GIB, to: null, reserves: '512M' },
];
const turns = turningPoints([...pieces, ...pieces, { from: 1n << 45n, to: null, reserves: '1G' }]);
const stops = ramStops(turns);

test('a turning point is where something else begins, once, as far as the slider goes', () => {
  expect(turns).toEqual([2n * GIB, 16n * GIB]);
});

test('the slider can stand where kernels tell RAM apart, on both sides of a turning point, and at its ends', () => {
  expect(stops.every((stop) => stop % RAM_STEP === 0n)).toBe(true);
  expect(stops.every((stop, at) => at === 0 || stop > (stops[at - 1] ?? stop))).toBe(true);
  for (const turn of turns) expect(stops).toEqual(expect.arrayContaining([turn, turn - RAM_STEP]));
  expect([stops[0], stops.at(-1)]).toEqual([LEAST_RAM, MOST_RAM]);
});

test('its scale is logarithmic, and leads back', () => {
  expect([LEAST_RAM, 16n * GIB, MOST_RAM, 1n << 50n, 1n].map(fractionOf)).toEqual([0, 0.5, 1, 1, 0]);
  for (const stop of stops) expect(nearestStop(fractionOf(stop), stops)).toBe(stop);
});

describe('keys', () => {
  test.each([
    ['PageUp', GIB, 2n * GIB],
    ['PageUp', 2n * GIB, 16n * GIB],
    ['PageUp', 16n * GIB, MOST_RAM],
    ['PageDown', 16n * GIB, 2n * GIB],
    ['PageDown', GIB, LEAST_RAM],
    ['ArrowLeft', 2n * GIB, 2n * GIB - RAM_STEP],
    ['ArrowRight', 2n * GIB - RAM_STEP, 2n * GIB],
    ['ArrowUp', MOST_RAM, MOST_RAM],
    ['ArrowDown', LEAST_RAM, LEAST_RAM],
    ['Home', GIB, LEAST_RAM],
    ['End', GIB, MOST_RAM],
    ['Tab', GIB, undefined],
  ])('%s leads from %s to %s', (key, from, to) => {
    expect(ramAfter(key, from, stops, turns)).toBe(to);
  });
});

test('RAM between two steps counts as the higher one, as kernels round it', () => {
  expect(pieceAt(pieces, 2n * GIB - RAM_STEP)?.reserves).toBe('nothing');
  expect(pieceAt(pieces, 2n * GIB - 1n)?.reserves).toBe('256M');
  expect(pieceAt(pieces, 1n << 50n)?.reserves).toBe('512M');
});

test.each([
  ['8589934592', 8n * GIB],
  ['', undefined],
  ['-1', undefined],
  ['1', undefined],
  ['9'.repeat(15), undefined],
  ['9'.repeat(1000), undefined],
  [undefined, undefined],
])('the address %s says %s', (text, ram) => {
  expect(ramFrom(text)).toBe(ram);
});
