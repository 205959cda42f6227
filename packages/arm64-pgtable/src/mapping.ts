import type { Attributes } from './attributes.ts';
import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import { addressInSpace, type Shape, type Space } from './space.ts';

/** One contiguous piece of an address space. All three numbers are in bytes and multiples of the granule. */
export interface Mapping {
  readonly va: bigint;
  readonly pa: bigint;
  readonly size: bigint;
  readonly attributes: Attributes;
  /** The lowest level number to use blocks of: 3 for pages only. The largest blocks that fit by default. */
  readonly largestLevel?: number;
  /** False leaves the contiguous hint away. By default every group of entries that can carry it does. */
  readonly contiguous?: boolean;
}

/** A mapping in pages, for the loops. */
export interface PageRun {
  /** Number of the first input page, counted from the start of the space's half. */
  readonly page: number;
  /** Number of the output page that it is mapped to; the pages after it follow. */
  readonly frame: number;
  readonly pages: number;
  readonly attributes: Attributes;
  readonly largestLevel?: number | undefined;
  readonly contiguous?: boolean | undefined;
}

/**
 * Checks mappings and turns them into runs of pages, ordered by virtual address.
 *
 * @throws PageTableError `EINVAL` for a mapping that is unaligned, empty, overlapping or no bigints, `ERANGE` beyond the input or output size.
 */
export function pageRuns(space: Space, shape: Shape, mappings: readonly Mapping[]): PageRun[] {
  const base = addressInSpace(space, 0);
  const runs = mappings.map((mapping) => pageRun(space, shape, base, mapping));
  if (!isAscending(runs)) runs.sort((a, b) => a.page - b.page);
  for (let index = 1; index < runs.length; index++) {
    const previous = runs[index - 1];
    const run = runs[index];
    if (previous === undefined || run === undefined || previous.page + previous.pages <= run.page) continue;
    throw new PageTableError(
      'EINVAL',
      `two mappings hold ${hex(addressInSpace(space, run.page))}`,
      'subtract one from the other first',
      { address: addressInSpace(space, run.page) },
    );
  }
  return runs;
}

function pageRun(space: Space, shape: Shape, base: bigint, mapping: Mapping): PageRun {
  const { va, pa, size, attributes, largestLevel, contiguous } = mapping;
  // Doubles from here on: what is too large for them to be exact is out of range anyway.
  const run = {
    page: pagesIn(base === 0n ? va : va - base, shape.pageBytes),
    frame: pagesIn(pa, shape.pageBytes),
    pages: pagesIn(size, shape.pageBytes),
    attributes,
    largestLevel,
    contiguous,
  };
  const isWhole = Number.isInteger(run.page) && Number.isInteger(run.frame) && Number.isInteger(run.pages);
  const isInside =
    run.page >= 0 &&
    run.frame >= 0 &&
    run.page + run.pages <= shape.inputPages &&
    run.frame + run.pages <= shape.outputPages;
  if (isWhole && isInside && run.pages > 0) return run;
  throw refusal(space, shape, mapping);
}

/** A word of 64 bits and its halves, to get at the bits of a bigint: `Number` takes three times as long. */
const word = new BigUint64Array([1n]);
const halves = new Uint32Array(word.buffer);
const LOW: number = halves[0] === 1 ? 0 : 1;
const HIGH: number = 1 - LOW;

/** How many pages so many bytes are: not a whole number where they are not whole pages, NaN beyond 64 bits. */
function pagesIn(bytes: bigint, pageBytes: number): number {
  if (typeof bytes !== 'bigint') return Number.NaN;
  word[0] = bytes;
  if (word[0] !== bytes) return Number.NaN;
  return unboxed(((halves[HIGH] ?? 0) * 2 ** 32 + (halves[LOW] ?? 0)) / pageBytes);
}

/** The same number, as an integer where it is one of 32 bits: a division's result would be an object of its own in each run. */
const unboxed = (number: number): number => (number === (number | 0) ? number | 0 : number);

function refusal(space: Space, shape: Shape, { va, pa, size }: Mapping): PageTableError {
  if (![va, pa, size].every((number) => typeof number === 'bigint'))
    return new PageTableError('EINVAL', 'a mapping has a number that is no bigint', 'give va, pa and size as bigint');
  const what = `the mapping of ${hex(size)} bytes from ${hex(va)} to ${hex(pa)}`;
  return size > 0n && (va | pa | size) % BigInt(shape.pageBytes) === 0n
    ? new PageTableError(
        'ERANGE',
        `${what} does not fit ${space.vaBits} bits of input and ${space.paBits ?? 48} of output`,
        'stay inside the space, or take more bits',
        { address: va },
      )
    : new PageTableError('EINVAL', `${what} is not whole pages`, `use multiples of ${space.granule}`, { address: va });
}

function isAscending(runs: readonly PageRun[]): boolean {
  for (let index = 1; index < runs.length; index++)
    if ((runs[index - 1]?.page ?? 0) > (runs[index]?.page ?? 0)) return false;
  return true;
}

/** Whether a run may use a block or page at a level: the architecture has one there, and its policy allows it. */
export function mayBeLeaf(shape: Shape, level: number, { largestLevel = 0 }: Pick<PageRun, 'largestLevel'>): boolean {
  return level === 3 || (level >= shape.firstBlockLevel && level >= largestLevel);
}
