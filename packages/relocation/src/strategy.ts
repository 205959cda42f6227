import type { Range } from '@kexeckit/ioport';
import { type Segment, segmentEnd } from './segment.ts';

/**
 * How the segments come to their destinations.
 *
 * `mmu-on` copied under temporary page tables · `mmu-off` copied with MMU and data cache off, as Linux did before 5.16
 * · `reserved` loaded straight into the `Kexec kernel` region · `crash-region` loaded straight into the `Crash kernel`
 * region, whose own image is unloaded first.
 */
export type Strategy = 'mmu-on' | 'mmu-off' | 'reserved' | 'crash-region';

/** All strategies, slowest first. */
export const strategies: readonly Strategy[] = ['mmu-off', 'mmu-on', 'reserved', 'crash-region'];

/** What happens at the reboot: a copy with the MMU on or off, or none at all. */
export type RoutineKind = 'copy-mmu-on' | 'copy-mmu-off' | 'in-place';

/** Whether a segment needs no copy: it lies wholly in the region that the strategy loads into. Decided segment by segment. */
export function isInPlace(segment: Segment, region: Range | undefined): boolean {
  return region !== undefined && segment.mem >= region.start && segmentEnd(segment) <= region.end;
}

/** The routine that a strategy takes when it has pages to copy, or none. */
export function routineKind(strategy: Strategy, copies: boolean): RoutineKind {
  if (!copies) return 'in-place';
  return strategy === 'mmu-off' ? 'copy-mmu-off' : 'copy-mmu-on';
}
