import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type LastReport, type LogReport, reportLast, reportLogInSteps } from '@kexeckit/evidence';
import { type LastBoot, readLastBoot } from '@kexeckit/linux';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { readInput } from '../../options/files.ts';
import type { Request } from '../command.ts';
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

/** Bytes of a log that are read: more than a day of a busy serial console. */
const LOG_MAX = 256 * 2 ** 20;

/** Times of real reboots. @throws UsageError */
export async function readEvidence(
  { args: [log], options }: Request<TimelineValues>,
  { io }: Context,
): Promise<FromLog | FromHost> {
  if (options.last) return await readHostsOwn(log, options);
  for (const name of ['mark', 'root'] as const)
    if (options[name] !== undefined)
      throw new UsageError('EINVAL', `--${name} has no meaning for a log`, 'give it with --last');
  if (log === undefined) throw new UsageError('EINVAL', 'there is no log to read', 'give a file, or --last');
  const bytes = await readInput(log, 'the log', LOG_MAX);
  return { kind: 'log', report: await patiently(new TextDecoder().decode(bytes), io.signal) };
}

/** Reads a long log so that a signal ends it at once. */
async function patiently(text: string, signal: AbortSignal | undefined): Promise<LogReport> {
  const steps = reportLogInSteps(text);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await setImmediate();
    signal?.throwIfAborted();
  }
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
