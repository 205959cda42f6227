import { type CommitMark, parseMark, phases, type TimedPhase } from '@kexeckit/reboot';
import { type Boot, type Came, readBootLog } from './boots.ts';
import type { LogEvent } from './events.ts';
import {
  type EvidencedTime,
  inOrder,
  LEAVING_MAX,
  type Limit,
  type MeasuredTime,
  type Passage,
  type PhaseTimes,
  passageOf,
  totalOf,
  unknown,
} from './passage.ts';
import { firstOf, lastOf } from './spans.ts';
import { type Stop, stopOf } from './stop.ts';

/** What a host has after a reboot. What is not there is undefined. */
export interface LastEvidence {
  /** What the running kernel has printed. */
  readonly kernelLog: string | undefined;
  /** What the kernel before it printed, where memory kept it (/sys/fs/pstore). */
  readonly previousLog: string | undefined;
  readonly mark: CommitMark | undefined;
  /** When the running kernel's CLOCK_BOOTTIME began, in microseconds of CLOCK_REALTIME, and what that is uncertain by. */
  readonly bootedAt: { readonly micros: number; readonly plusMinus: number } | undefined;
  /** /proc/sys/kernel/random/boot_id of the running kernel. */
  readonly bootId: string | undefined;
  readonly startedBy: StartedBy | undefined;
}

/** Who started the running kernel: a kernel by kexec, one that had panicked, or firmware and its boot loader. */
export type StartedBy = 'kexec' | 'panic' | 'firmware';

/**
 * What a mark is worth: `used` its times are in the timeline · `by-clocks` they are, too, and only the clocks speak for it: nothing
 * says who started this kernel · `none` there is none · `of-this-boot` the reboot that it announces did not happen ·
 * `by-firmware`, `by-panic` this kernel was started in another way: the machine was reset, or the kernel before died ·
 * `after-this-boot` its clock was later than this boot: one of them was set · `too-old` longer ago than a reboot may take ·
 * `no-clock` the host did not say when it booted, or nothing says that its clock was set.
 */
export type MarkVerdict =
  | 'used'
  | 'by-clocks'
  | 'none'
  | 'of-this-boot'
  | 'by-firmware'
  | 'by-panic'
  | 'after-this-boot'
  | 'too-old'
  | 'no-clock';

/**
 * What the log of a kernel before is worth: `used` it ends with the kexec that led here, as far as anybody can tell · `none`
 * there is none · `of-another` it has another mark, or its kernel did not leave by kexec.
 */
export type KeptVerdict = 'used' | 'none' | 'of-another';

/** What is known of the last reboot of a host. */
export interface LastReport {
  readonly passage: Passage;
  readonly mark: MarkVerdict;
  /** Who started this kernel, where the host says so. */
  readonly startedBy: StartedBy | undefined;
  readonly previousLog: KeptVerdict;
  readonly strategy: string | undefined;
  /** Where the kernel before this one stopped, where its log is there, and where this one is. */
  readonly stops: readonly Stop[];
}

/** Says how long the last reboot of a host took, from what the host has. Nothing is guessed. */
export function reportLast(given: LastEvidence): LastReport {
  const current = readBootLog(given.kernelLog ?? '');
  const previous = readBootLog(given.previousLog ?? '');
  const mark = latestMark(given.mark, previous.boots.at(-1));
  const evidence = { ...given, mark, startedBy: given.startedBy ?? starterAfter(previous.boots.at(-1), mark) };
  const to = current.boots.at(-1);
  const verdict = judgeMark(evidence);
  const isUsed = verdict === 'used' || verdict === 'by-clocks';
  const [from, kept] = chooseKept(previous.boots.at(-1), evidence, isUsed ? gapOf(evidence) : undefined);
  const came = cameOf(evidence.startedBy, from !== undefined || isUsed);
  const arrived: Boot | undefined = to && { ...to, came };
  // Also of a kernel whose own log is not there.
  const passage: Passage = { ...passageOf(from, arrived), came };
  return {
    passage: isUsed ? withGap(passage, gapOf(evidence), mark) : passage,
    mark: verdict,
    startedBy: given.startedBy,
    previousLog: kept,
    strategy: isUsed ? mark?.strategy : undefined,
    stops: [
      ...(from === undefined ? [] : [stopOf(from, arrived, previous)]),
      ...(to === undefined ? [] : [stopOf(to, undefined, current)]),
    ],
  };
}

/** The kernel's log got the mark after the disk had it: that is nearer to the system call. */
function latestMark(mark: CommitMark | undefined, boot: Boot | undefined): CommitMark | undefined {
  const own = boot === undefined ? undefined : lastOf(boot.events, 'mark');
  const told = own === undefined ? undefined : parseMark(own.value);
  return mark !== undefined && told?.bootId === mark.bootId ? told : mark;
}

/** Where the marked kernel died on its way out, nobody but firmware can have started this one. */
function starterAfter(boot: Boot | undefined, mark: CommitMark | undefined): StartedBy | undefined {
  return boot !== undefined && isMarked(boot, mark) && diesLeaving(boot) ? 'firmware' : undefined;
}

/** Whether the end of a kernel that leaves is its own, and it started nobody for that. */
function diesLeaving({ events }: Boot): boolean {
  const left = events.findLastIndex(({ kind }) => kind === 'bye' || kind === 'kexec-start');
  const behind = left < 0 ? [] : events.slice(left);
  return (
    firstOf(behind, 'mismatch', 'oops', 'panic') !== undefined && lastOf(behind, 'crash-start', 'restart') === undefined
  );
}

