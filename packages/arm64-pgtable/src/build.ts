import { encodeAttributes } from './attributes.ts';
import { PageTableError } from './error.ts';
import { geometryOf } from './granule.ts';
import { layOut } from './layout.ts';
import { type Mapping, type PageRun, pageRuns } from './mapping.ts';
import type { Space } from './space.ts';

/** The memory that tables are written into, by page number (physical address / granule). */
export interface TableMemory {
  /** The words of a page, little-endian halves of its descriptors: granule / 4 of them. */
  page(page: number): Uint32Array;
}

// Descriptor types, bits 1:0 (Arm ARM D8.3.1).
const TABLE_OR_PAGE = 3;
const BLOCK = 1;

/** The exact number of table pages that `buildTables` will take for these mappings. */
export function countTables(space: Space, mappings: readonly Mapping[]): number {
  let tables = 0;
  layOut(space, pageRuns(space, mappings), {
    table: () => {
      tables += 1;
    },
    leaves: () => {},
  });
  return tables;
}

/**
 * Builds the tables of an address space in the caller's pages and returns the page number of the root table.
 *
 * @param pages page numbers for the tables, at least `countTables` of them; used in order, the root first.
 * @throws PageTableError as `pageRuns` does, and `ENOMEM` where the pages run out.
 */
export function buildTables(
  space: Space,
  mappings: readonly Mapping[],
  pages: ArrayLike<number>,
  memory: TableMemory,
): number {
  const { pageShift } = geometryOf(space.granule);
  const high = 2 ** (32 - pageShift); // pages below 4 GiB: what a page number holds in the low half of a descriptor
  let used = 0;

  function takePage(): number {
    const page = pages[used];
    if (page === undefined) {
      throw new PageTableError('ENOMEM', `the tables take more than ${pages.length} pages`, 'ask countTables first');
    }
    used += 1;
    memory.page(page).fill(0);
    return page;
  }

  function writeLeaves(table: number, level: number, index: number, count: number, pa: number, run: PageRun): void {
    const words = memory.page(table);
    const bits = encodeAttributes(run.attributes, space.regime);
    const low = bits.low | (level === 3 ? TABLE_OR_PAGE : BLOCK);
    const span = 2 ** (geometryOf(space.granule).indexBits * (3 - level));
    for (let entry = 0; entry < count; entry++) {
      const page = pa + entry * span;
      words[2 * (index + entry)] = ((page % high) << pageShift) | low;
      words[2 * (index + entry) + 1] = Math.floor(page / high) | bits.high;
    }
  }

  return layOut<number>(space, pageRuns(space, mappings), {
    table(parent, index) {
      const page = takePage();
      if (parent !== undefined) {
        const words = memory.page(parent);
        words[2 * index] = ((page % high) << pageShift) | TABLE_OR_PAGE;
        words[2 * index + 1] = Math.floor(page / high);
      }
      return page;
    },
    leaves: writeLeaves,
  });
}
