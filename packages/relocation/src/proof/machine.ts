import { pfnOf } from '../page.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

/** The plan is for this machine, in the state in which the old kernel will leave it. */
export function checkMachine({ stage, world, isTranslated }: PlanView, ledger: Ledger): void {
  const complain = (detail: string): void => ledger.violated('machine', pfnOf(stage.start), ['stage'], detail);
  const { exceptionLevel, vhe, softRestart } = world;
  if (stage.exceptionLevel !== exceptionLevel)
    complain(`the plan is for EL${stage.exceptionLevel}, the machine is at EL${exceptionLevel}`);
  if (stage.vhe !== vhe) complain(`the plan is for EL2 ${stage.vhe ? 'with' : 'without'} VHE, unlike the machine`);
  if (vhe && !world.features.vhe) complain('the CPU has no VHE');
  if (stage.softRestart !== softRestart)
    complain(`the plan hands over ${stage.softRestart ? 'at EL2' : 'where it runs'}, unlike the machine`);
  if (isTranslated && !world.features.granules.includes('4K')) complain('the CPU has no 4K granule for its tables');
  ledger.checked('machine', 5);
}
