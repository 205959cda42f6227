import type { HostPhase, Outcome, TimeBound } from './outcome.ts';

/** The steps of a host, in their order. */
export const hostPhases: readonly HostPhase[] = ['inspect', 'stage', 'drain', 'commit', 'return', 'health', 'evidence'];

/** How a host ends, the good first. */
export const outcomes: readonly Outcome[] = ['done', 'refused', 'failed', 'lost', 'undone', 'skipped', 'deferred'];

/** What a time can be. */
export const timeBounds: readonly TimeBound[] = ['exact', 'about', 'at-least', 'at-most'];
