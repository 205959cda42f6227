import { phases, type TimedPhase } from '@kexeckit/reboot';
import { breadcrumbs } from '@kexeckit/relocation';
import { type Boot, type BootLog, FAULTS } from './boots.ts';
import type { EventKind, LogEvent } from './events.ts';
import { type Fault, faultOf } from './fault.ts';
import type { LogLine } from './text/lines.ts';

/**
 * How a kernel's part of a log ends.
 *
 * `handed-over` the next kernel came up by kexec · `running` the log ends, and nothing is wrong · `starting` the log ends
 * before user space · `panic`, `oops` the kernel says why · `hung` a watchdog says that something stands still · `silent`
 * kexec was started, and nothing more is said · `strangers` only others write behind the start of kexec: the next kernel
 * may be up, and quiet · `mismatch` a digest differs · `refused` the kernel refused to leave · `firmware` kexec was started,
 * and firmware came up instead · `restarted` an ordinary restart, or power off · `cut-off` another boot follows, and nobody
 * says why.
 */
export type StopKind =
  | 'handed-over'
  | 'running'
  | 'starting'
  | 'panic'
  | 'oops'
  | 'hung'
  | 'silent'
  | 'strangers'
  | 'mismatch'
  | 'refused'
  | 'firmware'
  | 'restarted'
  | 'cut-off';

/** Where a kernel's part of a log ends, and what it says of that. */
export interface Stop {
  readonly kind: StopKind;
  readonly boot: number;
  /** The phase of a reboot that it is in; `undefined` for a kernel that simply runs. */
  readonly phase: TimedPhase | undefined;
  /** The last sign of life before it stopped. */
  readonly after: LogLine;
  /** The line that says why. */
  readonly reason: LogLine | undefined;
  /** More about the reason, from other lines: what faulted where, what was called. */
  readonly details: readonly string[];
  /** The fault, where there was one and the kernel says enough. */
  readonly fault: Fault | undefined;
  /** CPUs that were taken down on the way to the next kernel. */
  readonly cpusOff: number;
  /** CPUs that had been brought up, where the log says so. */
  readonly cpus: number | undefined;
}

/** Whether a reboot or a boot came to its end in a way that nobody wants. */
export const isTrouble = ({ kind }: Stop): boolean => TROUBLE.has(kind);

const TROUBLE: ReadonlySet<StopKind> = new Set([
  'panic',
  'oops',
  'hung',
  'silent',
  'mismatch',
  'refused',
  'firmware',
  'cut-off',
]);

const LEAVES: ReadonlySet<EventKind> = new Set(['user-space-done', 'kexec-start', 'crash-start', 'bye']);

/** Where a boot stopped. @param next the boot behind it. */
export function stopOf(boot: Boot, next: Boot | undefined, log: BootLog): Stop {
  const { events } = boot;
  const leaving = events.findIndex(({ kind }) => LEAVES.has(kind));
  const [kind, reason] = judge(boot, leaving, next, log);
  const troubled = kind === 'handed-over' ? undefined : reason;
  const details = troubled === undefined ? [] : detailsOf(events, troubled);
  return {
    kind,
    boot: boot.number,
    phase: phaseOf(events, leaving, kind, reason),
    after: troubled?.before === undefined ? boot.lastKernel : lastBefore(troubled, events),
    reason: reason?.line,
    details,
    fault: troubled === undefined ? undefined : faultOf([troubled.value, ...details]),
    cpusOff: leaving < 0 ? 0 : events.slice(leaving).filter((event) => event.kind === 'cpu-off').length,
    cpus: cpusOf(events),
  };
}

type Judgement = readonly [kind: StopKind, reason?: LogEvent | undefined];

