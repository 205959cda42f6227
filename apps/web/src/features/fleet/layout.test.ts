import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostAfterKey, hostAtPlace, layoutOf, placeOfHost } from './layout.ts';

const wavesOf = (sizes: readonly number[]) => {
  let first = 0;
  return sizes.map((hosts) => {
    const wave = { first, hosts };
    first += hosts;
    return wave;
  });
};

describe('a layout', () => {
  test('has a cell for each host, in which it is found, and nothing beside', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 5 }), fc.integer({ min: 280, max: 2560 }), (sizes, width) => {
        const layout = layoutOf(wavesOf(sizes), width);
        const taken = new Set<string>();
        for (let host = 0; host < layout.hosts; host++) {
          const [x, y] = placeOfHost(layout, host);
          taken.add(`${x},${y}`);
          expect(hostAtPlace(layout, x, y)).toBe(host);
          expect(hostAtPlace(layout, x + layout.cell - 0.01, y + layout.cell - 0.01)).toBe(host);
          expect(x + layout.cell).toBeLessThanOrEqual(width);
          expect(y + layout.cell).toBeLessThanOrEqual(layout.height);
        }
        expect(taken.size).toBe(layout.hosts);
        for (const { first, hosts, rows } of layout.blocks) {
          const [x, y] = placeOfHost(layout, first + hosts - 1);
          const isFull = hosts === rows * layout.columns;
          if (hosts > 0 && !isFull) expect(hostAtPlace(layout, x + layout.cell, y)).toBeUndefined();
        }
        expect(hostAtPlace(layout, 0, 0)).toBeUndefined();
        expect(hostAtPlace(layout, -1, 30)).toBeUndefined();
      }),
      { seed: 5, numRuns: 30 },
    );
  });

  test('of a hundred thousand hosts fits a page', () => {
    const { height, cell } = layoutOf(wavesOf([50, 20_000, 79_950]), 1200);
    expect(cell).toBeGreaterThanOrEqual(3);
    expect(height).toBeLessThan(1000);
    expect(layoutOf(wavesOf([500_000]), 280).height).toBeLessThan(17_000);
  });
});

describe('a key', () => {
  // Rows of 20, of 3 hosts, none, 45 hosts and 10.
  const layout = layoutOf(wavesOf([3, 0, 45, 10]), 320);
  test.each<[string, number, number]>([
    ['ArrowRight', 2, 3],
    ['ArrowLeft', 0, 0],
    ['ArrowRight', 57, 57],
    ['Home', 30, 0],
    ['End', 0, 57],
    // Into the next wave, in the same column, and back; a column that is not there is its last.
    ['ArrowDown', 1, 4],
    ['ArrowUp', 4, 1],
    ['ArrowUp', 15, 2],
    ['ArrowDown', 4, 24],
    ['ArrowDown', 30, 47],
    ['ArrowDown', 47, 52],
    ['ArrowUp', 52, 47],
    ['ArrowDown', 52, 52],
    ['PageDown', 1, 3],
    ['PageDown', 20, 48],
    ['PageUp', 20, 0],
    ['PageDown', 50, 50],
  ])('%s leads from %i to %i', (key, from, to) => {
    expect(layout.columns).toBe(20);
    expect(hostAfterKey(layout, from, key)).toBe(to);
  });

  test('that means nothing moves nothing, and where there are no hosts none does', () => {
    expect(hostAfterKey(layout, 1, 'x')).toBeUndefined();
    expect(hostAfterKey(layoutOf([], 320), 0, 'End')).toBeUndefined();
  });
});
