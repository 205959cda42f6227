import { type Attributes, type DescriptorBits, encodeAttributes } from './attributes.ts';
import { TableCounter } from './count.ts';
import { plainArena, type TableMemory } from './descriptor.ts';
import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import { Layout } from './layout.ts';
import { type Mapping, type PageRun, tellRuns } from './mapping.ts';
import { joinedTables, type Shape, type Space, shapeOf } from './space.ts';
import { checkTablePages } from './table-pages.ts';
import { TableStores } from './table-stores.ts';

/** The exact number of table pages that `buildTables` will take for these mappings. */
export function countTables(space: Space, mappings: readonly Mapping[]): number {
  const shape = shapeOf(space);
  return tellRuns(space, shape, mappings, () => new TableCounter(shape)).tables;
}

/**
 * Builds the tables of an address space in the caller's pages and returns the page number of the root table.
 *
 * @param pages page numbers for the tables, at least `countTables` of them; used in order, the root first.
 * @throws PageTableError before anything is written, as `tellRuns` does, `ENOMEM` where the pages run out, `ERANGE` for a
 * page beyond the output size, `EINVAL` for a memory type without index, for a page that is none, is given twice or is of another
 * size than tables, or for joined root tables that are not in a row.
 */
export function buildTables(
  space: Space,
  mappings: readonly Mapping[],
  pages: ArrayLike<number>,
  memory: TableMemory,
): number {
  const shape = shapeOf(space);
  refuseScattered(shape, pages);
  const bitsOf = attributeBits(space, shape);
  const begin = () => new Layout(shape, new TableStores(shape, pages, bitsOf, mappings.length));
  const { root, visitor: stores } = tellRuns(space, shape, mappings, begin);
  checkTablePages(shape, pages, stores.tables);
  checkMemory(shape, pages, stores.tables, memory);
  stores.writeTo(memory);
  return pages[root] ?? 0;
}

/** A page that the memory does not have, or that no table fits, is refused before the others are written. */
function checkMemory(shape: Shape, pages: ArrayLike<number>, tables: number, memory: TableMemory): void {
  const arena = plainArena(memory);
  // Of an arena all pages have one size: none of them is looked at.
  const behind = arena?.pageWords === 2 * shape.entries ? arena.firstPage + arena.pages.length : 0;
  for (let index = 0; index < tables; index++) {
    const page = pages[index] ?? Number.NaN;
    if (page < behind && page >= (arena?.firstPage ?? 0)) continue;
    const { length } = memory.page(page);
    if (length === 2 * shape.entries) continue;
    throw new PageTableError(
      'EINVAL',
      `table page ${hex(page)} has ${length} words, not ${2 * shape.entries}`,
      `give pages of ${shape.granule}`,
      { page },
    );
  }
}

/** Joined root tables lie in a row, from a multiple of their size on. */
function refuseScattered(shape: Shape, pages: ArrayLike<number>): void {
  const joined = joinedTables(shape);
  const first = pages[0] ?? 0;
  for (let index = 0; joined > 1 && index < Math.min(joined, pages.length); index++) {
    if (pages[index] === first + index && first % joined === 0) continue;
    throw new PageTableError(
      'EINVAL',
      `table page ${hex(pages[index] ?? 0)} cannot be number ${index} of ${joined} joined tables`,
      `let pages start with ${joined} in a row, the first a multiple of ${joined}`,
      { page: pages[index] },
    );
  }
}

/** Attribute bits of a run, worked out once for runs that share their attributes. */
function attributeBits(space: Space, shape: Shape): (run: PageRun) => DescriptorBits {
  let last: Attributes | undefined;
  let bits: DescriptorBits = { low: 0, high: 0 };
  let known: Map<Attributes, DescriptorBits> | undefined;
  return ({ attributes }) => {
    if (attributes === last) return bits;
    if (last !== undefined) known ??= new Map([[last, bits]]);
    bits = known?.get(attributes) ?? encodeAttributes(attributes, space, shape);
    known?.set(attributes, bits);
    last = attributes;
    return bits;
  };
}
