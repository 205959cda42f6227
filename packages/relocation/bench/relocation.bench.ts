import type { Benchmark } from '@kexeckit/bench';
import { loadImage, prove } from '@kexeckit/relocation';
import { allocatorOf, contentsOf, planOf, world } from './plan-of.ts';

/** What planning cannot do without: as many pages from the same allocator. */
function drawPages(pages: number): void {
  const allocator = allocatorOf();
  for (let page = 0; page < pages; page++)
    if (allocator.allocate(0) === undefined) throw new Error('there are no pages left');
}

/** A plan as one would write it first: objects in maps, a page at a time. */
function drawIntoMaps(pages: number): void {
  const allocator = allocatorOf();
  const sources = new Map<number, { source: number; destination: number }>();
  const words: bigint[] = [];
  for (let page = 0; page < pages; page++) {
    const source = allocator.allocate(0);
    if (source === undefined) throw new Error('there are no pages left');
    sources.set(page, { source, destination: page });
    words.push((BigInt(source) << 12n) | 8n);
  }
  if (sources.size !== words.length) throw new Error('a page is missing');
}

/** What a proof cannot do without: a look at every word. */
function compare(a: Int32Array, b: Int32Array): void {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) throw new Error(`word ${at} differs`);
}

/** What loading does without, as it shares the pages: every page into memory of its own. */
function copyPages(content: Uint8Array): void {
  const copies: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += 4096) copies.push(content.slice(at, at + 4096));
  if (copies.length * 4096 !== content.length) throw new Error('a page is missing');
}

/** Where a sample takes a tenth of a second or more, three are enough. */
const samplesFor = (pages: number): number | undefined => (pages < 100_000 ? undefined : 3);

const planning = [1000, 10_000, 100_000, 1_000_000, 4_000_000].map(
  (pages): Benchmark => ({
    name: `plan a page, of ${pages}`,
    setup: () => () => {
      planOf(pages);
    },
    operations: pages,
    samples: samplesFor(pages),
    // Maps hold 2^24 entries at most, and four million take seconds: there the pages are only drawn.
    reference:
      pages > 100_000
        ? { name: 'draw the pages only', setup: () => () => drawPages(pages) }
        : { name: 'maps and bigints, no tables', setup: () => () => drawIntoMaps(pages) },
  }),
);

const blocks = [0, 1].map(
  (fragmentation): Benchmark => ({
    name: `plan a page, of 1000000, in blocks, ${fragmentation === 0 ? 'mostly free' : 'fragmented'} machine`,
    setup: () => () => {
      planOf(1_000_000, allocatorOf(fragmentation));
    },
    operations: 1_000_000,
    samples: samplesFor(1_000_000),
    reference: {
      name: "in the kernel's order",
      setup: () => () => {
        planOf(1_000_000, allocatorOf(fragmentation), false);
      },
    },
  }),
);

const loading = [1000, 10_000, 100_000].flatMap((pages): Benchmark[] => [
  {
    name: `load a page, of ${pages}`,
    setup() {
      const plan = planOf(pages, undefined, true, 'full');
      const contents = contentsOf(pages);
      return () => {
        if (loadImage(plan, contents).size < pages) throw new Error('a page is missing');
      };
    },
    operations: pages,
    samples: samplesFor(pages),
    reference: {
      name: 'copy the bytes only',
      setup() {
        const content = new Uint8Array(pages * 4096).fill(7);
        return () => copyPages(content);
      },
    },
  },
  {
    name: `prove a page, of ${pages}`,
    setup() {
      const plan = planOf(pages, undefined, true, 'full');
      // Loaded from other bytes than it is compared with, as memory is not the file.
      const image = loadImage(plan, contentsOf(pages));
      const contents = contentsOf(pages);
      return () => {
        const [wrong] = prove(plan, image, contents, world).violations;
        if (wrong !== undefined) throw new Error(`the plan is not right: ${wrong.detail}`);
      };
    },
    operations: pages,
    samples: samplesFor(pages),
    reference: {
      name: 'compare the words only',
      setup() {
        const content = new Int32Array(pages * 1024).fill(7);
        const copy = content.slice();
        return () => compare(content, copy);
      },
    },
  },
]);

/** The cost of one page, from a thousand to millions: it should stay the same. */
export const benchmarks: Benchmark[] = [...planning, ...blocks, ...loading];
