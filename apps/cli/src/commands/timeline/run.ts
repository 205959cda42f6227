import { resolve } from 'node:path';
import { type LastReport, type LogReport, reportLast } from '@kexeckit/evidence';
import { type LastBoot, readLastBoot } from '@kexeckit/linux';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { longName } from '../../options/option.ts';
import type { Request } from '../command.ts';
import { type FromFit, fitLogs } from './fit.ts';
import { readLog } from './read-log.ts';
import type { TimelineValues } from './values.ts';

/** What a log says. */
export interface FromLog {
  readonly kind: 'log';
  readonly report: LogReport;
}

/** What this host says of the reboot that led to this boot. */
export interface FromHost {
  readonly kind: 'last';
  readonly report: LastReport;
  readonly unread: LastBoot['unread'];
}

/** Times of real reboots. @throws UsageError */
export async function readEvidence(
  { args, options }: Request<TimelineValues>,
  context: Context,
): Promise<FromLog | FromHost | FromFit> {
  const [log, ...others] = args;
  if (options.fit) return await fitLogs(args, options, context);
  for (const name of ['name', 'board', 'saveProfile'] as const)
    if (options[name] !== undefined)
      throw new UsageError('EINVAL', `${longName(name)} stands without --fit`, 'give both, or leave it out');
  if (others.length > 0)
    throw new UsageError('EINVAL', `too many arguments: ${args.length} logs`, 'give one, or fit prices to all: --fit');
  if (options.last) return await readHostsOwn(log, options);
  for (const name of ['mark', 'root'] as const)
    if (options[name] !== undefined)
      throw new UsageError('EINVAL', `--${name} has no meaning for a log`, 'give it with --last');
  if (log === undefined) throw new UsageError('EINVAL', 'there is no log to read', 'give a file, or --last');
  return { kind: 'log', report: await readLog(log, context) };
}

async function readHostsOwn(log: string | undefined, { mark, root }: TimelineValues): Promise<FromHost> {
  if (log !== undefined) throw new UsageError('EINVAL', '--last does not read a log', 'leave out the file, or --last');
  // A path that somebody types belongs to the folder that they are in; in a copied tree there is none.
  const path = mark === undefined || root !== undefined ? mark : resolve(mark);
  const { unread, ...evidence } = await readLastBoot({ ...(path && { mark: path }), ...(root && { root }) });
  if (mark !== undefined && unread.mark !== undefined)
    throw new UsageError('EIO', `cannot read --mark ${mark}: ${unread.mark.reason}`, 'check the path');
  return { kind: 'last', report: reportLast(evidence), unread };
}
