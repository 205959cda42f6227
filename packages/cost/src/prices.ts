import type { EventCounts } from './counts.ts';

/** What a machine takes for each thing that a run counts, in seconds. */
export interface EventPrices {
  readonly perInstruction: number;
  readonly perUncachedAccess: number;
  /** Moving one 64-byte line, in either direction. */
  readonly perLine: number;
  readonly perTableWalk: number;
}

/** Seconds that a run with these counts takes at these prices, a profile's for example. */
export function price(counts: EventCounts, prices: EventPrices): number {
  return (
    counts.instructions * prices.perInstruction +
    counts.uncachedAccesses * prices.perUncachedAccess +
    (counts.lineFills + counts.lineCleans) * prices.perLine +
    counts.tableWalks * prices.perTableWalk
  );
}
