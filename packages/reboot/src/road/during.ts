import { RebootError } from '../error.ts';
import type { Phase } from '../phases.ts';
import type { Watch } from '../watch.ts';

const HINTS = {
  undoable: 'nothing was changed; the old kernel still runs',
  gone: 'the machine was stopped; nothing else was changed',
} as const;

const hintFor = ({ undoable }: Phase): string => (undoable ? HINTS.undoable : HINTS.gone);

/** The error for a reboot that somebody cancelled. */
export function cancelled(phase: Phase, reason: unknown): RebootError {
  return new RebootError('ECANCELED', `cancelled while ${phase.doing}`, hintFor(phase), { phase, cause: reason });
}

/** The error for a phase that took too long. */
function tooLate(phase: Phase, limit: number): RebootError {
  return new RebootError('ETIMEDOUT', `${phase.doing} took longer than ${limit} s`, hintFor(phase), { phase });
}

/** What can differ from one phase to the next. */
export interface DuringOptions<T> {
  /** Seconds; by default the phase's own limit. */
  readonly limit?: number;
  /** Undoes the result of work that ended after nobody waited for it any more. */
  readonly late?: (result: T) => Promise<void>;
}

/**
 * Does the work of a phase: announces it, gives it no longer than its limit, and ends it when the caller cancels. Work
 * that does not listen to its signal is left behind, and its result given to `late`.
 *
 * @throws RebootError `ECANCELED` or `ETIMEDOUT` in the phase, or what the work throws.
 */
export async function during<T>(
  phase: Phase,
  { onEvent, signal }: Watch,
  work: (watch: Watch) => T | Promise<T>,
  { limit = phase.limit, late }: DuringOptions<T> = {},
): Promise<T> {
  if (signal?.aborted) throw cancelled(phase, signal.reason);
  const stop = new AbortController();
  const cancel = (): void => stop.abort(cancelled(phase, signal?.reason));
  signal?.addEventListener('abort', cancel, { once: true });
  const timer = setTimeout(() => stop.abort(tooLate(phase, limit)), limit * 1000);
  try {
    onEvent?.({ type: 'phase', phase: phase.name });
    stop.signal.throwIfAborted();
    return await untilAborted(stop.signal, work({ signal: stop.signal, ...(onEvent && { onEvent }) }), late);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/** The result of the work, or at once the signal's reason: whatever breaks because it was stopped, that is why. */
async function untilAborted<T>(
  signal: AbortSignal,
  work: T | Promise<T>,
  late?: (result: T) => Promise<void>,
): Promise<T> {
  const working = Promise.resolve(work);
  try {
    const result = await Promise.race([working, abortOf(signal)]);
    if (!signal.aborted) return result;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  working.then(late, () => {}).catch(() => {});
  throw signal.reason;
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
