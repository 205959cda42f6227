import type { RebootPlan, RehearsalReport } from '@kexeckit/reboot';
import type { Proof } from '@kexeckit/relocation';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { linux } from '../../machines/linux.ts';
import { checkFiles, readFiles } from '../../options/files.ts';
import { checkRequest, requestOf } from '../../options/request.ts';
import { checkPlace } from '../../options/save-plan.ts';
import type { Request } from '../command.ts';
import { stageOn } from '../reboot-on.ts';
import type { LoadValues } from './values.ts';

/** What stands ready on this machine. */
export interface LoadResult {
  readonly plan: RebootPlan;
  readonly proof: Proof;
  readonly rehearsal: RehearsalReport | undefined;
  /** What a panic starts until the reboot; undefined where that is what it was before. */
  readonly forPanic: string | undefined;
}

/** The road up to the point of no return; the kernel keeps what it was given when this process has ended. */
export async function loadImage({ options }: Request<LoadValues>, context: Context): Promise<LoadResult> {
  const strategy = options.strategy ?? linux.strategies[0];
  if (strategy === undefined) throw new UsageError('EINVAL', 'this machine has no strategy', 'report it');
  checkFiles(options, linux);
  checkRequest(options);
  if (options.savePlan !== undefined) await checkPlace(options.savePlan);
  const { machine, forPanic } = await linux.make(options);
  const job = await requestOf(options, await readFiles(options, linux), strategy, linux.cmdline);
  const { savePlan, rehearse } = options;
  const reboot = await stageOn(machine, job, { label: 'load', savePlan, rehearse }, context);
  await context.hold?.({ machine, reboot });
  const { plan, proof, rehearsal } = reboot;
  return { plan, proof, rehearsal, forPanic: forPanic?.() };
}
