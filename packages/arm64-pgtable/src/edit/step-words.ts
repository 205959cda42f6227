import type { TableMemory } from '../descriptor.ts';
import { wordsOfPages } from '../table-words.ts';
import type { EditStep } from './steps.ts';

/**
 * The words of the tables that steps write, each page of the memory asked for once, and how many entries a table has.
 *
 * @throws PageTableError `EINVAL` for pages that are no tables of one size with words of their own; what `memory` throws for a page
 * that it does not have.
 */
export function wordsOfSteps(
  steps: readonly EditStep[],
  memory: TableMemory,
): { readonly words: ReadonlyMap<number, Uint32Array>; readonly entries: number } {
  const pages = new Set<number>();
  for (const step of steps) if (step.kind === 'write' || step.kind === 'clear') pages.add(step.table);
  const tables = wordsOfPages([...pages], memory);
  const words = new Map([...pages].map((page, index) => [page, tables[index] ?? NO_WORDS]));
  return { words, entries: (tables[0]?.length ?? 0) / 2 };
}

const NO_WORDS = new Uint32Array();
