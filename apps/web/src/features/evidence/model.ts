import type { EventKind, EvidencedPhase, LogLine, Passage, ReadLog, Sign, Stop } from '@kexeckit/evidence';
import { isTrouble, stopWords, unknownWords } from '@kexeckit/evidence';
import { phases, type TimedPhase } from '@kexeckit/reboot';
import { type Axis, axisOf } from './axis.ts';
import { boundSigns, cameWords, kindWords, limitWords } from './words.ts';

/** A line of the log, on a lane. */
export interface LaneMark {
  /** Seconds on the lane's clock. */
  readonly seconds: number;
  readonly line: number;
  readonly text: string;
  /** What it means, in words. */
  readonly meaning: string;
  readonly look: 'sign' | 'crumbs' | 'trouble';
}

/** A phase on a lane: measured, from where to where; or not known, behind all that is. */
export interface LanePhase {
  readonly phase: TimedPhase;
  readonly time: EvidencedPhase;
  /** Seconds on the lane's clock; undefined where they are not known. */
  readonly from: number | undefined;
}

/** One boot, on its own clock or on the clock of whoever wrote the log. */
export interface Lane {
  readonly boot: number;
  readonly came: string;
  readonly first: number;
  readonly last: number;
  readonly marks: readonly LaneMark[];
  readonly phases: readonly LanePhase[];
  /** Lines that tell something, and have no time. */
  readonly timeless: number;
  readonly stop: { readonly words: string; readonly isTrouble: boolean };
}

/** What is drawn of a log. */
export interface EvidencePicture {
  /** Whose clock the lanes have: one for all, each kernel its own, or none. */
  readonly clock: 'logger' | 'printk' | 'none';
  readonly lanes: readonly Lane[];
  /** Boots that are not drawn: so many are told in the table alone. */
  readonly leftOut: number;
}

/** Boots that are drawn, and marks of each: what a person can look at. */
const LANES_MAX = 24;
const MARKS_MAX = 200;

const MICROS = 1e6;

/** What is drawn of what a log says. */
export function evidencePicture({ report, signs }: ReadLog): EvidencePicture {
  const clock = clockOf(signs);
  const timeOf = timesBy(clock, signs);
  const boots = report.boots.slice(0, LANES_MAX);
  const byBoot = new Map(boots.map(({ number }): [number, Sign[]] => [number, []]));
  for (const sign of signs) byBoot.get(sign.boot)?.push(sign);
  const lanes = boots.map(({ number, first, last }): Lane => {
    const own = withStop(byBoot.get(number) ?? [], report.stops[number - 1]);
    const placed = own.flatMap((sign): LaneMark[] => markOf(sign, timeOf));
    const into = report.passages.find(({ to }) => to === number);
    const out = report.passages.find(({ from }) => from === number);
    const stop = report.stops[number - 1];
    return {
      ...{ boot: number, first, last, came: cameWords[into?.came ?? 'log-begins'] },
      marks: placed.slice(0, MARKS_MAX),
      timeless: own.length - placed.length,
      phases: lanePhases(into, out, own, timeOf),
      stop: { words: stop === undefined ? '' : stopText(stop), isTrouble: stop !== undefined && isTrouble(stop) },
    };
  });
  return { clock, lanes, leftOut: report.boots.length - boots.length };
}

/** The logger's, where it gave every line that tells something a time of the same kind. */
function clockOf(signs: readonly Sign[]): EvidencePicture['clock'] {
  const kinds = new Set(signs.map(({ line }) => line.logger?.clock));
  if (kinds.size === 1 && !kinds.has(undefined)) return 'logger';
  return signs.some(({ line }) => line.printk !== undefined) ? 'printk' : 'none';
}

type TimeOf = (line: LogLine) => number | undefined;

function timesBy(clock: EvidencePicture['clock'], signs: readonly Sign[]): TimeOf {
  const start = signs[0]?.line.logger?.micros ?? 0;
  return ({ printk, logger }) => {
    const micros = clock === 'logger' ? logger && logger.micros - start : printk;
    return micros === undefined ? undefined : micros / MICROS;
  };
}

/** What is said of a boot's end belongs to its lane, too. */
function withStop(signs: readonly Sign[], stop: Stop | undefined): readonly Sign[] {
  const { reason, boot } = stop ?? {};
  if (reason === undefined || boot === undefined || signs.some(({ line }) => line.number === reason.number))
    return signs;
  return [...signs, { boot, kind: 'panic', line: reason, value: reason.text }];
}

