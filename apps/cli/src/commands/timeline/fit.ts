import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  assumedPrices,
  CostError,
  fitPrices,
  formatProfile,
  type MachineProfile,
  type MissingPrice,
  missingPrices,
  type PriceFit,
  profileOf,
  type TimedRun,
} from '@kexeckit/cost';
import { type LeftOut, timedRunsOf } from '@kexeckit/evidence';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { longName } from '../../options/option.ts';
import { checkPlace, replaceFile } from '../../options/replace-file.ts';
import { readLogBytes, reportBytes } from './read-log.ts';
import type { TimelineValues } from './values.ts';

/** What logs tell of the prices of a machine. */
export interface FromFit {
  readonly kind: 'fit';
  readonly logs: readonly string[];
  /** Undefined where no log has a row. */
  readonly fitted: { readonly fit: PriceFit; readonly profile: MachineProfile } | undefined;
  readonly leftOut: readonly LeftOut[];
  readonly missing: readonly MissingPrice[];
  /** Where the profile was written. */
  readonly savedTo: string | undefined;
}

/** Fits prices to all rows of these logs, and keeps them. @throws UsageError */
export async function fitLogs(
  logs: readonly string[],
  options: TimelineValues,
  context: Pick<Context, 'io'>,
): Promise<FromFit> {
  await checkFit(logs, options);
  const runs: TimedRun[] = [];
  const leftOut: LeftOut[] = [];
  const held = new Map<string, string>();
  for (const log of logs) {
    const bytes = await readLogBytes(log, context.io);
    refuseCopy(log, bytes, held);
    const report = await reportBytes(bytes, log, context);
    const told = orUsage(() => timedRunsOf(report, log));
    runs.push(...told.runs);
    leftOut.push(...told.leftOut);
  }
  const fitted = runs.length === 0 ? undefined : fitRuns(runs, logs.length, options);
  const { saveProfile } = options;
  const savedTo = fitted === undefined ? undefined : saveProfile;
  if (fitted !== undefined && saveProfile !== undefined)
    await replaceFile(saveProfile, formatProfile(fitted.profile), longName('saveProfile'));
  return { kind: 'fit', logs, fitted, leftOut, missing: missingPrices(fitted?.fit.prices ?? assumed), savedTo };
}

/** Whatever it is called: a reboot that counts twice makes intervals narrower than they are. @throws UsageError */
function refuseCopy(log: string, bytes: Uint8Array, held: Map<string, string>): void {
  const digest = createHash('sha256').update(bytes).digest('hex');
  const other = held.get(digest);
  if (other !== undefined && bytes.length > 0) throw twice(log, `holds what ${other} does`);
  held.set(digest, log);
}

const twice = (log: string, how: string): UsageError =>
  new UsageError('EINVAL', `${log} ${how}`, 'give it once: its rows would count twice');

/** Linux's routine takes as many instructions a page with the MMU on as off: no log of it tells their price. */
const { perInstruction } = assumedPrices;
const assumed = { perInstruction: { seconds: perInstruction, basis: 'assumed' } } as const;

function fitRuns(
  runs: readonly TimedRun[],
  logs: number,
  { name = 'measured', board = 'not named' }: TimelineValues,
): FromFit['fitted'] {
  return orUsage(() => {
    const fit = fitPrices(runs, { known: { perInstruction } });
    const measured = `${runs.length} ${runs.length === 1 ? 'row' : 'rows'} of ${logs} ${logs === 1 ? 'log' : 'logs'}`;
    return { fit, profile: profileOf(fit, { name, machine: board, measured }) };
  });
}

/** What is wrong in a log or a name is the user's to put right. @throws UsageError */
function orUsage<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof CostError)) throw cause;
    throw new UsageError('EINVAL', cause.message, cause.hint, { cause });
  }
}

async function checkFit(logs: readonly string[], options: TimelineValues): Promise<void> {
  for (const name of ['last', 'mark', 'root'] as const)
    if (options[name] !== undefined)
      throw new UsageError(
        'EINVAL',
        `${longName(name)} with --fit`,
        'leave one of them out: prices are fitted to logs',
      );
  const seen = new Set<string>();
  for (const log of logs) {
    const path = await placeOf(log);
    if (seen.has(path)) throw twice(log, 'is given twice');
    seen.add(path);
  }
  const { saveProfile } = options;
  if (saveProfile === undefined) return;
  if (logs.length === 0) throw new UsageError('EINVAL', '--save-profile without a log', 'name the logs to fit');
  await checkPlace(saveProfile, longName('saveProfile'), logs);
}

/** Where a file is, whatever links lead to it. */
const placeOf = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
