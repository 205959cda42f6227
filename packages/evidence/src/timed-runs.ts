import { linuxCounts, type ProtocolStep, parseRun, type RunCounts, type TimedRun } from '@kexeckit/cost';
import { phases, type TimedPhase } from '@kexeckit/reboot';
import type { EvidencedPhase, MeasuredTime, Unknown } from './passage.ts';
import type { LogReport } from './timeline.ts';

/**
 * Why a phase of a reboot gives no row: its time is not known, `too-short` for its clock, `no-run-line` says what was moved, or
 * `two-run-lines` say different things.
 */
export type LeftOutReason = Unknown | 'too-short' | 'no-run-line' | 'two-run-lines';

/** A phase that gives no row. */
export interface LeftOut {
  readonly source: string;
  readonly phase: TimedPhase;
  readonly why: LeftOutReason;
}

/** What prices can be fitted to. */
export interface TimedRuns {
  readonly runs: readonly TimedRun[];
  readonly leftOut: readonly LeftOut[];
}

const MEGABYTE = 2 ** 20;

/**
 * The rows that a log gives for a fit of prices: shutdown, relocation and startup of each reboot by kexec. What was moved is said by the
 * line `kexeckit-run …` before it; without it there is no row of the relocation.
 *
 * @param source what the log is called.
 * @throws CostError `EINVAL` for such a line that has a word too many, too few or misspelt, with its place.
 */
export function timedRunsOf({ passages }: Pick<LogReport, 'passages'>, source: string): TimedRuns {
  const runs: TimedRun[] = [];
  const leftOut: LeftOut[] = [];
  for (const passage of passages) {
    if (passage.came !== 'kexec' || passage.to === undefined) continue;
    const step = passage.measured && parseRun(passage.measured.text, `${source}, line ${passage.measured.number}`);
    const said = passage.measured?.besides === undefined ? step : 'two-run-lines';
    for (const time of passage.phases) {
      const of = `${source}, boot ${passage.to}`;
      const row = rowOf(time, said, of);
      if (typeof row === 'string') leftOut.push({ source: of, phase: time.phase, why: row });
      else if (row !== undefined) runs.push(row);
    }
  }
  return { runs, leftOut };
}

function rowOf(
  time: EvidencedPhase,
  step: ProtocolStep | 'two-run-lines' | undefined,
  source: string,
): TimedRun | LeftOutReason | undefined {
  const counts = countsOf[time.phase]?.(step);
  // A checksum is timed within the relocation; what has no price needs no row.
  if (counts === undefined) return undefined;
  if (time.basis === 'unknown') return time.why;
  if (typeof counts === 'string') return counts;
  return time.seconds > 0 ? { source, counts, ...secondsOf(time) } : 'too-short';
}

const secondsOf = ({ seconds, bound, plusMinus }: MeasuredTime): Pick<TimedRun, 'seconds' | 'bound' | 'plusMinus'> => ({
  seconds,
  plusMinus,
  ...(bound !== 'exact' && { bound }),
});

type NoCounts = 'no-run-line' | 'two-run-lines';
type Counts = (step: ProtocolStep | 'two-run-lines' | undefined) => RunCounts | NoCounts;

/** What each phase counts, for those that have rows. */
const countsOf: Readonly<Partial<Record<TimedPhase, Counts>>> = {
  [phases.shutdown.name]: () => ({ shutdowns: 1 }),
  [phases.relocation.name]: (step) => {
    if (step === undefined) return 'no-run-line';
    return typeof step === 'string' ? step : relocationCounts(step);
  },
  [phases.startup.name]: () => ({ startups: 1 }),
};

function relocationCounts({ megabytes, mmu, pages, checks }: ProtocolStep): RunCounts {
  return {
    ...linuxCounts(megabytes, mmu, pages),
    ...(checks === 'purgatory' && { checksums: 1, uncachedDigestBytes: megabytes * MEGABYTE }),
  };
}
