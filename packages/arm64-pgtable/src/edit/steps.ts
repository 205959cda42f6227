import type { TableMemory } from '../descriptor.ts';

/** TLB maintenance instructions as the assembler spells them after `tlbi`, all for the inner shareable domain. */
export type TlbiOperation =
  | 'vmalle1is'
  | 'vae1is'
  | 'vale1is'
  | 'vaae1is'
  | 'vaale1is'
  | 'alle2is'
  | 'vae2is'
  | 'vale2is'
  | 'ipas2e1is'
  | 'ipas2le1is'
  | 'vmalls12e1is'
  | 'alle1is'
  | 'aside1is'
  | 'rvae1is'
  | 'rvale1is'
  | 'rvaae1is'
  | 'rvaale1is'
  | 'rvae2is'
  | 'rvale2is'
  | 'ripas2e1is'
  | 'ripas2le1is';

/** What a DSB waits for, and for whom. */
export type DsbDomain = 'sy' | 'st' | 'osh' | 'oshst' | 'ish' | 'ishst' | 'nsh' | 'nshst';

/** One step of an edit of live tables. Steps are carried out in order, by one CPU. */
export type EditStep =
  /** Fills a page that no walk reaches yet with zeros. */
  | { readonly kind: 'clear'; readonly table: number }
  /** Stores a descriptor as one 64-bit store. `table` is a page number; `low` and `high` are 32-bit halves. */
  | {
      readonly kind: 'write';
      readonly table: number;
      readonly index: number;
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'dsb'; readonly domain: DsbDomain }
  | { readonly kind: 'isb' }
  /** A TLB maintenance instruction and, where it takes one, the value of its register. */
  | { readonly kind: 'tlbi'; readonly operation: TlbiOperation; readonly operand?: bigint };

/** Performs the stores of steps; barriers and invalidations are for those who walk the tables meanwhile. */
export function performWrites(steps: readonly EditStep[], memory: TableMemory): void {
  for (const step of steps) {
    if (step.kind === 'clear') memory.page(step.table).fill(0);
    if (step.kind !== 'write') continue;
    const words = memory.page(step.table);
    words[2 * step.index] = step.low;
    words[2 * step.index + 1] = step.high;
  }
}
