import { setImmediate } from 'node:timers/promises';
import { type LogReport, reportLogInSteps } from '@kexeckit/evidence';
import type { Context } from '../../context.ts';
import { readInput } from '../../options/files.ts';

/** Bytes of a log that are read: more than a day of a busy serial console. */
const LOG_MAX = 256 * 2 ** 20;

/** What a log says. @throws UsageError for a file that cannot be read. */
export async function readLog(log: string, { io }: Pick<Context, 'io'>): Promise<LogReport> {
  const bytes = await readInput(log, 'the log', LOG_MAX);
  return await patiently(new TextDecoder().decode(bytes), io.signal);
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
