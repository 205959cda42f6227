import { expect, test } from 'vitest';
import { rolloutOf } from '../testing/rollout.ts';
import { statusOf } from '../testing/status.ts';
import { heatMap } from './heat-map.ts';

/** Which cells the paths of a standing cover, by drawing them. */
function covered(svg: string, standing: string, columns: number): number[] {
  const paths = [...svg.matchAll(new RegExp(`<path class="${standing}" d="([^"]*)"/>`, 'g'))].map(([, d = '']) => d);
  return paths
    .flatMap((d) => [...d.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)])
    .flatMap(([, x, y, width, back]) => {
      expect(back).toBe(width);
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(columns);
      return Array.from({ length: Number(width) }, (_, at) => Number(y) * columns + Number(x) + at);
    });
}

test.each([
  [120, 50],
  [3000, 200],
  [25_000, 500],
])('each of %d hosts has the cell of its place, in its colour', (count, columns) => {
  const ways = ['done', 'done', 'done', 'lost', 'undone'] as const;
  const of = (at: number) => ways[((at * at) >> 3) % 5] ?? 'done';
  const { source } = heatMap(statusOf(rolloutOf(count), of).hosts, 'all');
  expect(source).toContain(`viewBox="0 0 ${columns} ${Math.ceil(count / columns)}"`);
  const places = Array.from({ length: count }, (_, at) => at);
  for (const way of new Set(ways)) expect(covered(source, way, columns)).toEqual(places.filter((at) => of(at) === way));
});

test('hosts in trouble have their names, the first thousand', () => {
  const named = (count: number): number =>
    heatMap(statusOf(rolloutOf(count), () => 'lost').hosts, 'all').source.match(/<title>web-\d+: lost<\/title>/g)
      ?.length ?? 0;
  expect(named(10)).toBe(10);
  expect(named(1500)).toBe(1000);
});