function judge(boot: Boot, leaving: number, next: Boot | undefined, log: BootLog): Judgement {
  const { events } = boot;
  const first = (kind: EventKind, from = 0): LogEvent | undefined =>
    events.find((event, at) => at >= from && event.kind === kind);
  const panic = first('panic');
  if (next?.came === 'kexec' || next?.came === 'crash-kexec') return ['handed-over', panic];
  if (panic !== undefined) return ['panic', panic];
  const mismatch = first('mismatch');
  if (mismatch !== undefined) return ['mismatch', mismatch];
  const oops = first('oops', Math.max(leaving, 0));
  if (oops !== undefined && (leaving >= 0 || isFatal(boot))) return ['oops', oops];
  if (leaving < 0) return judgeStayed(boot, next);
  const refused = first('refused', leaving);
  if (refused !== undefined) return ['refused', refused];
  const stalled = first('stalled', leaving);
  if (stalled !== undefined) return ['hung', stalled];
  const restart = first('restart', leaving);
  if (restart !== undefined) return ['firmware', restart];
  const firmware = next === undefined ? log.firmware : undefined;
  if (next?.came === 'firmware' || firmware !== undefined) return ['firmware', firmware];
  if (next !== undefined) return ['cut-off'];
  return [boot.strangers > 0 ? 'strangers' : 'silent'];
}

/** A kernel that nobody asked to leave by kexec. */
function judgeStayed({ events }: Boot, next: Boot | undefined): Judgement {
  const restart = events.find(({ kind }) => kind === 'restart');
  if (restart !== undefined) return ['restarted', restart];
  if (next !== undefined) return ['cut-off'];
  const begins = events.some(({ kind }) => kind === 'booting' || kind === 'version');
  return [begins && !events.some(isUserSpace) ? 'starting' : 'running'];
}

const isUserSpace = ({ kind }: LogEvent): boolean => kind === 'run-init' || kind === 'user-space';

/** Whether nothing came after an oops: its dump ends, and the kernel says no more, or the dump never ends. */
function isFatal({ events, calm }: Boot): boolean {
  const oops = events.findLastIndex(({ kind }) => kind === 'oops');
  return calm === 0 || !events.some(({ kind }, at) => at > oops && kind === 'end-trace');
}

function phaseOf(
  events: readonly LogEvent[],
  leaving: number,
  kind: StopKind,
  reason: LogEvent | undefined,
): TimedPhase | undefined {
  if (kind === 'handed-over' || kind === 'running' || kind === 'strangers') return undefined;
  if (kind === 'mismatch') return phases.checksum.name;
  const bye = events.findIndex(({ kind }) => kind === 'bye');
  const at = reason === undefined ? events.length : events.indexOf(reason);
  if (bye >= 0 && at > bye) return phaseOfCrumbs(events);
  if (leaving >= 0 && at > leaving) return phases.shutdown.name;
  return events.some(isUserSpace) || kind === 'restarted' || !events.some(isBeginning)
    ? undefined
    : phases.startup.name;
}

const isBeginning = ({ kind }: LogEvent): boolean => kind === 'booting' || kind === 'version';

/** How far the relocation's breadcrumbs lead behind the old kernel's last word. */
function phaseOfCrumbs(events: readonly LogEvent[]): TimedPhase {
  const crumbs = events
    .filter(({ kind }) => kind === 'crumbs')
    .map(({ value }) => value)
    .join('');
  if (crumbs.includes(breadcrumbs.jumping)) return phases.startup.name;
  return crumbs.includes(breadcrumbs.verified) ? phases.checksum.name : phases.relocation.name;
}

/** The kernel's last line before the trouble that ended in this. */
function lastBefore(reason: LogEvent, events: readonly LogEvent[]): LogLine {
  let first = reason;
  for (let at = events.indexOf(reason) - 1; at >= 0; at -= 1) {
    const event = events[at];
    if (event === undefined || !FAULTS.has(event.kind)) break;
    first = event;
  }
  return first.before ?? first.line;
}

/** Facts about a fault, each once: they stand in the lines around its reason. */
const DETAILS_MAX = 12;

function detailsOf(events: readonly LogEvent[], reason: LogEvent): string[] {
  const told = events
    .filter((event) => event !== reason && ['oops', 'fault-detail', 'purgatory', 'crumbs'].includes(event.kind))
    .map(({ value }) => value);
  return [...new Set(told)].slice(0, DETAILS_MAX);
}

function cpusOf(events: readonly LogEvent[]): number | undefined {
  const up = events.find(({ kind }) => kind === 'cpus-up');
  return up === undefined ? undefined : Number(up.value);
}