/** How this kernel came up: as the host says, or else as the rest of the evidence has it. */
function cameOf(startedBy: StartedBy | undefined, isAnnounced: boolean): Came {
  if (startedBy === 'panic') return 'crash-kexec';
  return startedBy ?? (isAnnounced ? 'kexec' : 'unannounced');
}

/**
 * Memory keeps the log of some kernel: it may have died months ago. Where firmware started this one, it tells of this boot only
 * where it ends with the reboot that the mark announces, which came to nothing.
 */
function chooseKept(
  boot: Boot | undefined,
  { mark, startedBy }: LastEvidence,
  gap: Gap | undefined,
): [Boot | undefined, KeptVerdict] {
  if (boot === undefined) return [undefined, 'none'];
  const left = lastOf(boot.events, 'bye', 'kexec-start');
  const isReset = startedBy === 'firmware';
  const ends = diesLeaving(boot) || lastOf(boot.events, 'panic', 'crash-start', 'restart') !== undefined;
  const endsOther = isReset ? ends && !diesLeaving(boot) : ends;
  const isOther = isReset ? !isMarked(boot, mark) : gap !== undefined && !isOf(boot, mark, left, gap);
  return isOther || left === undefined || endsOther ? [undefined, 'of-another'] : [boot, 'used'];
}

const isMarked = (boot: Boot, mark: CommitMark | undefined): boolean => {
  const own = lastOf(boot.events, 'mark');
  return own !== undefined && parseMark(own.value)?.bootId === mark?.bootId;
};

/** Whether a log is of the reboot that a mark announces: it has that mark, or none, and ends when that mark would have it. */
function isOf(boot: Boot, mark: CommitMark | undefined, left: LogEvent | undefined, gap: Gap): boolean {
  if (lastOf(boot.events, 'mark') !== undefined) return isMarked(boot, mark);
  if (mark === undefined || left?.line.printk === undefined) return false;
  const since = (left.line.printk - mark.monotonic) / MICROS;
  return since >= -CLOCKS_DIFFER && since <= gap.seconds + gap.plusMinus + CLOCKS_DIFFER;
}

/** Seconds that printk's clock and CLOCK_MONOTONIC may be apart. */
const CLOCKS_DIFFER = 2;

const MICROS = 1_000_000;

/** Time from the mark to the beginning of this boot's clock. */
interface Gap {
  readonly seconds: number;
  readonly plusMinus: number;
}

function gapOf({ mark, bootedAt }: LastEvidence): Gap | undefined {
  if (mark === undefined || bootedAt === undefined) return undefined;
  return { seconds: (bootedAt.micros - mark.realtime) / MICROS, plusMinus: bootedAt.plusMinus };
}

function judgeMark(evidence: LastEvidence): MarkVerdict {
  const { mark, bootId, startedBy } = evidence;
  if (mark === undefined) return 'none';
  if (mark.bootId === bootId) return 'of-this-boot';
  if (startedBy === 'firmware') return 'by-firmware';
  if (startedBy === 'panic') return 'by-panic';
  const gap = gapOf(evidence);
  if (gap === undefined) return 'no-clock';
  if (gap.seconds + gap.plusMinus < 0) return 'after-this-boot';
  if (gap.seconds > LEAVING_MAX) return 'too-old';
  return startedBy === undefined ? 'by-clocks' : 'used';
}

/** Puts the time from the mark to this boot's clock where nothing better is known. */
function withGap(passage: Passage, gap: Gap | undefined, mark: CommitMark | undefined): Passage {
  if (gap === undefined) return passage;
  const byName = new Map(passage.phases.map(({ phase, ...time }) => [phase, time]));
  const timeOf = (phase: TimedPhase): EvidencedTime => byName.get(phase) ?? unknown('no-beginning');
  const [shutdown, startup] = [timeOf(phases.shutdown.name), timeOf(phases.startup.name)];
  const known = shutdown.basis === 'measured' ? shutdown.seconds : 0;
  const rest = shutdown.basis === 'measured' && shutdown.bound === 'exact' ? [] : [phases.shutdown.name];
  const times: PhaseTimes = {
    [phases.shutdown.name]:
      shutdown.basis === 'measured'
        ? shutdown
        : atMost(gap.seconds, gap, [phases.relocation.name, phases.checksum.name, 'early']),
    [phases.relocation.name]: atMost(gap.seconds - known, gap, [...rest, phases.checksum.name, 'early']),
    [phases.checksum.name]: unknown(mark?.checks === false ? 'not-asked-for' : 'within-relocation'),
    [phases.startup.name]: startup,
  };
  return {
    ...passage,
    phases: inOrder(times),
    total: startup.basis === 'measured' ? together(gap, startup) : totalOf(inOrder(times)),
  };
}

const atMost = (seconds: number, { plusMinus }: Gap, limits: readonly Limit[]): MeasuredTime => ({
  basis: 'measured',
  bound: 'at-most',
  seconds: Math.max(0, Math.round(seconds * MICROS) / MICROS),
  clock: 'wall',
  plusMinus,
  from: 'the mark',
  to: "the beginning of this boot's clock",
  lines: [undefined, undefined],
  limits,
});

/** From the mark to user space: two clocks, one behind the other. */
function together(gap: Gap, startup: MeasuredTime): MeasuredTime {
  return {
    ...atMost(gap.seconds + startup.seconds, gap, []),
    bound: 'about',
    to: startup.to,
    lines: [undefined, startup.lines[1]],
  };
}
