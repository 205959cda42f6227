import { type DescriptorBits, encodeAttributes } from './attributes.ts';
import { countLayout } from './count.ts';
import { BLOCK, highOfPage, lowOfPage, TABLE_OR_PAGE, type TableMemory } from './descriptor.ts';
import { CONTIGUOUS } from './descriptor-bits.ts';
import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import { layOut } from './layout.ts';
import { type Mapping, type PageRun, pageRuns } from './mapping.ts';
import { joinedTables, type Shape, type Space, shapeOf, spanOf } from './space.ts';
import { checkTablePages } from './table-pages.ts';

/** The exact number of table pages that `buildTables` will take for these mappings. */
export function countTables(space: Space, mappings: readonly Mapping[]): number {
  const shape = shapeOf(space);
  return countLayout(shape, pageRuns(space, shape, mappings));
}

/**
 * Builds the tables of an address space in the caller's pages and returns the page number of the root table.
 *
 * @param pages page numbers for the tables, at least `countTables` of them; used in order, the root first.
 * @throws PageTableError before anything is written, as `pageRuns` does, `ENOMEM` where the pages run out, `ERANGE` for a
 * page beyond the output size, `EINVAL` for a memory type without index, for a page that is none or is given twice, or
 * for joined root tables that are not in a row.
 */
export function buildTables(
  space: Space,
  mappings: readonly Mapping[],
  pages: ArrayLike<number>,
  memory: TableMemory,
): number {
  const shape = shapeOf(space);
  const runs = pageRuns(space, shape, mappings);
  const bitsOf = attributeBits(space, shape);
  for (const run of runs) bitsOf(run);
  refuseScattered(shape, pages);
  const count = countLayout(shape, runs);
  checkTablePages(shape, pages, count);
  // A page that the memory does not have is refused before the others are written.
  for (let index = 0; index < count; index++) memory.page(pages[index] ?? Number.NaN);
  let used = 0;

  function takePage(full: boolean): number {
    const page = pages[used];
    if (page === undefined)
      throw new PageTableError(
        'ENOMEM',
        `the tables take more than ${pages.length} pages`,
        'give as many as countTables says',
      );
    used += 1;
    if (!full) memory.page(page).fill(0);
    return page;
  }

  return layOut<number>(shape, runs, {
    table(parent, index, full) {
      const page = takePage(full);
      if (parent !== undefined) writeTable(memory.page(parent), shape, index, page);
      return page;
    },
    leaves(table, level, index, count, frame, run) {
      writeLeaves(memory.page(table), shape, level, index, count, frame, run, bitsOf(run));
    },
  });
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
  const known = new Map<object, DescriptorBits>();
  return ({ attributes }) => {
    const held = known.get(attributes);
    if (held !== undefined) return held;
    const bits = encodeAttributes(attributes, space, shape);
    known.set(attributes, bits);
    return bits;
  };
}

/** Writes a table descriptor. */
function writeTable(words: Uint32Array, shape: Shape, index: number, page: number): void {
  words[2 * index] = lowOfPage(shape, page) | TABLE_OR_PAGE;
  words[2 * index + 1] = highOfPage(shape, page);
}

/** Writes `count` leaves that continue each other, with the contiguous hint on the groups that can carry it. */
function writeLeaves(
  words: Uint32Array,
  shape: Shape,
  level: number,
  index: number,
  count: number,
  frame: number,
  run: Pick<PageRun, 'contiguous'>,
  bits: DescriptorBits,
): void {
  const span = spanOf(shape, level);
  const low = bits.low | (level === 3 ? TABLE_OR_PAGE : BLOCK);
  const group = run.contiguous === false ? 1 : (shape.contiguous[level] ?? 1);
  const head =
    group === 1 || (frame / span - index) % group !== 0 ? count : Math.min((group - (index % group)) % group, count);
  const grouped = head + Math.floor((count - head) / group) * group;
  fill(words, shape, index, head, frame, span, low, bits.high);
  if (grouped > head)
    fill(words, shape, index + head, grouped - head, frame + head * span, span, low, bits.high | CONTIGUOUS);
  if (count > grouped)
    fill(words, shape, index + grouped, count - grouped, frame + grouped * span, span, low, bits.high);
}

/** Writes descriptors whose outputs follow each other, one stretch within 256 TiB of output after the other. */
function fill(
  words: Uint32Array,
  shape: Shape,
  index: number,
  count: number,
  frame: number,
  span: number,
  low: number,
  high: number,
): void {
  // Above bit 47 an address is scattered over the descriptor, and a block of 4 GiB or more changes its high half only.
  const stretch = span < shape.lowPages ? (shape.lowPages * 2 ** 16) / span : 1;
  const step = span << shape.pageShift;
  for (let done = 0; done < count; ) {
    const next = frame + done * span;
    const block = next / span;
    const here = Math.min(count - done, stretch - (block - Math.floor(block / stretch) * stretch));
    const from = 2 * (index + done);
    const first = low | lowOfPage(shape, next);
    fillStretch(words, from, from + 2 * here, first, high | highOfPage(shape, next), step);
    done += here;
  }
}

/** The loop that takes the time: two stores and an addition with carry for each descriptor. */
function fillStretch(words: Uint32Array, from: number, to: number, low: number, high: number, step: number): void {
  let next = low | 0;
  let above = high | 0;
  for (let at = from; at < to; at += 2) {
    words[at] = next;
    words[at + 1] = above;
    const sum = (next + step) | 0;
    if (sum >>> 0 < next >>> 0) above++;
    next = sum;
  }
}
