import type { PredictedRegion, Range } from '@kexeckit/ioport';
import { bytesText, hex, rangeText } from '../../shared/format.ts';
import type { Landing } from './model.ts';

/** All addresses that a region may have. */
export const reachOf = ({ from, to, size }: PredictedRegion): Range => ({ start: from, end: to + size - 1n });

/** The addresses that it has wherever it starts; undefined where there are none. */
export const coreOf = ({ from, to, size }: PredictedRegion): Range | undefined =>
  to < from + size ? { start: to, end: from + size - 1n } : undefined;

/** Where a region lands, in words. */
export interface LandingLine {
  readonly size: string;
  /** Whether the addresses are those of the region, or the bounds of its start. */
  readonly verb: 'at' | 'starting from';
  readonly place: string;
}

/** Where regions land, a line each. */
export const landingLines = ({ regions }: Landing): LandingLine[] =>
  regions.map((region) => ({
    size: `${bytesText(Number(region.size))}${region.kind === 'low' ? ' of low memory' : ''}`,
    ...(region.from === region.to
      ? { verb: 'at', place: rangeText(reachOf(region)) }
      : { verb: 'starting from', place: `${hex(region.from)} to ${hex(region.to)}` }),
  }));
