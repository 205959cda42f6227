import { phaseOrder, phases, type TimedPhase, timedPhases } from '@kexeckit/reboot';
import type { Boot, Came } from './boots.ts';
import type { LogEvent } from './events.ts';
import { type Bound, firstOf, lastOf, type Span, spanByLogger, spanOf, spanToClock } from './spans.ts';
import type { LogLine } from './text/lines.ts';

/**
 * Why a phase has no time: `no-old-kernel` the log has none before · `not-kexec` the kernel came up in another way ·
 * `no-beginning`, `no-end` no line says when it began or ended · `no-clock` the lines have no times · `clock-restarts` no
 * clock runs from one kernel to the next · `within-relocation` it is in that figure, and nothing divides them · `not-reached`
 * the log ends before · `not-asked-for` it was
 * left out · `no-sign` no line tells of such a phase.
 */
export type Unknown =
  | 'no-old-kernel'
  | 'not-kexec'
  | 'no-beginning'
  | 'no-end'
  | 'no-clock'
  | 'clock-restarts'
  | 'within-relocation'
  | 'not-reached'
  | 'not-asked-for'
  | 'no-sign';

/**
 * What a figure leaves out or takes in: `devices` were stopped before the first line, and are not in it · another phase is
 * in it · `early` what the next kernel did before its clock ran is not in startup, and may be
 * in relocation · `reckoned` less what the line that it ends with has on its own kernel's clock.
 */
export type Limit = 'devices' | 'early' | 'reckoned' | TimedPhase;

/** A time that was measured: from which sign to which. */
export interface MeasuredTime extends Span {
  readonly basis: 'measured';
  readonly bound: Bound;
  readonly from: string;
  readonly to: string;
  /** Lines of the log, where the signs are lines. */
  readonly lines: readonly [from: number | undefined, to: number | undefined];
  readonly limits: readonly Limit[];
}

/** A time that the evidence does not give. */
export interface UnknownTime {
  readonly basis: 'unknown';
  readonly why: Unknown;
}

/** How long a phase took, or why that is not known. */
export type EvidencedTime = MeasuredTime | UnknownTime;

/** One phase of a passage. */
export type EvidencedPhase = EvidencedTime & { readonly phase: TimedPhase };

/** The way from one kernel to the next. */
export interface Passage {
  readonly came: Came;
  /** The boot that was left; `undefined` where the log begins, or where it is in another. */
  readonly from: number | undefined;
  /** The boot that was reached; `undefined` where none was. */
  readonly to: number | undefined;
  /** The phases of `phases` of `@kexeckit/reboot` that have times, in their order. */
  readonly phases: readonly EvidencedPhase[];
  readonly total: EvidencedTime;
  /** The line in front of it that says what was loaded, and how it was measured: `formatRun` of `@kexeckit/cost`. */
  readonly measured?: SaidLine;
}

/** What a line says, and where it stands. */
export interface SaidLine {
  readonly number: number;
  readonly text: string;
  /** The line of another that says something else of the same. */
  readonly besides?: number;
}

export const unknown = (why: Unknown): UnknownTime => ({ basis: 'unknown', why });

/** Times of the phases that evidence tells of. */
export type PhaseTimes = Readonly<Partial<Record<TimedPhase, EvidencedTime>>>;

/** All phases that have times, in their order. */
export const inOrder = (times: PhaseTimes): EvidencedPhase[] =>
  timedPhases.map((phase) => ({ phase, ...(times[phase] ?? unknown('no-sign')) }));

/** The passage between two boots of a log, either of which may be missing. */
export function passageOf(from: Boot | undefined, to: Boot | undefined): Passage {
  const came = to?.came ?? departureOf(from);
  const isKexec = came === 'kexec' || came === 'crash-kexec';
  const relocation = isKexec ? relocationTime(from, to) : unknown(from === undefined ? 'no-old-kernel' : 'not-kexec');
  const startup = startupTime(to);
  const shutdown = isKexec || from === undefined ? shutdownTime(from) : unknown('not-kexec');
  const times: PhaseTimes = {
    [phases.shutdown.name]: shutdown,
    [phases.relocation.name]: relocation,
    [phases.checksum.name]: checksumTime(from, relocation),
    [phases.startup.name]: startup,
  };
  return {
    came,
    from: from?.number,
    to: to?.number,
    phases: inOrder(times),
    total: totalTime(from, to, times),
    ...measuredLine(from),
  };
}

/** Where a reboot comes to nothing, its line is of no other. */
function measuredLine(from: Boot | undefined): Pick<Passage, 'measured'> {
  if (from === undefined) return {};
  const alive = from.events.findLastIndex(({ kind }) => kind === 'refused' || kind === 'run-init');
  const said = from.events.slice(alive + 1).filter(({ kind }) => kind === 'measured-run');
  const event = said.at(-1);
  if (event === undefined) return {};
  const wordsOf = ({ value }: LogEvent): string => value.trim().split(/\s+/).sort().join(' ');
  const other = said.find((each) => wordsOf(each) !== wordsOf(event));
  const besides = other && { besides: other.line.number };
  return { measured: { number: event.line.number, text: event.value, ...besides } };
}

/** Seconds that all phases of a reboot may take that cannot be undone, but for the last: that is the next kernel's. */
export const LEAVING_MAX: number = phaseOrder
  .filter(({ undoable, name }) => !undoable && name !== phases.startup.name)
  .reduce((sum, { limit }) => sum + limit, 0);

