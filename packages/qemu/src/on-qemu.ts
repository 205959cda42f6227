import { type DuringOptions, during, type Phase, RebootError, type Watch } from '@kexeckit/reboot';
import { QemuError } from './error.ts';

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
  options: DuringOptions<T> & { readonly limit: number },
): Promise<T> {
  let unanswered: QemuError | undefined;
  const noting = async ({ signal = new AbortController().signal }: Watch): Promise<T> => {
    try {
      return await work(signal);
    } catch (error) {
      unanswered = lateAnswerIn(error);
      throw error;
    }
  };
  try {
    return await during(phase, watch, noting, options);
  } catch (error) {
    if (unanswered === undefined || !(error instanceof RebootError && error.code === 'ETIMEDOUT')) throw error;
    const { message, cause } = error;
    if (cause === unanswered) throw error;
    const what = `${message}: ${unanswered.message}`;
    throw new RebootError('ETIMEDOUT', what, unanswered.hint, { phase, console: error.console, cause: unanswered });
  }
}

function lateAnswerIn(error: unknown): QemuError | undefined {
  const cause = error instanceof RebootError ? error.cause : error;
  return cause instanceof QemuError && cause.code === 'ETIMEDOUT' ? cause : undefined;
}
