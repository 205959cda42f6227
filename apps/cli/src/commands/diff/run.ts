import { diffPlans, type PlanChange } from '@kexeckit/reboot';
import type { OutputValues } from '../../options/output.ts';
import type { Request } from '../command.ts';
import { readPlan } from '../saved-plan.ts';

/** In what two saved plans differ. */
export async function diffSaved({ args }: Request<OutputValues>): Promise<readonly PlanChange[]> {
  const [before = '', after = ''] = args;
  return diffPlans(await readPlan(before), await readPlan(after));
}
