import { ticks } from 'd3-array';

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

/**
 * The axis for these times. A silence between two of them is left out where it is many times longer than all that is drawn, and no
 * stretch that was measured lies in it.
 */
export function axisOf(times: readonly number[], measured: readonly Stretch[]): Axis {
  const all = [...new Set([...times, ...measured.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b);
  const gaps = all.slice(1).map((to, index) => ({ from: all[index] ?? to, to }));
  const longest = silenceOf(gaps, coveredBy(measured));
  const isBreak = (gap: Stretch): boolean => gap.to - gap.from >= longest && !isCovered(gap);
  const isCovered = coveredBy(measured);
  const kept = gaps.reduce((sum, gap) => (isBreak(gap) ? sum : sum + gap.to - gap.from), 0);
  let x = 0;
  const pieces = gaps.map((gap): Piece => {
    const width = isBreak(gap) ? BREAK * (kept || 1) : gap.to - gap.from;
    const piece = { ...gap, isBreak: isBreak(gap), x, width };
    x += width;
    return piece;
  });
  return made(pieces, x);
}

function coveredBy(measured: readonly Stretch[]): (gap: Stretch) => boolean {
  return (gap) => measured.some(({ from, to }) => from <= gap.from && to >= gap.to);
}

/** How long a silence is at least that is left out; infinite where none is. */
function silenceOf(gaps: readonly Stretch[], isCovered: (gap: Stretch) => boolean): number {
  const length = ({ from, to }: Stretch): number => to - from;
  let drawn = gaps.filter(isCovered).reduce((sum, gap) => sum + length(gap), 0);
  const silences = gaps
    .filter((gap) => !isCovered(gap))
    .map(length)
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
  const at = (seconds: number): number => {
    const piece = pieces.find(({ to }) => seconds <= to) ?? pieces.at(-1);
    if (piece === undefined) return 0;
    const share = piece.to > piece.from ? (seconds - piece.from) / (piece.to - piece.from) : 0;
    return (piece.x + piece.width * Math.min(1, Math.max(0, share))) / whole;
  };
  const breaks = pieces
    .filter(({ isBreak }) => isBreak)
    .map(({ from, to, x, width }) => ({ from, to, at: x / whole, width: width / whole }));
  const step = drawn / TICKS;
  return { at, breaks, drawn, ticks: runsOf(pieces).flatMap((run) => ticksIn(run, step, at)) };
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