const TROUBLE: ReadonlySet<EventKind> = new Set(['mismatch', 'refused', 'oops', 'fault-detail', 'panic', 'stalled']);

function markOf({ kind, line }: Sign, timeOf: TimeOf): LaneMark[] {
  const seconds = timeOf(line);
  if (seconds === undefined) return [];
  const look = TROUBLE.has(kind) ? 'trouble' : kind === 'crumbs' ? 'crumbs' : 'sign';
  return [{ seconds, line: line.number, text: line.text, meaning: kindWords[kind], look }];
}

/** What of a reboot lies on a boot's lane: its own startup, and how it was left. */
function lanePhases(
  into: Passage | undefined,
  out: Passage | undefined,
  signs: readonly Sign[],
  timeOf: TimeOf,
): LanePhase[] {
  const isLeft = out !== undefined && isKexec(out);
  const startup = into?.phases.filter(({ phase }) => phase === phases.startup.name) ?? [];
  const leaving = isLeft ? out.phases.filter(({ phase }) => phase !== phases.startup.name) : [];
  // What is not known stands behind all that is: of a boot that was left that is its way out.
  const shown = [...startup.filter(({ basis }) => basis === 'measured' || !isLeft), ...leaving].filter(hasPlace);
  const timeAt = (number: number | undefined): number | undefined => {
    const line = signs.find((sign) => sign.line.number === number)?.line;
    return line && timeOf(line);
  };
  return shown.map((time): LanePhase => ({ phase: time.phase, time, from: beginOf(time, timeAt) }));
}

/** What lies in another phase, and what was not asked for, has none of its own. */
const hasPlace = (time: EvidencedPhase): boolean =>
  time.basis === 'measured' || (time.why !== 'within-relocation' && time.why !== 'not-asked-for');

const isKexec = ({ came }: Passage): boolean => came === 'kexec' || came === 'crash-kexec';

function beginOf(time: EvidencedPhase, timeAt: (line: number | undefined) => number | undefined): number | undefined {
  if (time.basis === 'unknown') return undefined;
  const [from, to] = time.lines;
  const begin = timeAt(from);
  if (begin !== undefined) return begin;
  const end = timeAt(to);
  return end === undefined ? undefined : Math.max(0, end - time.seconds);
}

/** A time as it is known: `≥ 0.089`; a dash where it is not. */
export function timeText(time: Passage['total']): string {
  if (time.basis === 'unknown') return '–';
  const digits = time.seconds > 0 && time.seconds < 0.001 ? 6 : 3;
  return `${boundSigns[time.bound]}${time.seconds.toFixed(digits)}`;
}

/** Why a time is not known, or between which lines it was measured, and what it takes in or leaves out. */
export function basisText(time: Passage['total'], of?: TimedPhase): string {
  if (time.basis === 'unknown') return unknownWords[time.why];
  const [from, to] = time.lines;
  const lines = from === undefined || to === undefined ? '' : `, lines ${from} to ${to}`;
  const rounded = time.plusMinus >= 0.001 ? `, ± ${time.plusMinus} s` : '';
  const limits = limitWords(time.limits, of);
  const clock = time.clock === 'printk' ? "the kernel's" : "the logger's";
  return `by ${clock} clock${lines}${rounded}${limits === '' ? '' : `; ${limits}`}`;
}

function stopText({ kind, phase }: Stop): string {
  return phase === undefined ? stopWords[kind] : `${stopWords[kind]}, in ${phase}`;
}

/** Where things lie on a lane: the axis of its clock, and how much of the width it takes. */
export interface LaneAxis {
  readonly axis: Axis;
  /** Of the width of the picture. */
  readonly share: number;
}

/** The axes of all lanes: one for all where one clock runs; else one for each, to the same scale. */
export function laneAxes({ clock, lanes }: EvidencePicture): readonly LaneAxis[] {
  const times = (lane: Lane): number[] => lane.marks.map(({ seconds }) => seconds);
  const measured = (lane: Lane) =>
    lane.phases.flatMap(({ from, time }) =>
      from === undefined || time.basis === 'unknown' ? [] : [{ from, to: from + time.seconds }],
    );
  if (clock === 'logger') {
    const axis = axisOf(lanes.flatMap(times), lanes.flatMap(measured));
    return lanes.map(() => ({ axis, share: 1 }));
  }
  const axes = lanes.map((lane) => axisOf(times(lane), measured(lane)));
  const longest = Math.max(...axes.map(({ drawn }) => drawn)) || 1;
  return axes.map((axis) => ({ axis, share: axis.drawn / longest }));
}
