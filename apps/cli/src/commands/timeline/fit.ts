import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CostError, formatProfile } from '@kexeckit/cost';
import { fitLogs as fitRuns, type LogsFit, type TimedRuns, timedRunsOf } from '@kexeckit/evidence';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { longName } from '../../options/option.ts';
import { checkPlace, replaceFile } from '../../options/replace-file.ts';
import { readLogBytes, reportBytes } from './read-log.ts';
import type { TimelineValues } from './values.ts';

/** What logs tell of the prices of a machine. */
export interface FromFit extends LogsFit {
  readonly kind: 'fit';
  readonly logs: readonly string[];
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
  const told: TimedRuns[] = [];
  const held = new Map<string, string>();
  for (const log of logs) {
    const bytes = await readLogBytes(log, context.io);
    refuseCopy(log, bytes, held);
    const report = await reportBytes(bytes, log, context);
    told.push(orUsage(() => timedRunsOf(report, log)));
  }
  const { name, board, saveProfile } = options;
  const found = orUsage(() => fitRuns(told, { name, board }));
  const { fitted } = found;
  const savedTo = fitted === undefined ? undefined : saveProfile;
  if (fitted !== undefined && saveProfile !== undefined)
    await replaceFile(saveProfile, formatProfile(fitted.profile), longName('saveProfile'));
  return { ...found, kind: 'fit', logs, savedTo };
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
