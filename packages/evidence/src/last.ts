import { type CommitMark, phaseOrder, phases, type TimedPhase } from '@kexeckit/reboot';
import { type Boot, readBootLog } from './boots.ts';
import {
  type EvidencedTime,
  type Limit,
  type MeasuredTime,
  type Passage,
  passageOf,
  totalOf,
  unknown,
} from './passage.ts';
import { lastOf } from './spans.ts';
import { type Stop, stopOf } from './stop.ts';

/** What a host has after a reboot. What is not there is undefined. */
export interface LastEvidence {
  /** What the running kernel has printed. */
  readonly kernelLog: string | undefined;
  /** What the kernel before it printed, where memory kept it (/sys/fs/pstore). */
  readonly previousLog: string | undefined;
  readonly mark: CommitMark | undefined;
  /** When the running kernel's CLOCK_BOOTTIME began, in microseconds of CLOCK_REALTIME. */
  readonly bootedAt: number | undefined;
  /** /proc/sys/kernel/random/boot_id of the running kernel. */
  readonly bootId: string | undefined;
}

/**
 * What a mark is worth: `used` its times are in the timeline · `none` there is none · `of-this-boot` the reboot that it
 * announces did not happen · `after-this-boot` its clock was later than this boot: one of them was set · `too-old` longer
 * ago than a reboot may take · `no-clock` the host did not say when it booted.
 */
export type MarkVerdict = 'used' | 'none' | 'of-this-boot' | 'after-this-boot' | 'too-old' | 'no-clock';

/** What is known of the last reboot of a host. */
export interface LastReport {
  readonly passage: Passage;
  readonly mark: MarkVerdict;
  readonly strategy: string | undefined;
  /** Where the kernel before this one stopped, where its log is there, and where this one is. */
  readonly stops: readonly Stop[];
}

/** Says how long the last reboot of a host took, from what the host has. Nothing is guessed. */
export function reportLast(evidence: LastEvidence): LastReport {
  const current = readBootLog(evidence.kernelLog ?? '');
  const previous = readBootLog(evidence.previousLog ?? '');
  const to = current.boots.at(-1);
  const from = previous.boots.at(-1);
  const mark = judgeMark(evidence);
  const isKexec = mark === 'used' || (from !== undefined && lastOf(from.events, 'bye', 'kexec-start') !== undefined);
  const arrived: Boot | undefined = to && { ...to, came: isKexec ? 'kexec' : 'unannounced' };
  const passage = passageOf(from, arrived);
  return {
    passage: mark === 'used' ? withGap(passage, gapOf(evidence), evidence.mark) : passage,
    mark,
    strategy: mark === 'used' ? evidence.mark?.strategy : undefined,
    stops: [
      ...(from === undefined ? [] : [stopOf(from, arrived, previous)]),
      ...(to === undefined ? [] : [stopOf(to, undefined, current)]),
    ],
  };
}

const MICROS = 1_000_000;

/** Seconds that all phases of a reboot may take which the next boot reports, but the last: that is the next kernel's. */
const GAP_MAX = phaseOrder
  .filter(({ undoable, name }) => !undoable && name !== phases.startup.name)
  .reduce((sum, { limit }) => sum + limit, 0);

/** Seconds from the mark to the beginning of this boot's clock. */
function gapOf({ mark, bootedAt }: LastEvidence): number | undefined {
  return mark === undefined || bootedAt === undefined ? undefined : (bootedAt - mark.realtime) / MICROS;
}

function judgeMark(evidence: LastEvidence): MarkVerdict {
  const { mark, bootId } = evidence;
  if (mark === undefined) return 'none';
  if (mark.bootId === bootId) return 'of-this-boot';
  const gap = gapOf(evidence);
  if (gap === undefined) return 'no-clock';
  if (gap < 0) return 'after-this-boot';
  return gap > GAP_MAX ? 'too-old' : 'used';
}

/** /proc/uptime, which tells when this kernel's clock began, counts hundredths. */
const PLUS_MINUS = 0.01;

/** Puts the time from the mark to this boot's clock where nothing better is known. */
function withGap(passage: Passage, gap: number | undefined, mark: CommitMark | undefined): Passage {
  if (gap === undefined) return passage;
  const byName = new Map(passage.phases.map(({ phase, ...time }) => [phase, time]));
  const timeOf = (phase: TimedPhase): EvidencedTime => byName.get(phase) ?? unknown('no-beginning');
  const [shutdown, startup] = [timeOf(phases.shutdown.name), timeOf(phases.startup.name)];
  const known = shutdown.basis === 'measured' ? shutdown.seconds : 0;
  const rest = shutdown.basis === 'measured' && shutdown.bound === 'exact' ? [] : [phases.shutdown.name];
  const times: Readonly<Record<TimedPhase, EvidencedTime>> = {
    [phases.shutdown.name]:
      shutdown.basis === 'measured' ? shutdown : atMost(gap, [phases.relocation.name, phases.checksum.name, 'early']),
    [phases.relocation.name]: atMost(Math.max(0, gap - known), [...rest, phases.checksum.name, 'early']),
    [phases.checksum.name]: unknown(mark?.checks === false ? 'not-asked-for' : 'within-relocation'),
    [phases.startup.name]: startup,
  };
  return {
    ...passage,
    phases: passage.phases.map(({ phase }) => ({ phase, ...times[phase] })),
    total: startup.basis === 'measured' ? together(gap, startup) : totalOf(Object.values(times)),
  };
}

const atMost = (seconds: number, limits: readonly Limit[]): MeasuredTime => ({
  basis: 'measured',
  bound: 'at-most',
  seconds: Math.round(seconds * MICROS) / MICROS,
  clock: 'wall',
  plusMinus: PLUS_MINUS,
  from: 'the mark',
  to: 'the beginning of this boot’s clock',
  lines: [undefined, undefined],
  limits,
});

/** From the mark to user space: two clocks, one behind the other. */
function together(gap: number, startup: MeasuredTime): MeasuredTime {
  return {
    ...atMost(gap + startup.seconds, []),
    bound: 'about',
    to: startup.to,
    lines: [undefined, startup.lines[1]],
  };
}
