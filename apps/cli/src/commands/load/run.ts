import { readHost, whyByFiles } from '@kexeckit/linux';
import {
  checkInputs,
  type Ending,
  type RebootJob,
  type RebootPlan,
  type RehearsalReport,
  reloadContents,
  type StagedReboot,
} from '@kexeckit/reboot';
import type { Proof } from '@kexeckit/relocation';
import type { StrategyName } from '@kexeckit/relocation/strategies';
import type { Context } from '../../context.ts';
import { CliError, UsageError } from '../../error.ts';
import { AsPlanned } from '../../machines/as-planned.ts';
import type { MadeMachine } from '../../machines/kind.ts';
import { linux, offeredOn } from '../../machines/linux.ts';
import { byFilesOptions, checkNotByFiles } from '../../options/by-files.ts';
import { checkFiles, readFiles } from '../../options/files.ts';
import { forceInitrdOption } from '../../options/force.ts';
import { longName } from '../../options/option.ts';
import { checkRequest, requestOf, requestOfPlan, requestOptions } from '../../options/request.ts';
import { checkSavePlan } from '../../options/save-plan.ts';
import { copyingFast, delivered } from '../../options/strategy.ts';
import { loadFiles } from '../by-files.ts';
import type { Request } from '../command.ts';
import type { LoadedByFiles } from '../loaded-by-files.ts';
import { type RebootOnOptions, stageOn } from '../reboot-on.ts';
import { readPlan } from '../saved-plan.ts';

import type { LoadValues } from './values.ts';

/** What stands ready on this machine, planned and proved. */
export interface LoadedPlan {
  readonly kind: 'plan';
  readonly plan: RebootPlan;
  readonly proof: Proof;
  readonly rehearsal: RehearsalReport | undefined;
  /** What a panic starts until the reboot; undefined where that is what it was before. */
  readonly forPanic: string | undefined;
}

/** What stands ready on this machine. */
export type LoadResult = LoadedPlan | LoadedByFiles;

/** Loads; the kernel keeps what it was given when this process has ended. */
export async function loadImage({ options }: Request<LoadValues>, context: Context): Promise<LoadResult> {
  if (options.plan !== undefined) return await loadSaved(options, options.plan, context);
  if (options.kexecFile) return await loadFiles(await readHost(), options, undefined, context);
  checkNotByFiles(options);
  checkFiles(options, linux);
  checkRequest(options);
  const made = await linux.make(options, context.io);
  const named = options.strategy;
  // It decides by what the host is: one look answers both questions.
  const host = named === undefined || delivered.includes(named) ? await readHost() : undefined;
  const strategy = named ?? (host && (await offeredOn(host)));
  if (strategy === undefined) throw new UsageError('EINVAL', 'this machine has no strategy', 'report it');
  const why = host !== undefined && delivered.includes(strategy) ? whyByFiles(host) : undefined;
  return host !== undefined && why !== undefined
    ? await loadFiles(host, { ...options, strategy }, why, context)
    : await loadPlan(made, options, strategy, context);
}

/** The same as a saved plan decides it. */
async function loadSaved(options: LoadValues, path: string, context: Context): Promise<LoadedPlan> {
  refuseDecided(options);
  checkFiles(options, linux);
  const saved = await readPlan(path, context.io);
  const { strategy } = saved.wishes;
  refuseUnheld(strategy, context);
  await checkSavePlan(options);
  const made = await linux.make(options, context.io);
  const files = await readFiles(options, linux, context.io);
  checkInputs(saved, (await reloadContents(saved, files)).digests);
  const machine = new AsPlanned(made.machine, saved);
  return await loaded({ ...made, machine }, requestOfPlan(saved, files), options, context);
}

/** Options that a plan decides. */
const decided = { ...requestOptions, ...byFilesOptions, force: forceInitrdOption };

function refuseDecided(options: LoadValues): void {
  const given: Readonly<Record<string, unknown>> = { ...options };
  for (const [name, option] of Object.entries(decided)) {
    const value = given[name];
    if (value === undefined || ('negated' in option && value === true)) continue;
    throw new UsageError(
      'EINVAL',
      `${longName(name, option)} has no meaning beside ${longName('plan')}`,
      'leave it out: the plan has decided it',
    );
  }
}

/** Stages, and lets it be held. What could not be undone is held, too: the image leads to pages of this process. */
async function stagedHere(
  made: MadeMachine,
  job: RebootJob,
  options: RebootOnOptions,
  context: Context,
): Promise<StagedReboot<Ending>> {
  const { hold, io } = context;
  try {
    const reboot = await stageOn(made, job, options, context);
    await hold?.loaded({ machine: made.machine, reboot });
    return reboot;
  } catch (error) {
    const left = hold && (await made.machine.staged());
    if (left !== undefined) {
      await hold?.left(left);
      io.err(
        `kexeckit: the image is still loaded, and process ${process.pid} goes on holding its pages; unload it: ${io.errPage.asCalled('kexeckit unload')}\n`,
      );
    }
    throw error;
  }
}

/** The road up to the point of no return. */
async function loadPlan(
  made: MadeMachine,
  options: LoadValues,
  strategy: StrategyName,
  context: Context,
): Promise<LoadedPlan> {
  refuseUnheld(strategy, context);
  await checkSavePlan(options);
  const job = await requestOf(options, await readFiles(options, linux, context.io), strategy, linux.cmdline);
  return await loaded(made, job, options, context);
}

function refuseUnheld(strategy: StrategyName, { hold }: Context): void {
  if (!copyingFast.includes(strategy) || hold !== undefined) return;
  throw new CliError(
    'EIO',
    `nobody is there to hold the pages of ${strategy}`,
    `name it: ${longName('strategy')} ${strategy}`,
  );
}

async function loaded(made: MadeMachine, job: RebootJob, options: LoadValues, context: Context): Promise<LoadedPlan> {
  const { savePlan, rehearse } = options;
  const reboot = await stagedHere(made, job, { label: 'load', savePlan, rehearse }, context);
  const { plan, proof, rehearsal } = reboot;
  return { kind: 'plan', plan, proof, rehearsal, forPanic: made.endsHere?.forPanic() };
}
