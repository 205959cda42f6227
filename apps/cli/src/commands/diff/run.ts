import { diffPlans, type PlanChange } from '@kexeckit/reboot';
import type { Context } from '../../context.ts';
import type { OutputValues } from '../../options/output.ts';
import type { Request } from '../command.ts';
import { readPlan } from '../saved-plan.ts';

/** In what two saved plans differ. */
export async function diffSaved({ args }: Request<OutputValues>, { io }: Context): Promise<readonly PlanChange[]> {
  const [before = '', after = ''] = args;
  return diffPlans(await readPlan(before, io), await readPlan(after, io));
}
