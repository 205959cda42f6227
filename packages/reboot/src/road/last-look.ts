import { checkMachine } from '../document/compare.ts';
import { RebootError } from '../error.ts';
import type { Machine, Staged } from '../machine/machine.ts';
import type { Ending } from '../machine/report.ts';
import { phases } from '../phases.ts';
import type { RebootPlan } from '../plan/plan.ts';
import type { Watch } from '../watch.ts';

/** What was proved of a staged reboot, and must still hold. */
export interface Expected<End extends Ending> {
  readonly staged: Staged<End>;
  readonly plan: RebootPlan;
  /** SHA-256 of the image that was proved. */
  readonly digest: string;
}

/**
 * Looks once more at everything that the proof rests on: the machine says what it is now, and reads back what it holds.
 *
 * @throws RebootError `ESTALE` in phase `stage`, naming what has changed.
 */
export async function lookOnceMore<End extends Ending>(
  machine: Machine<End>,
  { staged, plan, digest }: Expected<End>,
  watch: Watch = {},
): Promise<void> {
  await checkMachine(plan, await machine.describe(watch), phases.stage);
  watch.signal?.throwIfAborted();
  const held = await staged.digest();
  if (held === undefined || held === digest) return;
  throw new RebootError(
    'ESTALE',
    'what the machine holds is not what was proved: pages of the image have changed',
    'nothing was started; something else writes to this memory: find it, then stage again',
    { phase: phases.stage },
  );
}
