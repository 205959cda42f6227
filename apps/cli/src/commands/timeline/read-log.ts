import { setImmediate } from 'node:timers/promises';
import { type LogReport, reportLogInSteps } from '@kexeckit/evidence';
import type { Context } from '../../context.ts';
import { type Inputs, readInput } from '../../options/files.ts';
import { textOf } from '../../options/text.ts';

/** Bytes of a log that are read: more than a day of a busy serial console. */
const LOG_MAX = 256 * 2 ** 20;

/** What a log holds. @throws UsageError for a file that cannot be read. */
export const readLogBytes = (log: string, io: Inputs): Promise<Uint8Array> => readInput(log, 'the log', io, LOG_MAX);

/** What the bytes of this log say. @throws UsageError for UTF-16. */
export const reportBytes = (bytes: Uint8Array, log: string, { io }: Pick<Context, 'io'>): Promise<LogReport> =>
  patiently(textOf(bytes, `the log ${log}`), io.signal);

/** What a log says. @throws UsageError for a file that cannot be read. */
export const readLog = async (log: string, context: Pick<Context, 'io'>): Promise<LogReport> =>
  reportBytes(await readLogBytes(log, context.io), log, context);

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
