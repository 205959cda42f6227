import type { StagePlan } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { Reality } from '../reality/reality.ts';

/**
 * Refuses a stage that was planned for a machine in another state.
 *
 * @throws RebootError `EINVAL` in phase `stage`, with what differs.
 */
export function refuseForeign(
  stage: Pick<StagePlan, 'exceptionLevel' | 'vhe' | 'softRestart'>,
  reality: Pick<Reality, 'name' | 'exceptionLevel' | 'vhe' | 'softRestart'>,
): void {
  const [planned, real] = [stateOf(stage), stateOf(reality)];
  if (planned === real) return;
  throw new RebootError(
    'EINVAL',
    `the plan is for ${planned}, machine ${reality.name} is at ${real}`,
    'plan the reboot for this machine',
    { phase: phases.stage },
  );
}

/** Where a routine is entered and hands over, for people. */
function stateOf({
  exceptionLevel,
  vhe,
  softRestart,
}: Pick<Reality, 'exceptionLevel' | 'vhe' | 'softRestart'>): string {
  return `EL${exceptionLevel}${vhe ? ' with VHE' : ''}${softRestart ? ', handing over at EL2' : ''}`;
}
