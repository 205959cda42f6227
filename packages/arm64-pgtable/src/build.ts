import { type Attributes, type DescriptorBits, encodeAttributes } from './attributes.ts';
import { TableCounter } from './count.ts';
import type { TableMemory } from './descriptor.ts';
import { Layout } from './layout.ts';
import { type Mapping, type PageRun, tellRuns } from './mapping.ts';
import { needObject } from './needed.ts';
import { type Shape, type Space, shapeOf } from './space.ts';
import { checkTablePages } from './table-pages.ts';
import { TableStores } from './table-stores.ts';
import { wordsOfTables } from './table-words.ts';

/** The exact number of table pages that `buildTables` will take for these mappings. */
export function countTables(space: Space, mappings: readonly Mapping[]): number {
  const shape = shapeOf(space);
  return tellRuns(space, shape, mappings, () => new TableCounter(shape)).tables;
}

/**
 * Builds the tables of an address space in the caller's pages and returns the page number of the root table.
 *
 * @param pages page numbers for the tables, at least `countTables` of them; used in order, the root first, each read once.
 * @param memory is asked for each table's page before anything is written, and not again.
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
  needObject('list of pages', pages);
  needObject('memory', memory);
  const bitsOf = attributeBits(space, shape);
  let last: TableStores | undefined;
  const begin = () => {
    // Mappings in another order are laid out once more, with the pages that have been taken.
    last = new TableStores(shape, pages, last?.pages ?? [], bitsOf);
    return new Layout(shape, last);
  };
  const { root, visitor: stores } = tellRuns(space, shape, mappings, begin);
  const tablePages = stores.pages;
  checkTablePages(shape, tablePages);
  const first = tablePages[root] ?? 0;
  // The last that the caller's code is asked: from here on nothing can fail.
  stores.writeTo(wordsOfTables(shape, tablePages, memory));
  return first;
}

/** How many attributes are kept: lists have few, or, where they come from a file, an object of its own for each mapping. */
const KNOWN_MAX = 64;

/** Attribute bits of a run, worked out once for runs that share their attributes. */
function attributeBits(space: Space, shape: Shape): (run: PageRun) => DescriptorBits {
  let last: Attributes | undefined;
  let bits: DescriptorBits = { low: 0, high: 0 };
  let known: Map<Attributes, DescriptorBits> | undefined;
  return ({ attributes }) => {
    if (attributes === last) return bits;
    if (last !== undefined) known ??= new Map([[last, bits]]);
    bits = known?.get(attributes) ?? encodeAttributes(attributes, space, shape);
    if (known !== undefined && known.size < KNOWN_MAX) known.set(attributes, bits);
    last = attributes;
    return bits;
  };
}
