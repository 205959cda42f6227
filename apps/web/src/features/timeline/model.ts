import {
  type Basis,
  type PhaseTime,
  publishedTimelines,
  type Remark,
  type TimedPhase,
  type Timeline,
  timedPhases,
} from '@kexeckit/reboot';
import { secondsText } from '../../shared/format.ts';

/** A phase of a row; `undefined` seconds where the timeline says nothing of it. */
export interface PhaseCell {
  readonly phase: TimedPhase;
  readonly basis: Basis | undefined;
  readonly seconds: number | undefined;
  /** Between these it lies; left out where nothing tells. */
  readonly low?: number;
  readonly high?: number;
  /** Between what it lies, in words. */
  readonly between: string | undefined;
  /** What has to be known about the figure, in words. */
  readonly note: string | undefined;
}

/** Whose prices a row has. */
export interface RowProfile {
  readonly name: string;
  readonly machine: string;
  readonly measured: string;
  /** The Stingray's: the published timelines are of the same machine. */
  readonly isPublished: boolean;
  /** What has to be known of them. */
  readonly findings: readonly string[];
}

/** A stacked bar with its numbers. */
export interface TimelineRow {
  readonly label: string;
  readonly cells: readonly PhaseCell[];
  /** Seconds of what was run; undefined where a part of it is unknown. */
  readonly total: number | undefined;
  /** The same, and what was skipped. */
  readonly totalWithSkipped: number | undefined;
  /** Whose prices they are. */
  readonly profile: RowProfile | undefined;
}

/** One coloured piece of a bar, from and to in seconds. */
export interface BarPiece {
  readonly phase: TimedPhase;
  readonly basis: Basis;
  readonly from: number;
  readonly to: number;
  /** Between what it ends, where that is known. */
  readonly ends?: readonly [low: number, high: number];
}

/** Something that was measured, on a bar. */
export interface BarMark {
  /** In seconds from the bar's beginning. */
  readonly at: number;
  readonly label: string;
  /** Whether it was measured with what the bar is of; else it stands for another size. */
  readonly isSame: boolean;
}

/** A bar: pieces that follow each other, and skipped phases that were left out of it. */
export interface Bar {
  readonly pieces: readonly BarPiece[];
  readonly leftOut: readonly PhaseCell[];
}

const remarkTexts: Readonly<Record<Remark, string>> = {
  emulated: "this host's clock, software emulation",
  'no old kernel': 'no old kernel ran',
  'within relocation': 'part of the relocation',
  'not asked for': 'nobody asked for it',
  'stopped at the jump': 'stopped at the jump, as asked',
  'purgatory, caches off': "what purgatory's SHA-256 would add with caches off",
  'unknown machine': 'no profile describes this machine',
  'not in the profile': "the machine's profile does not say",
};

/** Between what a time lies, as numbers and in words. */
function intervalOf(time: PhaseTime | undefined): Pick<PhaseCell, 'low' | 'high' | 'between'> {
  if (time?.seconds === undefined) return { between: undefined };
  const { low, high } = time;
  if (low === undefined || high === undefined) return { between: undefined };
  return { low, high, between: `${secondsText(low)} to ${secondsText(high)} s` };
}

/** Whether no profile describes the machine. */
export const isUnknown = (row: TimelineRow | undefined): boolean => row !== undefined && row.profile === undefined;

/** Seconds of a row in words: `?` where nobody knows. */
export const totalText = (total: number | undefined): string => (total === undefined ? '?' : secondsText(total));

/** Turns a timeline into a row: all phases that are timed, in their order. @param profile whose prices it has. */
export function rowOf(timeline: Timeline, profile: RowProfile | undefined): TimelineRow {
  const cells = timedPhases.map((phase): PhaseCell => {
    const time = timeline.phases.find((candidate) => candidate.phase === phase);
    const note = time?.remark && remarkTexts[time.remark];
    return { phase, basis: time?.basis, seconds: time?.seconds, ...intervalOf(time), note };
  });
  const sum = (counted: readonly PhaseCell[]): number | undefined =>
    counted.some(({ basis, seconds }) => basis !== undefined && seconds === undefined)
      ? undefined
      : counted.reduce((total, cell) => total + (cell.seconds ?? 0), 0);
  return {
    label: timeline.label,
    cells,
    total: sum(cells.filter(({ basis }) => basis !== 'skipped')),
    totalWithSkipped: sum(cells),
    profile,
  };
}

/** Lays a row out as a bar; skipped phases take their place in it only where they are asked for. */
export function barOf(row: TimelineRow, withSkipped: boolean): Bar {
  const pieces: BarPiece[] = [];
  const leftOut: PhaseCell[] = [];
  let at = 0;
  for (const cell of row.cells) {
    if (cell.basis === undefined || cell.seconds === undefined) continue;
    if (cell.basis === 'skipped' && !withSkipped) {
      leftOut.push(cell);
      continue;
    }
    const { phase, basis, seconds, low, high } = cell;
    const ends = low !== undefined && high !== undefined && { ends: [at + low, at + high] as const };
    pieces.push({ phase, basis, from: at, to: at + seconds, ...ends });
    at += seconds;
  }
  return { pieces, leftOut };
}

/** The measurements that the strategies are compared with. */
export const publishedRows: readonly TimelineRow[] = publishedTimelines.map((timeline) => rowOf(timeline, undefined));

type Rows = readonly (TimelineRow | undefined)[];

/** What was published is of one machine: beside another it would say nothing. Rows that are still computed may be of it. */
export const standsBesidePublished = (rows: Rows): boolean =>
  rows.every((row) => row?.profile?.isPublished !== false && !isUnknown(row));

/** Seconds of the longest bar that is shown; 1 where there is none. */
export function longestOf(rows: Rows, withSkipped: boolean): number {
  return longestRow(standsBesidePublished(rows) ? [...publishedRows, ...rows] : rows, withSkipped);
}

/** Seconds of the longest bar of these; 1 where there is none. A row whose sum is not known is as long as what is. */
export function longestRow(rows: Rows, withSkipped: boolean): number {
  const lengths = rows.flatMap((row) => {
    const ends = row && barOf(row, withSkipped).pieces.flatMap(({ to, ends: [, high] = [to, to] }) => [to, high]);
    return ends ?? [];
  });
  return lengths.reduce((most, end) => Math.max(most, end), 0) || 1;
}

/** How a phase looks: one of the colours in `style.css`, by its place among the phases. */
export interface PhaseLook {
  readonly colour: string;
  /** Hatched in the legend: a phase that was skipped somewhere in the published measurements. */
  readonly isHatched: boolean;
}

/** The look of a phase. */
export function lookOf(phase: TimedPhase): PhaseLook {
  const skipped = (row: TimelineRow): boolean =>
    row.cells.some((cell) => cell.phase === phase && cell.basis === 'skipped');
  return {
    colour: `var(--phase-${timedPhases.indexOf(phase) + 1}, var(--hatch))`,
    isHatched: publishedRows.some(skipped),
  };
}
