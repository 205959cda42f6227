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

/** The cost of one page, at 1×, 10× and 100×: it should stay the same. */
export const benchmarks: Benchmark[] = [1000, 10_000, 100_000].flatMap((pages): Benchmark[] => [
  {
    name: `plan a page, of ${pages}`,
    setup: () => () => {
      planOf(pages);
    },
    operations: pages,
  },
  {
    name: `prove a page, of ${pages}`,
    setup() {
      const plan = planOf(pages);
      const contents = contentsOf(pages);
      const image = loadImage(plan, contents);
      return () => {
        prove(plan, image, contents);
      };
    },
    operations: pages,
    reference: {
      name: 'compare the bytes only',
      setup() {
        const [content = new Uint8Array()] = contentsOf(pages).values();
        const copy = content.slice();
        return () => {
          if (copy.findIndex((byte, at) => byte !== content[at]) >= 0) throw new Error('they differ');
        };
      },
    },
  },
]);
