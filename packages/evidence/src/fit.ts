import {
  assumedPrices,
  fitPrices,
  type MachineProfile,
  type MissingPrice,
  missingPrices,
  type PriceFit,
  profileOf,
} from '@kexeckit/cost';
import type { LeftOut, TimedRuns } from './timed-runs.ts';

/** What logs tell together of the prices of a machine. */
export interface LogsFit {
  /** Undefined where no log has a row. */
  readonly fitted: { readonly fit: PriceFit; readonly profile: MachineProfile } | undefined;
  readonly leftOut: readonly LeftOut[];
  readonly missing: readonly MissingPrice[];
}

/** What a profile is called, and whose it is. */
export interface ProfileNames {
  readonly name?: string | undefined;
  readonly board?: string | undefined;
}

/** Linux's routine takes as many instructions a page with the MMU on as off: no log of it tells their price. */
const { perInstruction } = assumedPrices;
const assumed = { perInstruction: { seconds: perInstruction, basis: 'assumed' } } as const;

/**
 * Fits prices to the rows of several logs, each of which was asked for with `timedRunsOf`.
 *
 * @throws CostError `EINVAL` where the rows are no prices of one machine, or a name is none.
 */
export function fitLogs(
  logs: readonly TimedRuns[],
  { name = 'measured', board = 'not named' }: ProfileNames = {},
): LogsFit {
  const runs = logs.flatMap((log) => log.runs);
  const leftOut = logs.flatMap((log) => log.leftOut);
  if (runs.length === 0) return { fitted: undefined, leftOut, missing: missingPrices(assumed) };
  const fit = fitPrices(runs, { known: { perInstruction } });
  const measured = `${counted(runs.length, 'row')} of ${counted(logs.length, 'log')}`;
  const profile = profileOf(fit, { name, machine: board, measured });
  return { fitted: { fit, profile }, leftOut, missing: missingPrices(fit.prices) };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