/** How a kernel left that nobody followed. */
function departureOf(from: Boot | undefined): Came {
  return from !== undefined && lastOf(from.events, 'crash-start') !== undefined ? 'crash-kexec' : 'kexec';
}

/** The first sign of the way out, and whether it is the very beginning. */
function beginningOf(boot: Boot): { readonly event: LogEvent; readonly bound: Bound } | undefined {
  const crash = lastOf(boot.events, 'crash-start');
  if (crash !== undefined) {
    const panic = lastOf(boot.events, 'panic');
    return panic === undefined ? { event: crash, bound: 'at-least' } : { event: panic, bound: 'exact' };
  }
  const events = leavingOf(boot);
  const whole = lastOf(events, 'mark') ?? lastOf(events, 'user-space-done');
  if (whole !== undefined) return { event: whole, bound: 'exact' };
  const part = firstOf(events, 'devices-stop', 'kexec-start');
  return part === undefined ? undefined : { event: part, bound: 'at-least' };
}

/** What was said on the way out: earlier attempts came to nothing. */
function leavingOf({ events }: Boot): readonly LogEvent[] {
  const alive = events.findLastIndex(({ kind }) => kind === 'refused' || kind === 'run-init');
  const last = lastOf(events, 'bye') ?? lastOf(events, 'kexec-start');
  return events.slice(alive + 1).filter(({ line }) => {
    const span = last && spanOf(line, last.line);
    return span === undefined || span.seconds <= LEAVING_MAX;
  });
}

function shutdownTime(from: Boot | undefined): EvidencedTime {
  if (from === undefined) return unknown('no-old-kernel');
  const beginning = beginningOf(from);
  if (beginning === undefined) return unknown('no-beginning');
  const bye = lastOf(from.events, 'bye');
  if (bye === undefined) return unknown('no-end');
  const limits: readonly Limit[] = beginning.bound === 'exact' ? [] : ['devices'];
  return measured(spanOf(beginning.event.line, bye.line), beginning.bound, [beginning.event.line, bye.line], limits);
}

/** No kernel's clock runs here: only a logger's does. */
function relocationTime(from: Boot | undefined, to: Boot | undefined): EvidencedTime {
  if (from === undefined) return unknown('no-old-kernel');
  const bye = lastOf(from.events, 'bye');
  if (bye === undefined) return unknown('no-beginning');
  if (to === undefined) return unknown('not-reached');
  const end = to.promptest ?? to.first;
  const span = to.promptest === undefined ? spanByLogger(bye.line, end) : spanToClock(bye.line, end);
  if (span === undefined) return unknown('clock-restarts');
  const limits: readonly Limit[] = [phases.checksum.name, 'early'];
  return measured(span, 'at-most', [bye.line, end], (end.printk ?? 0) > 0 ? [...limits, 'reckoned'] : limits);
}

function checksumTime(from: Boot | undefined, relocation: EvidencedTime): EvidencedTime {
  const mark = from === undefined ? undefined : lastOf(leavingOf(from), 'mark');
  if (mark !== undefined && /(?:^| )checks=no(?: |$)/.test(mark.value)) return unknown('not-asked-for');
  return relocation.basis === 'measured' ? unknown('within-relocation') : relocation;
}

function startupTime(to: Boot | undefined): EvidencedTime {
  if (to === undefined) return unknown('not-reached');
  const begins = firstOf(to.events, 'booting', 'version');
  if (begins === undefined) return unknown('no-beginning');
  const init = firstOf(to.events, 'run-init');
  const end = init ?? firstOf(to.events, 'user-space');
  if (end === undefined) return unknown('not-reached');
  const bound = init === undefined ? 'about' : 'at-least';
  const lines = [to.first, end.line] as const;
  return measured(spanOf(...lines), bound, lines, ['early']);
}

function totalTime(from: Boot | undefined, to: Boot | undefined, times: PhaseTimes): EvidencedTime {
  const beginning = from === undefined ? undefined : beginningOf(from);
  const end = to === undefined ? undefined : firstOf(to.events, 'run-init', 'user-space');
  const span = beginning && end && spanByLogger(beginning.event.line, end.line);
  if (beginning !== undefined && end !== undefined && span !== undefined)
    return measured(span, beginning.bound === 'exact' ? 'about' : 'at-least', [beginning.event.line, end.line], []);
  return totalOf(inOrder(times));
}

/** What is known together: the whole took no less. */
export function totalOf(times: readonly EvidencedTime[]): EvidencedTime {
  const known = times.filter((time) => time.basis === 'measured').filter(({ bound }) => bound !== 'at-most');
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return unknown('no-clock');
  return {
    basis: 'measured',
    bound: 'at-least',
    seconds: known.reduce((sum, { seconds }) => sum + Math.round(seconds * 1e6), 0) / 1e6,
    clock: first.clock,
    plusMinus: known.reduce((sum, { plusMinus }) => sum + plusMinus, 0),
    from: first.from,
    to: last.to,
    lines: [first.lines[0], last.lines[1]],
    limits: [],
  };
}

function measured(
  span: Span | undefined,
  bound: Bound,
  [from, to]: readonly [LogLine, LogLine],
  limits: readonly Limit[],
): EvidencedTime {
  if (span === undefined) return unknown('no-clock');
  return {
    basis: 'measured',
    bound,
    ...span,
    from: from.text,
    to: to.text,
    lines: [from.number, to.number],
    limits,
  };
}
