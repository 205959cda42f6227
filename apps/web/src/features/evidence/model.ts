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
  /** Lines behind it that the same mark stands for, where a boot has more than can be told apart, and the last of them. */
  readonly others?: { readonly count: number; readonly last: number };
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
}

/** Boots that are looked at together, and marks of each that can be told apart. */
export const BOOTS_SHOWN = 24;
const MARKS_MAX = 200;

const MICROS = 1e6;

/** What a log says of some of its boots. */
export interface BootPage {
  /** The first of them, from 0. */
  readonly from: number;
  readonly picture: EvidencePicture;
  readonly passages: readonly Passage[];
  readonly stops: readonly Stop[];
}

/** What a log says of so many boots as are looked at together. @param from the first, from 0. */
export function bootPage({ report, signs }: ReadLog, from = 0): BootPage {
  const clock = clockOf(signs);
  const timeOf = timesBy(clock, signs);
  const boots = report.boots.slice(from, from + BOOTS_SHOWN);
  const shown = new Map(boots.map(({ number }): [number, Sign[]] => [number, []]));
  for (const sign of signs) shown.get(sign.boot)?.push(sign);
  // The way out of the last boot leads to none.
  const passages = report.passages.filter(({ from: left, to }) => shown.has(to ?? left ?? 0));
  const ways = report.passages.filter((way) => shown.has(way.from ?? 0) || shown.has(way.to ?? 0));
  const stops = report.stops.slice(from, from + BOOTS_SHOWN);
  const lanes = boots.map(({ number, first, last }): Lane => {
    const stop = report.stops[number - 1];
    const own = withStop(shown.get(number) ?? [], stop);
    const placed = own.flatMap((sign): LaneMark[] => markOf(sign, timeOf));
    const into = ways.find(({ to }) => to === number);
    const out = ways.find((way) => way.from === number);
    return {
      ...{ boot: number, first, last, came: cameWords[into?.came ?? 'log-begins'] },
      marks: told(placed),
      timeless: own.length - placed.length,
      phases: lanePhases(into, out, own, timeOf),
      stop: { words: stop === undefined ? '' : stopText(stop), isTrouble: stop !== undefined && isTrouble(stop) },
    };
  });
  return { from, picture: { clock, lanes }, passages, stops };
}

/** As many marks as can be told apart: of more, neighbours have one together, which looks like the worst of them. */
function told(marks: readonly LaneMark[]): readonly LaneMark[] {
  if (marks.length <= MARKS_MAX) return marks;
  const size = Math.ceil(marks.length / MARKS_MAX);
  return Array.from({ length: Math.ceil(marks.length / size) }, (_, at) =>
    marks.slice(at * size, (at + 1) * size),
  ).flatMap((some): LaneMark[] => {
    const first = some.find(({ look }) => look === 'trouble') ?? some[0];
    const last = some.at(-1);
    if (first === undefined || last === undefined) return [];
    return [some.length === 1 ? first : { ...first, others: { count: some.length - 1, last: last.line } }];
  });
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

/** What a mark is, in words. */
export const markName = ({ meaning, line, seconds, text, others }: LaneMark): string =>
  `${meaning}: line ${line}, ${seconds.toFixed(6)} s: ${text}${others === undefined ? '' : `; and ${others.count} more, up to line ${others.last}`}`;

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

const timesOf = ({ marks }: Lane): number[] => marks.map(({ seconds }) => seconds);

const measuredOf = ({ phases: all }: Lane) =>
  all.flatMap(({ from, time }) =>
    from === undefined || time.basis === 'unknown' ? [] : [{ from, to: from + time.seconds }],
  );

const axisFor = (lanes: readonly Lane[]): Axis => axisOf(lanes.flatMap(timesOf), lanes.flatMap(measuredOf));

/**
 * The axes of all lanes, picture by picture. Of several logs it is one for all, so that they can be compared. Of one log it is one where
 * one clock runs; else each lane has its own, to the same scale.
 */
export function laneAxes(pictures: readonly EvidencePicture[]): readonly (readonly LaneAxis[])[] {
  const [only] = pictures;
  if (only === undefined) return [];
  if (pictures.length > 1 || only.clock === 'logger') {
    const axis = axisFor(pictures.flatMap(({ lanes }) => lanes));
    return pictures.map(({ lanes }) => lanes.map(() => ({ axis, share: 1 })));
  }
  const axes = only.lanes.map((lane) => axisFor([lane]));
  const longest = axes.reduce((most, { drawn }) => Math.max(most, drawn), 0) || 1;
  return [axes.map((axis) => ({ axis, share: axis.drawn / longest }))];
}
