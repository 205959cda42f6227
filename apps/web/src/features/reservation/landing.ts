import type { PredictedRegion, Range } from '@kexeckit/ioport';
import { bytesText, hex, rangeText } from '../../shared/format.ts';
import type { Landing } from './model.ts';

/** All addresses that a region may have. */
export const reachOf = ({ from, to, size }: PredictedRegion): Range => ({ start: from, end: to + size - 1n });

/** The addresses that it has wherever it starts; undefined where there are none. */
export const coreOf = ({ from, to, size }: PredictedRegion): Range | undefined =>
  to < from + size ? { start: to, end: from + size - 1n } : undefined;

/** Where regions land, in words: the size, and the addresses or the bounds of the start. */
export const landingLines = ({ regions }: Landing): { readonly size: string; readonly place: string }[] =>
  regions.map((region) => ({
    size: `${bytesText(Number(region.size))}${region.kind === 'low' ? ' of low memory' : ''}`,
    place: region.from === region.to ? rangeText(reachOf(region)) : `${hex(region.from)} to ${hex(region.to)}`,
  }));
