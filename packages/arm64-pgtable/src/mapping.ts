import type { Attributes } from './attributes.ts';
import { PageTableError } from './error.ts';
import { geometryOf } from './granule.ts';
import type { Space } from './space.ts';

/** One contiguous piece of an address space. All three numbers are in bytes and multiples of the granule. */
export interface Mapping {
  readonly va: bigint;
  readonly pa: bigint;
  readonly size: bigint;
  readonly attributes: Attributes;
}

/** A mapping in pages, for the loops. */
export interface PageRun {
  readonly va: number;
  readonly pa: number;
  readonly pages: number;
  readonly attributes: Attributes;
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/**
 * Checks mappings and turns them into runs of pages, ordered by virtual address.
 *
 * @throws PageTableError `EINVAL` for an unaligned, empty or overlapping mapping, `ERANGE` beyond the space or 48 bits.
 */
export function pageRuns(space: Space, mappings: readonly Mapping[]): PageRun[] {
  const { pageShift } = geometryOf(space.granule);
  const page = 1n << BigInt(pageShift);
  const runs = mappings.map(({ va, pa, size, attributes }) => {
    if (va % page !== 0n || pa % page !== 0n || size % page !== 0n || size <= 0n || va < 0n || pa < 0n) {
      throw new PageTableError(
        'EINVAL',
        `mapping ${hex(va)} to ${hex(pa)}, size ${hex(size)}`,
        `use whole ${space.granule} pages`,
      );
    }
    if (va + size > 1n << BigInt(space.vaBits) || pa + size > 1n << 48n) {
      throw new PageTableError(
        'ERANGE',
        `mapping ${hex(va)} to ${hex(pa)}, size ${hex(size)}`,
        `the space has ${space.vaBits} bits`,
      );
    }
    return { va: Number(va / page), pa: Number(pa / page), pages: Number(size / page), attributes };
  });
  runs.sort((a, b) => a.va - b.va);
  runs.forEach((run, index) => {
    const previous = runs[index - 1];
    if (previous !== undefined && previous.va + previous.pages > run.va) {
      throw new PageTableError(
        'EINVAL',
        `two mappings hold ${hex(BigInt(run.va) * page)}`,
        'subtract one from the other first',
      );
    }
  });
  return runs;
}
