import type { Context } from './context.ts';
import { slotWords } from './render/slots.ts';

/** What may go on, on this very machine, when the work itself has ended. */
export interface Settling {
  /** Waits for it. @returns why it failed; undefined where it did not. */
  readonly settled?: () => Promise<unknown>;
}

/**
 * Does work that loads something on this very machine. Where it is to end before its time, the process waits until what was
 * loaded is unloaded again; and what could not be undone is told.
 */
export async function undisturbed<T>(
  { io }: Pick<Context, 'io'>,
  work: () => Promise<T>,
  { settled = async () => undefined }: Settling = {},
): Promise<T> {
  const { slotsNow } = await import('@kexeckit/linux');
  io.signal?.throwIfAborted();
  const waitFor = io.undisturbed ?? ((inner: () => Promise<T>) => inner());
  return await waitFor(
    async () => {
      try {
        return await work();
      } catch (error) {
        const failure = (await settled()) ?? error;
        if (io.signal?.aborted && !isBecause(failure, io.signal.reason))
          io.err(`kexeckit: ${io.errPage.asCalled(words(failure))}\n`);
        throw error;
      }
    },
    () => io.errPage.asCalled(slotWords(slotsNow())),
  );
}

/** Whether an error says only that the work was to end. */
const isBecause = (error: unknown, reason: unknown): boolean =>
  error === reason || (error instanceof Error && 'code' in error && error.code === 'ECANCELED');

function words(error: unknown): string {
  const what = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && 'hint' in error ? `; ${String(error.hint)}` : '';
  return `not everything was undone: ${what}${hint}`;
}
