import type { Ending, RebootJob, RebootReport } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation/strategies';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { machineFor } from '../../machines/index.ts';
import type { MachineTraits, MadeMachine } from '../../machines/kind.ts';
import { checkNotByFiles } from '../../options/by-files.ts';
import { checkFiles, readFiles } from '../../options/files.ts';
import { checkOldKernel } from '../../options/old-kernel.ts';
import { longName } from '../../options/option.ts';
import { checkRequest, requestOf } from '../../options/request.ts';
import { checkSavePlan } from '../../options/save-plan.ts';
import { rebootFiles } from '../by-files.ts';
import type { Request } from '../command.ts';
import { type RebootResult, rebootOn, resultOf } from '../reboot-on.ts';
import { tellNotes } from '../tell-notes.ts';
import type { RebootValues } from './values.ts';

/** One reboot for each strategy that was asked for, or one strategy again and again. */
export async function runReboot({ options }: Request<RebootValues>, context: Context): Promise<RebootResult> {
  const { force, ...ofMachine } = options;
  const kind = machineFor(ofMachine);
  checkFiles(options, kind);
  checkRequest(options);
  checkOldKernel(options, kind);
  checkTakesFiles(options, kind);
  checkGenerations(options, kind);
  if (options.from !== undefined) {
    const { watchReboot } = await import('../../from/watch-reboot.ts');
    return { ...resultOf([], options), watched: await watchReboot(options, context) };
  }
  const made = await kind.make(options, context.io);
  await tellNotes(made, context);
  const strategies = options.strategy === undefined ? await kind.strategies() : [options.strategy];
  checkOneStrategy(options, strategies);
  const why = options.kexecFile ? undefined : await kind.takesFiles?.(strategies);
  if (options.kexecFile || why !== undefined) {
    const [strategy] = strategies;
    const values = { ...ofMachine, ...(force && { force }), ...(why !== undefined && strategy && { strategy }) };
    return { ...resultOf([], {}), byFiles: await rebootFiles(values, why, context) };
  }
  await checkSavePlan(options);
  const files = await readFiles(options, kind, context.io);
  const on = async (machine: MadeMachine, strategy: StrategyName, label: string): Promise<RebootReport<Ending>> => {
    const job: RebootJob = await requestOf(options, files, strategy, kind.cmdline);
    return await rebootOn(machine, job, { label, savePlan: options.savePlan, rehearse: options.rehearse }, context);
  };
  const { generations } = options;
  const [first] = strategies;
  if (generations !== undefined && first !== undefined)
    return resultOf(await inARow(made, generations, (machine, label) => on(machine, first, label)), {
      ...(options.notes && { notes: true }),
      inARow: true,
    });
  const reports: RebootReport<Ending>[] = [];
  for (const strategy of strategies) reports.push(await on(made, strategy, strategy));
  return resultOf(reports, options);
}

async function inARow(
  first: MadeMachine,
  generations: number,
  reboot: (machine: MadeMachine, label: string) => Promise<RebootReport<Ending>>,
): Promise<RebootReport<Ending>[]> {
  const reports: RebootReport<Ending>[] = [];
  for (let made: MadeMachine | undefined = first; made && reports.length < generations; made = made.booted?.())
    reports.push(await reboot(made, `generation ${reports.length + 1}`));
  return reports;
}

/** @throws UsageError for a load by files on a machine that takes none, and for what belongs to one without it. */
function checkTakesFiles(values: RebootValues, { name, takesFiles }: MachineTraits): void {
  if (!values.kexecFile) checkNotByFiles(values);
  else if (takesFiles === undefined && values.from === undefined)
    throw new UsageError('EINVAL', `${longName('kexecFile')} has no meaning on the ${name} machine`, 'leave it out');
}

/** What is done with one plan needs one strategy. @throws UsageError */
function checkOneStrategy(values: RebootValues, strategies: readonly StrategyName[]): void {
  if (strategies.length === 1) return;
  for (const option of ['generations', 'savePlan'] as const) {
    if (values[option] === undefined) continue;
    throw new UsageError(
      'EINVAL',
      `${longName(option)} with several strategies`,
      `choose one with ${longName('strategy')}`,
    );
  }
}

/** @throws UsageError for reboots in a row on a machine that boots once, or with a file for one plan. */
function checkGenerations({ generations, savePlan }: RebootValues, { name, goesOn }: MachineTraits): void {
  if (generations === undefined) return;
  if (generations > 1 && savePlan !== undefined)
    throw new UsageError(
      'EINVAL',
      `${longName('savePlan')} with ${longName('generations')} ${generations}`,
      'a file holds one plan: leave one of them out',
    );
  if (goesOn) return;
  throw new UsageError(
    'EINVAL',
    `${longName('generations')} has no meaning on the ${name} machine`,
    'each run boots one kernel; use the simulated machine',
  );
}
