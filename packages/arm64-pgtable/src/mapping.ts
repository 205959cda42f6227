import type { Attributes } from './attributes.ts';
import { PageTableError } from './error.ts';
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

/** A mapping in pages, for the loops. `va` counts from the start of the space's half. */
export interface PageRun {
  readonly va: number;
  readonly pa: number;
  readonly pages: number;
  readonly attributes: Attributes;
  readonly largestLevel?: number | undefined;
  readonly contiguous?: boolean | undefined;
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/**
 * Checks mappings and turns them into runs of pages, ordered by virtual address.
 *
 * @throws PageTableError `EINVAL` for an unaligned, empty or overlapping mapping, `ERANGE` beyond the input or output size.
 */
export function pageRuns(space: Space, shape: Shape, mappings: readonly Mapping[]): PageRun[] {
  const base = addressInSpace(space, 0);
  const runs = mappings.map((mapping) => pageRun(space, shape, base, mapping));
  if (!isAscending(runs)) runs.sort((a, b) => a.va - b.va);
  for (let index = 1; index < runs.length; index++) {
    const previous = runs[index - 1];
    const run = runs[index];
    if (previous === undefined || run === undefined || previous.va + previous.pages <= run.va) continue;
    throw new PageTableError(
      'EINVAL',
      `two mappings hold ${hex(addressInSpace(space, run.va))}`,
      'subtract one from the other first',
    );
  }
  return runs;
}

function pageRun(space: Space, shape: Shape, base: bigint, mapping: Mapping): PageRun {
  const { va, pa, size, attributes, largestLevel, contiguous } = mapping;
  // Doubles from here on: what is too large for them to be exact is out of range anyway.
  const run = {
    va: Number(base === 0n ? va : va - base) / shape.pageBytes,
    pa: Number(pa) / shape.pageBytes,
    pages: Number(size) / shape.pageBytes,
    attributes,
    largestLevel,
    contiguous,
  };
  const isWhole = Number.isInteger(run.va) && Number.isInteger(run.pa) && Number.isInteger(run.pages);
  const isInside =
    run.va >= 0 && run.pa >= 0 && run.va + run.pages <= shape.inputPages && run.pa + run.pages <= shape.outputPages;
  if (isWhole && isInside && run.pages > 0) return run;
  throw refusal(space, shape, mapping);
}

function refusal(space: Space, shape: Shape, { va, pa, size }: Mapping): PageTableError {
  const what = `mapping ${hex(va)} to ${hex(pa)}, size ${hex(size)}`;
  return size > 0n && (va | pa | size) % BigInt(shape.pageBytes) === 0n
    ? new PageTableError('ERANGE', what, `the space has ${space.vaBits} bits, its output ${space.paBits ?? 48}`)
    : new PageTableError('EINVAL', what, `use whole ${space.granule} pages`);
}

function isAscending(runs: readonly PageRun[]): boolean {
  for (let index = 1; index < runs.length; index++)
    if ((runs[index - 1]?.va ?? 0) > (runs[index]?.va ?? 0)) return false;
  return true;
}
