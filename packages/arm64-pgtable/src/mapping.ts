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
/** Below this a number of bytes is exact as a double. */
const EXACT = 2n ** 53n;

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
  const offset = va - base;
  const isSmall = offset >= 0n && offset < EXACT && pa >= 0n && pa < EXACT && size > 0n && size < EXACT;
  const bytes = 2 ** shape.pageShift;
  const run = {
    va: Number(offset) / bytes,
    pa: Number(pa) / bytes,
    pages: Number(size) / bytes,
    attributes,
    largestLevel,
    contiguous,
  };
  const whole = Number.isInteger(run.va) && Number.isInteger(run.pa) && Number.isInteger(run.pages);
  if (isSmall && whole && run.va + run.pages <= shape.inputPages && run.pa + run.pages <= shape.outputPages) return run;
  throw refusal(space, shape, mapping, size > 0n && (whole || !isSmall));
}

function refusal(space: Space, shape: Shape, { va, pa, size }: Mapping, whole: boolean): PageTableError {
  const what = `mapping ${hex(va)} to ${hex(pa)}, size ${hex(size)}`;
  return whole && (va | pa | size) % (1n << BigInt(shape.pageShift)) === 0n
    ? new PageTableError('ERANGE', what, `the space has ${space.vaBits} bits, its output ${space.paBits ?? 48}`)
    : new PageTableError('EINVAL', what, `use whole ${space.granule} pages`);
}

function isAscending(runs: readonly PageRun[]): boolean {
  for (let index = 1; index < runs.length; index++)
    if ((runs[index - 1]?.va ?? 0) > (runs[index]?.va ?? 0)) return false;
  return true;
}
