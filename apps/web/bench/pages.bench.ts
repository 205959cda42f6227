import type { Benchmark } from '@kexeckit/bench';
import { axisOf } from '../src/features/map/model/axis.ts';
import { markOf } from '../src/features/map/model/marks.ts';
import { modelOf, noPlanPages } from '../src/features/map/model/model.ts';
import { countBetween, pageSetOf } from '../src/features/map/model/page-set.ts';
import { projectionOf } from '../src/features/map/model/projection.ts';
import { sceneOf } from '../src/features/map/model/scene.ts';
import { wholeView } from '../src/features/map/model/view.ts';

const SIZES = [10_000, 100_000, 1_000_000];
/** Pixels that a picture is wide. */
const WIDTH = 1200;
/** Pages of the memory that the pages are scattered in: 64 GiB. */
const RAM = 2 ** 24;

/** Pages in no order, none twice: an odd step goes through all of a power of two. */
const scattered = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, at) => (at * 1_640_531_527) % RAM);

const ones = (count: number): Float64Array => new Float64Array(count).fill(1);

const edges = Float64Array.from({ length: WIDTH + 1 }, (_, x) => (x * RAM) / WIDTH);

/** What a picture would take that looks at every page. */
function countEach(pages: Float64Array, counts: Float64Array): void {
  counts.fill(0);
  for (const page of pages) {
    const column = Math.floor((page * WIDTH) / RAM);
    counts[column] = (counts[column] ?? 0) + 1;
  }
}

const named = (count: number): string => count.toLocaleString('en-US');

const building = SIZES.map(
  (count): Benchmark => ({
    name: `sort ${named(count)} single pages for the map`,
    operations: 1,
    setup: () => {
      const [first, pages] = [scattered(count), ones(count)];
      return () => {
        pageSetOf(first, pages);
      };
    },
  }),
);

const counting = SIZES.map(
  (count): Benchmark => ({
    name: `count ${named(count)} pages into ${WIDTH} columns`,
    operations: 1,
    setup: () => {
      const set = pageSetOf(scattered(count), ones(count));
      const counts = new Float64Array(WIDTH);
      return () => countBetween(set, edges, counts);
    },
    reference: {
      name: 'page by page',
      setup: () => {
        const pages = scattered(count);
        const counts = new Float64Array(WIDTH);
        return () => countEach(pages, counts);
      },
    },
  }),
);

const drawing = SIZES.map(
  (count): Benchmark => ({
    name: `a frame's shapes of a map with ${named(count)} source pages`,
    operations: 1,
    setup: () => {
      const [here, there, single] = [scattered(count), scattered(count).map((page) => page + RAM), ones(count)];
      const ram = markOf('memory', 'ram', 'System RAM', { start: 0n, end: BigInt(2 * RAM) * 4096n - 1n });
      const model = modelOf([ram], {
        sources: pageSetOf(here, single, there),
        arrivals: pageSetOf(there, single, here),
        own: noPlanPages.own,
      });
      const axis = axisOf('compressed', model.extent);
      return () => {
        sceneOf(model, projectionOf(axis, wholeView(axis), WIDTH));
      };
    },
  }),
);

/** How the map's pages are sorted, counted and drawn. */
export const benchmarks: readonly Benchmark[] = [...building, ...counting, ...drawing];
