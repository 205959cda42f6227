import type { Benchmark } from '@kexeckit/bench';
import {
  loadImage,
  planRelocation,
  prove,
  type RelocationPlan,
  type Segment,
  scatteredAllocator,
} from '@kexeckit/relocation';

const RAM = [{ start: 0x4000_0000n, end: 0x43_ffff_ffffn }];
const BASE = 0x8000_0000n;

/** A kernel of so many pages and a device tree. */
function segmentsOf(pages: number): Segment[] {
  const size = BigInt(pages) * 4096n;
  return [
    { name: 'kernel', mem: BASE, memsz: size, bufsz: size },
    { name: 'dtb', mem: BASE + size, memsz: 4096n, bufsz: 100n },
  ];
}

function planOf(pages: number): RelocationPlan {
  const segments = segmentsOf(pages);
  const dtb = BASE + BigInt(pages) * 4096n;
  const allocator = scatteredAllocator(RAM, 1);
  return planRelocation({ strategy: 'mmu-on', exceptionLevel: 1, ram: RAM, segments, entry: BASE, dtb, allocator });
}

function contentsOf(pages: number): Map<string, Uint8Array> {
  return new Map(segmentsOf(pages).map(({ name, bufsz }) => [name, new Uint8Array(Number(bufsz)).fill(7)]));
}

/** The first segment's bytes, twice. */
function twoCopies(pages: number): [Uint8Array, Uint8Array] {
  const [content = new Uint8Array()] = contentsOf(pages).values();
  return [content, content.slice()];
}

/** What planning cannot do without: as many pages from the same allocator. */
function drawPages(pages: number): void {
  const allocator = scatteredAllocator(RAM, 1);
  for (let page = 0; page < pages; page++)
    if (allocator.allocate(0) === undefined) throw new Error('there are no pages left');
}

/** What a proof cannot do without: a look at every byte. */
function compare(a: Uint8Array, b: Uint8Array): void {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) throw new Error(`byte ${at} differs`);
}

/** What loading cannot do without: every page into memory of its own. */
function copyPages(content: Uint8Array): void {
  const copies: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += 4096) copies.push(content.slice(at, at + 4096));
  if (copies.length * 4096 !== content.length) throw new Error('a page is missing');
}

/** The cost of one page, at 1×, 10× and 100×: it should stay the same. Each stands beside the least that must be done. */
export const benchmarks: Benchmark[] = [1000, 10_000, 100_000].flatMap((pages): Benchmark[] => [
  {
    name: `plan a page, of ${pages}`,
    setup: () => () => {
      planOf(pages);
    },
    operations: pages,
    reference: { name: 'draw the pages only', setup: () => () => drawPages(pages) },
  },
  {
    name: `load a page, of ${pages}`,
    setup() {
      const plan = planOf(pages);
      const contents = contentsOf(pages);
      return () => {
        if (loadImage(plan, contents).size < pages) throw new Error('a page is missing');
      };
    },
    operations: pages,
    reference: {
      name: 'copy the bytes only',
      setup() {
        const [content] = twoCopies(pages);
        return () => copyPages(content);
      },
    },
  },
  {
    name: `prove a page, of ${pages}`,
    setup() {
      const plan = planOf(pages);
      const contents = contentsOf(pages);
      const image = loadImage(plan, contents);
      return () => {
        if (prove(plan, image, contents).violations.length > 0) throw new Error('the plan is not right');
      };
    },
    operations: pages,
    reference: {
      name: 'compare the bytes only',
      setup() {
        const [content, copy] = twoCopies(pages);
        return () => compare(content, copy);
      },
    },
  },
]);
