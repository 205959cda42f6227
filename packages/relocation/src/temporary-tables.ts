import {
  buildTables,
  countTables,
  type Mapping,
  PageTableError,
  type Space,
  type TranslationRegisters,
  translationRegisters,
} from '@kexeckit/arm64-pgtable';
import type { Range } from '@kexeckit/ioport';
import { type Accesses, identityMappings, spaceFor } from './address-space.ts';
import { RelocationError } from './error.ts';
import { addressOf, PAGE_SIZE } from './page.ts';
import type { ExecutionState } from './routine/level.ts';

/** The temporary address space of a plan. */
export interface PlannedTranslation {
  readonly space: Space;
  readonly registers: TranslationRegisters;
}

/** Temporary tables that are sized and not yet built. */
export interface TemporaryTables {
  readonly space: Space;
  readonly mappings: readonly Mapping[];
  /** Pages that they take, exactly. */
  readonly count: number;
}

/**
 * Sizes the tables for what the routine touches. They are read through no mapping: where they lie changes nothing.
 *
 * @throws RelocationError `EINVAL` for accesses that no tables can hold: two to one page, or beyond 52 bits.
 */
export function sizeTables(accesses: Accesses, ram: readonly Range[], state: ExecutionState): TemporaryTables {
  const mappings = identityMappings(accesses, ram);
  try {
    const space = spaceFor(mappings, ram, state);
    return { space, mappings, count: countTables(space, mappings) };
  } catch (error) {
    if (!(error instanceof PageTableError)) throw error;
    throw new RelocationError('EINVAL', `the routine cannot have page tables: ${error.message}`, error.hint, {
      cause: error,
    });
  }
}

/** Builds the tables in `count` pages. Returns each page's content in the order given. */
export function fillTables(
  { space, mappings }: TemporaryTables,
  pfns: readonly number[],
): { readonly pages: ReadonlyMap<number, Uint8Array>; readonly translation: PlannedTranslation } {
  const words = new Map(pfns.map((pfn) => [pfn, new Uint32Array(PAGE_SIZE / 4)]));
  const root = buildTables(space, mappings, pfns, { page: (pfn) => words.get(pfn) ?? new Uint32Array() });
  const pages = new Map([...words].map(([pfn, { buffer }]) => [pfn, new Uint8Array(buffer)]));
  return { pages, translation: { space, registers: translationRegisters(space, addressOf(root)) } };
}
