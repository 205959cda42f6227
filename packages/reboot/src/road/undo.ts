import { RebootError } from '../error.ts';
import type { Staged } from '../machine/machine.ts';
import type { Ending } from '../machine/report.ts';
import { phases } from '../phases.ts';

/** Seconds that a machine has to let go of what it has staged. */
const PATIENCE = 10;

/**
 * Discards what was staged because of an error, and returns that error. Where the machine does not let go, the error says
 * so too: then something is still staged.
 */
export async function undo<End extends Ending>(staged: Staged<End>, reason: unknown): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`the machine did not let go of it within ${PATIENCE} s`), PATIENCE * 1000);
  });
  const done = staged.discard().then(() => undefined, messageOf);
  const failure = await Promise.race([done, late]);
  clearTimeout(timer);
  if (failure === undefined) return reason;
  return new RebootError(
    'EIO',
    `${messageOf(reason)}; what was staged could not be discarded: ${failure}`,
    'it is still staged: find it with staged(), and discard it again',
    { phase: phases.stage, cause: reason },
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
