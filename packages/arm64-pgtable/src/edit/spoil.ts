import { type DescriptorHalves, outputPage } from '../descriptor.ts';
import { SOFTWARE } from '../descriptor-bits.ts';
import type { DescriptorKind } from '../descriptor-kind.ts';
import { isGlobal } from './cached-leaf.ts';
import type { Draft, DraftTable } from './draft.ts';
import { FreedTree } from './freed-tree.ts';
import type { EditOptions } from './options.ts';
import type { StaleEntries } from './stale.ts';

/** An entry of a live table that changes. */
export interface Change {
  readonly table: DraftTable;
  readonly index: number;
  readonly page: number;
  readonly old: DescriptorHalves;
  readonly was: DescriptorKind;
  readonly now: DescriptorHalves;
  readonly is: DescriptorKind;
}

/**
 * Whether an entry is a global leaf no longer, in tables of one identifier. All others walked the tables above for it: these are
 * forgotten with it, as nobody will know of that when a later edit frees them.
 */
export function losesGlobal({ was, old, is, now }: Change, { asid }: EditOptions): boolean {
  return asid !== undefined && was === 'leaf' && isGlobal(old) && !(is === 'leaf' && isGlobal(now));
}

/** Collects what TLBs may hold of an old value; tables that go are added to `frees`. */
export function spoil(draft: Draft, change: Change, stale: StaleEntries, frees: number[], options: EditOptions): void {
  const { table, page, old, was, now, is } = change;
  if (was === 'leaf') {
    // No TLB knows of software's bits.
    const isSame = is === 'leaf' && ((old.low ^ now.low) | ((old.high ^ now.high) & ~SOFTWARE)) === 0;
    const takesTables = losesGlobal(change, options);
    if (!isSame) stale.add(page, draft.span(table), takesTables ? undefined : table.level, isGlobal(old));
  } else {
    const tree = new FreedTree(draft, stale, frees, options);
    tree.free(outputPage(draft.shape, old.low, old.high), table.level + 1, page);
  }
}
