import { bisectLeft, ticks } from 'd3-array';

/** A stretch of time, in seconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A time at which the axis says what time it is, and where that is. */
export interface AxisTick {
  readonly seconds: number;
  /** From 0 to 1. */
  readonly at: number;
}

/** Time on a line: as it passes, but for long times in which nothing was said, which are left out. */
export interface Axis {
  /** Where a time is, from 0 to 1; what lies beyond the ends is at the ends. */
  readonly at: (seconds: number) => number;
  readonly ticks: readonly AxisTick[];
  /** What was left out, and where. */
  readonly breaks: readonly (Stretch & { readonly at: number; readonly width: number })[];
  /** Seconds that are drawn, of which the breaks are a part. */
  readonly drawn: number;
}

/** A silence so many times as long as all else together is left out. */
const SILENCE = 2;
/** What a break takes, of what else is drawn. */
const BREAK = 0.12;

interface Piece extends Stretch {
  readonly isBreak: boolean;
  readonly x: number;
  readonly width: number;
}

/** What passes between two times that something was said at, and whether it was measured. */
interface Gap extends Stretch {
  readonly isMeasured: boolean;
}

const lengthOf = ({ from, to }: Stretch): number => to - from;

/**
 * The axis for these times. A silence between two of them is left out where it is many times longer than all that is drawn, and no
 * stretch that was measured lies in it.
 */
export function axisOf(times: readonly number[], measured: readonly Stretch[]): Axis {
  const ends = measured.flatMap(({ from, to }) => [from, to]);
  const all = Float64Array.from(new Set([...times, ...ends])).sort();
  const gaps = gapsOf(all, measured);
  const longest = silenceOf(gaps);
  const isBreak = (gap: Gap): boolean => !gap.isMeasured && lengthOf(gap) >= longest;
  const kept = gaps.reduce((sum, gap) => (isBreak(gap) ? sum : sum + lengthOf(gap)), 0);
  let x = 0;
  const pieces = gaps.map((gap): Piece => {
    const width = isBreak(gap) ? BREAK * (kept || 1) : lengthOf(gap);
    const piece = { from: gap.from, to: gap.to, isBreak: isBreak(gap), x, width };
    x += width;
    return piece;
  });
  return made(pieces, x);
}

/** What lies between the times, in one way through them and the stretches that were measured. */
function gapsOf(times: Float64Array, measured: readonly Stretch[]): Gap[] {
  const begins = Float64Array.from(measured, ({ from }) => from).sort();
  const ends = Float64Array.from(measured, ({ to }) => to).sort();
  const gaps: Gap[] = [];
  let [begun, ended] = [0, 0];
  for (let at = 1; at < times.length; at++) {
    const [from = 0, to = 0] = [times[at - 1], times[at]];
    while (begun < begins.length && (begins[begun] ?? 0) <= from) begun += 1;
    while (ended < ends.length && (ends[ended] ?? 0) <= from) ended += 1;
    gaps.push({ from, to, isMeasured: begun > ended });
  }
  return gaps;
}

/** How long a silence is at least that is left out; infinite where none is. */
function silenceOf(gaps: readonly Gap[]): number {
  let drawn = gaps.reduce((sum, gap) => (gap.isMeasured ? sum + lengthOf(gap) : sum), 0);
  const silences = gaps
    .filter(({ isMeasured }) => !isMeasured)
    .map(lengthOf)
    .sort((a, b) => a - b);
  for (const silence of silences) {
    if (drawn > 0 && silence > SILENCE * drawn) return silence;
    drawn += silence;
  }
  return Number.POSITIVE_INFINITY;
}

const TICKS = 6;

function made(pieces: readonly Piece[], drawn: number): Axis {
  const whole = drawn || 1;
  const ends = Float64Array.from(pieces, ({ to }) => to);
  const at = (seconds: number): number => {
    const piece = pieces[bisectLeft(ends, seconds)] ?? pieces.at(-1);
    if (piece === undefined) return 0;
    const share = piece.to > piece.from ? (seconds - piece.from) / (piece.to - piece.from) : 0;
    return (piece.x + piece.width * Math.min(1, Math.max(0, share))) / whole;
  };
  const breaks = pieces
    .filter(({ isBreak }) => isBreak)
    .map(({ from, to, x, width }) => ({ from, to, at: x / whole, width: width / whole }));
  const step = drawn / TICKS;
  return { at, breaks, drawn, ticks: apart(runsOf(pieces).flatMap((run) => ticksIn(run, step, at))) };
}

/** What is drawn between breaks. */
function runsOf(pieces: readonly Piece[]): Stretch[] {
  const runs: Stretch[] = [];
  let isOpen = false;
  for (const { from, to, isBreak } of pieces) {
    const last = runs.at(-1);
    if (isBreak) isOpen = false;
    else if (isOpen && last !== undefined) runs[runs.length - 1] = { from: last.from, to };
    else {
      runs.push({ from, to });
      isOpen = true;
    }
  }
  return runs;
}

const ticksIn = ({ from, to }: Stretch, step: number, at: Axis['at']): AxisTick[] =>
  ticks(from, to, Math.max(1, Math.round((to - from) / step))).map((seconds) => ({ seconds, at: at(seconds) }));

/** What two ticks are apart at least, of the whole: closer ones would stand in each other. */
const APART = 0.05;

function apart(all: readonly AxisTick[]): AxisTick[] {
  const kept: AxisTick[] = [];
  for (const tick of all) if (tick.at - (kept.at(-1)?.at ?? -1) >= APART) kept.push(tick);
  return kept;
}
