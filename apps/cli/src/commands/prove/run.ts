import { type OperatorStep, operatorSteps, proveReboot, type RebootPlan } from '@kexeckit/reboot';
import type { Proof } from '@kexeckit/relocation';
import type { Context } from '../../context.ts';
import { watched } from '../../render/progress.ts';
import type { Request } from '../command.ts';
import { savedJob } from '../saved-job.ts';
import { readPlan } from '../saved-plan.ts';
import type { ProveValues } from './values.ts';

/** A plan that holds, with what is done around its reboot. */
export interface ProofResult {
  readonly plan: RebootPlan;
  readonly proof: Proof;
  readonly steps: readonly OperatorStep[];
  /** Where the plan was written. */
  readonly savedTo?: string | undefined;
}

/** Proves a saved plan against its files and the machine as they are now. */
export async function provePlan({ args, options }: Request<ProveValues>, context: Context): Promise<ProofResult> {
  const [path = ''] = args;
  const plan = await readPlan(path, context.io);
  const { made, job } = await savedJob(plan, options, context);
  const { proof } = await watched(context, plan.wishes.strategy, (watch) => proveReboot(made.machine, job, watch));
  return { plan, proof, steps: operatorSteps(plan.wishes.strategy, plan.generation) };
}
