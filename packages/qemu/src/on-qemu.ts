import { type DuringOptions, during, type Phase, RebootError, type Watch } from '@kexeckit/reboot';
import { QemuError } from './error.ts';
import type { Deadline } from './limits.ts';

/** What can differ; the work may take what is left until the deadline, which others have shared before. */
type Options<T> = Pick<DuringOptions<T>, 'late'> & { readonly deadline: Deadline };

/** The signal ends the work in time, and everything that is asked in it. */
type Work<T> = (signal: AbortSignal) => Promise<T>;

/** Seconds that a phase may take, and what errors call them: its own limit before the point of no return, or what is left. */
function limitOf({ undoable, limit, doing }: Phase, deadline: Deadline): { limit: number; exceeded: string } {
  const left = Math.max(deadline.left(), 1) / 1000;
  if (undoable && limit < left) return { limit, exceeded: `${doing} took longer than ${limit} s` };
  return { limit: left, exceeded: `${doing}: all of it took longer than ${deadline.milliseconds / 1000} s` };
}

/**
 * Does the work of a phase on QEMU. Where time runs out, the error tells what QEMU did not answer, or what the console did not print.
 *
 * @throws RebootError as `during` does.
 */
export async function duringOnQemu<T>(
  phase: Phase,
  watch: Watch,
  work: Work<T>,
  { deadline, late }: Options<T>,
): Promise<T> {
  const { limit, exceeded } = limitOf(phase, deadline);
  let unanswered: QemuError | undefined;
  let missed: RebootError | undefined;
  let inner: AbortSignal | undefined;
  const noting = async ({ signal = new AbortController().signal }: Watch): Promise<T> => {
    inner = signal;
    try {
      return await work(signal);
    } catch (error) {
      unanswered = lateAnswerIn(error);
      if (error instanceof RebootError && error.code === 'ETIMEDOUT') missed = error;
      throw error;
    }
  };
  try {
    return await during(phase, watch, noting, { limit, ...(late && { late }) });
  } catch (error) {
    if (!(inner?.aborted && error instanceof RebootError && error.code === 'ETIMEDOUT')) throw error;
    if (unanswered === undefined && missed !== undefined && missed !== inner.reason) throw missed;
    const what = unanswered === undefined ? '' : `: ${unanswered.message}`;
    const hint = unanswered === undefined ? error.hint : unanswered.hint;
    const cause = unanswered ?? error;
    throw new RebootError('ETIMEDOUT', `${exceeded}${what}`, hint, { phase, cause });
  }
}

function lateAnswerIn(error: unknown): QemuError | undefined {
  const cause = error instanceof RebootError ? error.cause : error;
  return cause instanceof QemuError && cause.code === 'ETIMEDOUT' ? cause : undefined;
}
