import type { Distribution } from '@kexeckit/rollout';
import { scaleLinear } from 'd3-scale';
import { count } from '../../shared/format.ts';
import { hostsText, spanText } from './words.ts';

/** A distribution as bars; all places are shares of the whole, from the left and from below. */
export interface HistogramPicture {
  readonly bars: readonly {
    readonly left: number;
    readonly width: number;
    readonly height: number;
    readonly title: string;
  }[];
  readonly ticks: readonly { readonly share: number; readonly text: string }[];
  readonly rows: readonly { readonly share: number; readonly text: string }[];
}

const TICKS = 4;

/** Draws milliseconds from the first bar to the last, and hosts from nought up. */
export function histogramOf({ bins }: Distribution): HistogramPicture {
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined) return { bars: [], ticks: [], rows: [] };
  const x = scaleLinear([first.least, last.below], [0, 1]);
  const most = bins.reduce((high, { count: hosts }) => Math.max(high, hosts), 1);
  const y = scaleLinear([0, most], [0, 1]).nice(TICKS);
  return {
    bars: bins.map(({ least, below, count: hosts }) => ({
      left: x(least),
      width: x(below) - x(least),
      height: y(hosts),
      title: `${spanText(least)} to ${spanText(below)}: ${hostsText(hosts)}`,
    })),
    ticks: x.ticks(TICKS).map((ms) => ({ share: x(ms), text: spanText(ms) })),
    rows: y
      .ticks(TICKS)
      .filter(Number.isInteger)
      .map((hosts) => ({ share: y(hosts), text: count(hosts) })),
  };
}
