import { expect, test } from 'vitest';
import { hostAtPlace, layoutOf, placeOfHost } from './layout.ts';
import { standings } from './picture.ts';
import { cellPixels, drawCells, type MapColours, type Rgba, sharpnessOf, tilesOf } from './raster.ts';

const same = (colour: Rgba) => ({
  ...{ waiting: colour, running: colour, done: colour, refused: colour, failed: colour, lost: colour },
  ...{ undone: colour, skipped: colour, deferred: colour },
});
const plainColours: MapColours = { fill: same([1, 2, 3, 255]), mark: same([250, 251, 252, 255]) };

test.each([4, 6, 9, 15, 30])('without colours, cells of %i pixels are told apart by their marks', (size) => {
  const tiles = tilesOf(size, plainColours);
  expect(new Set(tiles.map((tile) => tile.join())).size).toBe(standings.length);
  expect(new Set(tiles.flatMap((tile) => [...tile]))).toEqual(new Set([0xff030201, 0xfffcfbfa]));
});

test.each([1, 1.5, 2, 3])('a pixel of a cell is that of the host which is there, at %f pixels for one', (ratio) => {
  const waves = [
    { first: 0, hosts: 7 },
    { first: 7, hosts: 500 },
  ];
  const layout = layoutOf(waves, 330);
  const sharp = sharpnessOf(layout, ratio);
  // Each standing has a colour of its own, and no mark.
  const colourOf = (at: number): Rgba => [at + 1, 0, 0, 255];
  const fill = Object.fromEntries(standings.map((standing, at) => [standing, colourOf(at)]));
  const all = { ...plainColours.fill, ...fill };
  const tiles = tilesOf(cellPixels(layout.cell, ratio).size, { fill: all, mark: all });
  const standing = Uint8Array.from({ length: 507 }, (_, host) => (host * 7) % standings.length);
  const pixels = new Uint32Array(sharp.width * sharp.height).fill(9);
  drawCells(pixels, sharp, layout, standing, tiles);
  for (let host = 0; host < 507; host++) {
    const [x, y] = placeOfHost(layout, host);
    const middle = (part: number): number => Math.floor((part + layout.cell / 2) * ratio);
    expect((pixels[middle(y) * sharp.width + middle(x)] ?? 0) & 0xff).toBe((standing[host] ?? 0) + 1);
  }
  // What has a colour belongs to a host.
  const foreign = pixels.reduce((found, pixel, at) => {
    if (pixel === 0) return found;
    const [x, y] = [(at % sharp.width) + 0.5, Math.floor(at / sharp.width) + 0.5];
    const host = hostAtPlace(layout, x / ratio, y / ratio);
    return host === undefined ? found + 1 : found;
  }, 0);
  expect(foreign).toBe(0);
});

test.each([
  [[1000, 73], 2560, 1],
  [[1000, 30], 1280, 1],
  [[10, 1000], 1280, 0.25],
  [[3, 1], 320, 0.05],
] as const)(
  'of %o waves and hosts, %i pixels wide, every host is drawn at %f pixels for one',
  ([waves, hosts], width, wanted) => {
    const layout = layoutOf(
      Array.from({ length: waves }, (_, at) => ({ first: at * hosts, hosts })),
      width,
    );
    const sharp = sharpnessOf(layout, wanted);
    const { size, gap } = cellPixels(layout.cell, sharp.ratio);
    expect(size).toBeGreaterThan(0);
    expect(gap).toBeGreaterThanOrEqual(0);
    const pixels = new Uint32Array(sharp.width * sharp.height);
    for (const wave of [0, waves - 1]) {
      const standing = new Uint8Array(waves * hosts).fill(standings.length);
      standing.fill(1, wave * hosts, (wave + 1) * hosts);
      drawCells(pixels, sharp, layout, standing, tilesOf(size, plainColours));
      expect([wave, pixels.some((pixel) => pixel !== 0)]).toEqual([wave, true]);
    }
  },
);

test('a map that no canvas can hold is drawn less sharply', () => {
  const layout = layoutOf([{ first: 0, hosts: 500_000 }], 280);
  const { height, ratio } = sharpnessOf(layout, 3);
  expect(height).toBeLessThanOrEqual(16_384);
  expect(ratio).toBeLessThan(3);
  expect(cellPixels(layout.cell, ratio).size).toBeGreaterThan(0);
});
