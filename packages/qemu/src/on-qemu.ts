import { type DuringOptions, during, type Phase, RebootError, type Watch } from '@kexeckit/reboot';
import { QemuError } from './error.ts';

/** What can differ: `given` is the limit that errors name, in seconds, where `limit` is what others have left of it. */
type Options<T> = DuringOptions<T> & { readonly limit: number; readonly given?: number };

/** The signal ends the work in time, and everything that is asked in it. */
type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Does the work of a phase on QEMU. Where time runs out, the error tells what QEMU did not answer.
 *
 * @throws RebootError as `during` does.
 */
export async function duringOnQemu<T>(
  phase: Phase,
  watch: Watch,
  work: Work<T>,
  { limit, given = limit, late }: Options<T>,
): Promise<T> {
  let unanswered: QemuError | undefined;
  let inner: AbortSignal | undefined;
  const noting = async ({ signal = new AbortController().signal }: Watch): Promise<T> => {
    inner = signal;
    try {
      return await work(signal);
    } catch (error) {
      unanswered = lateAnswerIn(error);
      throw error;
    }
  };
  try {
    return await during(phase, watch, noting, { limit, ...(late && { late }) });
  } catch (error) {
    if (!(inner?.aborted && error instanceof RebootError && error.code === 'ETIMEDOUT')) throw error;
    const what = unanswered === undefined ? '' : `: ${unanswered.message}`;
    const hint = unanswered === undefined ? error.hint : unanswered.hint;
    const cause = unanswered ?? error;
    throw new RebootError('ETIMEDOUT', `${phase.doing} took longer than ${given} s${what}`, hint, { phase, cause });
  }
}

function lateAnswerIn(error: unknown): QemuError | undefined {
  const cause = error instanceof RebootError ? error.cause : error;
  return cause instanceof QemuError && cause.code === 'ETIMEDOUT' ? cause : undefined;
}
