import type { Attributes } from './attributes.ts';
import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import { needList } from './needed.ts';
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

/** Who is told runs of pages. */
export interface RunVisitor {
  /** @param run the next one by address, in an object that is used again for the one after it. */
  put(run: PageRun): void;
}

/**
 * Checks mappings and tells them as runs of pages, by virtual address.
 *
 * @param begin makes who is told; once more where the mappings turn out to be in another order.
 * @throws PageTableError `EINVAL` for a mapping that is unaligned, empty, overlapping, no bigints, without attributes or with a level
 * that does not exist, `ERANGE` beyond the input or output size.
 */
export function tellRuns<Visitor extends RunVisitor>(
  space: Space,
  shape: Shape,
  mappings: readonly Mapping[],
  begin: () => Visitor,
): Visitor {
  needList('mappings', mappings);
  const visitor = begin();
  if (tellAscending(space, shape, mappings, visitor)) return visitor;
  const again = begin();
  for (const mapping of mappings) if (typeof mapping?.va !== 'bigint') throw refusal(space, shape, mapping);
  const ascending = mappings.toSorted((a, b) => (a.va < b.va ? -1 : Number(a.va > b.va)));
  if (tellAscending(space, shape, ascending, again)) return again;
  throw new PageTableError('EINVAL', 'a mapping has another va each time that it is read', 'give plain objects');
}

/** Stops with false at a mapping that lies before the one that was told before it. */
function tellAscending(space: Space, shape: Shape, mappings: readonly Mapping[], visitor: RunVisitor): boolean {
  const base = addressInSpace(space, 0);
  const run: Mutable<PageRun> = {
    page: 0,
    frame: 0,
    pages: 0,
    attributes: NONE,
    largestLevel: undefined,
    contiguous: undefined,
  };
  let last = 0;
  let behind = 0;
  for (const mapping of mappings) {
    if (!mapping) throw refusal(space, shape, mapping);
    setRun(run, shape, base, mapping);
    if (!isInside(run, shape) || !isSaid(run)) throw refusal(space, shape, mapping);
    if (run.page < last) return false;
    if (run.page < behind) throw overlap(space, run.page);
    last = run.page;
    behind = last + run.pages;
    visitor.put(run);
  }
  return true;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Stands where no run has been told yet. */
const NONE: Attributes = { type: 'Normal', writable: false, executable: false };

function setRun(run: Mutable<PageRun>, shape: Shape, base: bigint, mapping: Mapping): void {
  const { va, pa, size } = mapping;
  // Doubles from here on: what is too large for them to be exact is out of range anyway.
  run.page = pagesIn(base === 0n || typeof va !== 'bigint' ? va : va - base, shape);
  run.frame = pagesIn(pa, shape);
  run.pages = pagesIn(size, shape);
  run.attributes = mapping.attributes;
  run.largestLevel = mapping.largestLevel;
  run.contiguous = mapping.contiguous;
}

/** Whether a run is whole pages, one or more, that the space has. */
function isInside({ page, frame, pages }: PageRun, { inputPages, outputPages }: Shape): boolean {
  // NaN is none of these.
  return page >= 0 && frame >= 0 && pages > 0 && page + pages <= inputPages && frame + pages <= outputPages;
}

/** Whether what a run says beside its numbers can be meant: mappings come from files too. */
function isSaid({ attributes, largestLevel, contiguous }: PageRun): boolean {
  return isDressed(attributes) && isLevel(largestLevel) && isFlag(contiguous);
}

const isDressed = (attributes: unknown): boolean => typeof attributes === 'object' && attributes !== null;

const isLevel = (level: number | undefined): boolean =>
  level === undefined || (Number.isInteger(level) && level >= 0 && level <= 3);

const isFlag = (flag: unknown): boolean => flag === undefined || typeof flag === 'boolean';

/** A word of 64 bits and its halves, to get at the bits of a bigint: `Number` takes three times as long. */
const word = new BigUint64Array([1n]);
const halves = new Uint32Array(word.buffer);
const LOW: number = halves[0] === 1 ? 0 : 1;
const HIGH: number = 1 - LOW;

/** How many pages so many bytes are: NaN where they are not whole pages, and beyond 64 bits. */
function pagesIn(bytes: bigint, { pageBytes, pageShift, lowPages }: Shape): number {
  if (typeof bytes !== 'bigint') return Number.NaN;
  word[0] = bytes;
  if (word[0] !== bytes) return Number.NaN;
  const low = halves[LOW] ?? 0;
  if ((low & (pageBytes - 1)) !== 0) return Number.NaN;
  const high = halves[HIGH] ?? 0;
  return high === 0 ? low >>> pageShift : asInteger(high * lowPages + (low >>> pageShift));
}

/** The same number, as an integer where it is one of 32 bits: it would be an object of its own in each run. */
const asInteger = (number: number): number => (number === (number | 0) ? number | 0 : number);

function refusal(space: Space, shape: Shape, mapping: Mapping): PageTableError {
  const { va, pa, size, attributes, largestLevel, contiguous } = mapping ?? {};
  if (![va, pa, size].every((number) => typeof number === 'bigint'))
    return new PageTableError('EINVAL', 'a mapping has a number that is no bigint', 'give va, pa and size as bigint');
  const what = `the mapping of ${hex(size)} bytes from ${hex(va)} to ${hex(pa)}`;
  const invalid = (which: string, hint: string) =>
    new PageTableError('EINVAL', `${what} ${which}`, hint, { address: va });
  if (!isDressed(attributes)) return invalid('has no attributes', 'say what it is and allows');
  if (!isLevel(largestLevel)) return invalid(`has largestLevel ${String(largestLevel)}`, 'use 0 to 3, or leave it out');
  if (!isFlag(contiguous)) return invalid(`has contiguous ${String(contiguous)}`, 'use true or false, or leave it out');
  return size > 0n && (va | pa | size) % BigInt(shape.pageBytes) === 0n
    ? new PageTableError(
        'ERANGE',
        `${what} does not fit ${space.vaBits} bits of input and ${space.paBits ?? 48} of output`,
        'stay inside the space, or take more bits',
        { address: va },
      )
    : invalid('is not whole pages', `use multiples of ${space.granule}`);
}

const overlap = (space: Space, page: number): PageTableError =>
  new PageTableError(
    'EINVAL',
    `two mappings hold ${hex(addressInSpace(space, page))}`,
    'subtract one from the other first',
    { address: addressInSpace(space, page) },
  );

/** Whether a run may use a block or page at a level: the architecture has one there, and its policy allows it. */
export function mayBeLeaf(shape: Shape, level: number, { largestLevel = 0 }: Pick<PageRun, 'largestLevel'>): boolean {
  return level === 3 || (level >= shape.firstBlockLevel && level >= largestLevel);
}
