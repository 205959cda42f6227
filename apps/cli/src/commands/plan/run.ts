import { operatorSteps, proveReboot } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation/strategies';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { machineFor } from '../../machines/index.ts';
import type { MachineTraits } from '../../machines/kind.ts';
import { checkFiles, readFiles } from '../../options/files.ts';
import { checkRequest, requestOf } from '../../options/request.ts';
import { checkSavePlan, writePlan } from '../../options/save-plan.ts';
import { copyingFast } from '../../options/strategy.ts';
import { watched } from '../../render/progress.ts';
import type { Request } from '../command.ts';
import type { ProofResult } from '../prove/run.ts';
import { tellNotes } from '../tell-notes.ts';
import type { PlanValues } from './values.ts';

/** Plans for a machine, proves that, and keeps the plan where it is asked for. */
export async function planOnly({ options }: Request<PlanValues>, context: Context): Promise<ProofResult> {
  const { force: _, ...ofMachine } = options;
  const kind = machineFor(ofMachine);
  checkFiles(options, kind);
  checkRequest(options);
  await checkSavePlan(options);
  const { savePlan } = options;
  const made = await kind.make(options, context.io);
  await tellNotes(made, context);
  const strategy = options.strategy ?? (await theOne(kind));
  const job = await requestOf(options, await readFiles(options, kind, context.io), strategy, kind.cmdline);
  const { plan, proof } = await watched(context, strategy, (watch) => proveReboot(made.machine, job, watch));
  if (savePlan !== undefined) await writePlan(plan, savePlan);
  return { plan, proof, steps: operatorSteps(strategy, plan.generation), savedTo: savePlan };
}

/** A plan is of one strategy: where a machine would run several, the one that needs no region and is fast. */
async function theOne(kind: MachineTraits): Promise<StrategyName> {
  const offered = await kind.strategies();
  const one = offered.length === 1 ? offered[0] : fastest;
  if (one === undefined) throw new UsageError('EINVAL', 'this machine has no strategy', 'report it');
  return one;
}

const [fastest] = copyingFast;
