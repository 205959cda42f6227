import {
  type Arrival,
  commitReboot,
  type Machine,
  type RebootJob,
  type RebootReport,
  type Staged,
  stageReboot,
} from '@kexeckit/reboot';
import type { Context } from '../context.ts';
import { writePlan } from '../options/save-plan.ts';
import { watched } from '../render/progress.ts';

/** A reboot whose arrival was seen. */
export type ArrivedReboot = RebootReport<Arrival>;

/** How one reboot is told of. */
export interface RebootOnOptions {
  /** What its progress is called. */
  readonly label: string;
  /** Where its plan is written before the point of no return. */
  readonly savePlan?: string | undefined;
}

/** The whole road for one job. The plan is saved when it has been proved and staged, or the reboot does not happen. */
export async function rebootOn(
  machine: Machine<Arrival>,
  job: RebootJob,
  { label, savePlan }: RebootOnOptions,
  context: Context,
): Promise<ArrivedReboot> {
  return await watched(context, label, async (watch) => {
    const held = await stageReboot(machine, job, watch);
    if (savePlan !== undefined) await saveOrDiscard(held.staged, savePlan);
    const { plan, proof, rehearsal } = held;
    return { plan, proof, rehearsal, ending: await commitReboot(machine, held, watch) };
  });
}

async function saveOrDiscard(staged: Staged, path: string): Promise<void> {
  try {
    await writePlan(staged.plan, path);
  } catch (error) {
    await staged.discard();
    throw error;
  }
}
