import type { Context } from '../../context.ts';
import type { Request } from '../command.ts';
import { type RebootResult, rebootOn, resultOf } from '../reboot-on.ts';
import { savedJob } from '../saved-job.ts';
import { readPlan } from '../saved-plan.ts';
import type { RunValues } from './values.ts';

/** Stages a saved plan and commits it. */
export async function runPlan({ args, options }: Request<RunValues>, context: Context): Promise<RebootResult> {
  const [path = ''] = args;
  const plan = await readPlan(path, context.io);
  const { made, job } = await savedJob(plan, options, context);
  const report = await rebootOn(made, job, { label: plan.wishes.strategy, rehearse: options.rehearse }, context);
  return resultOf([report], options);
}
