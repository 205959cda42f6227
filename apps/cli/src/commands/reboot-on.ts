import {
  type Arrival,
  commitReboot,
  type Departure,
  type Ending,
  type Machine,
  type RebootJob,
  type RebootReport,
  type Staged,
  type StagedReboot,
  stageReboot,
  undo,
  type Watch,
} from '@kexeckit/reboot';
import type { Context } from '../context.ts';
import type { WatchedReboot } from '../from/watch-reboot.ts';
import type { MadeMachine } from '../machines/kind.ts';
import { writePlan } from '../options/save-plan.ts';
import { lastWords } from '../render/last-words.ts';
import { watched } from '../render/progress.ts';
import { undisturbed } from '../undisturbed.ts';
import type { LoadedByFiles } from './loaded-by-files.ts';

/** A reboot whose arrival was seen. */
export type ArrivedReboot = RebootReport<Arrival>;

/** A reboot that the next boot will tell of. */
export type DepartedReboot = RebootReport<Departure>;

/** What reboots came to, by how they ended. */
export interface RebootResult {
  readonly reports: readonly ArrivedReboot[];
  readonly departed: readonly DepartedReboot[];
  /** What the running kernel has loaded by itself, and was told to reboot into. */
  readonly byFiles?: LoadedByFiles;
  /** A kernel that left by itself, and was watched. */
  readonly watched?: WatchedReboot;
  /** Each started from the kernel that the one before it had started. */
  readonly inARow: boolean;
  /** All that modelled times rest on is to be told. */
  readonly notes: boolean;
}

/** How results are told of. */
export type Telling = Partial<Pick<RebootResult, 'inARow' | 'notes'>>;

/** Sorts reports by how they ended. */
export function resultOf(
  reports: readonly RebootReport<Ending>[],
  { inARow = false, notes = false }: Telling,
): RebootResult {
  return { reports: reports.filter(hasArrived), departed: reports.filter(hasDeparted), inARow, notes };
}

/** Whether the next kernel was seen to arrive. */
export const hasArrived = (report: RebootReport<Ending>): report is ArrivedReboot => report.ending.kind === 'arrival';
const hasDeparted = (report: RebootReport<Ending>): report is DepartedReboot => report.ending.kind === 'departure';

/** How one reboot is told of. */
export interface RebootOnOptions {
  /** What its progress is called. */
  readonly label: string;
  /** Where its plan is written before the point of no return. */
  readonly savePlan?: string | undefined;
  /** How it is rehearsed; as the machine wishes by default. */
  readonly rehearse?: 'no' | 'once' | 'thorough' | undefined;
}

/** The whole road for one job. The plan is saved when it has been proved and staged, or the reboot does not happen. */
export async function rebootOn(
  { machine, endsHere, attached }: MadeMachine,
  job: RebootJob,
  options: RebootOnOptions,
  context: Context,
): Promise<RebootReport<Ending>> {
  const work = async (watch: Watch): Promise<RebootReport<Ending>> => {
    const held = await stage(machine, job, options, watch);
    if (endsHere !== undefined) context.io.err(lastWords(options.label, held, endsHere.forPanic()));
    const { plan, proof, rehearsal } = held;
    return { plan, proof, rehearsal, ending: await commitReboot(machine, held, watch) };
  };
  const all = (): Promise<RebootReport<Ending>> => watched(context, options.label, work, attached);
  if (endsHere === undefined) return await all();
  const settled = async (): Promise<unknown> => {
    const failure = await endsHere.settled();
    await holdLeft({ machine, endsHere }, failure, context);
    return failure;
  };
  return await undisturbed(context, all, { settled });
}

/** An image that is still loaded leads to pages of this process: it must not end before that is unloaded. */
async function holdLeft(
  { machine, endsHere }: MadeMachine,
  failure: unknown,
  { io }: Pick<Context, 'io'>,
): Promise<void> {
  const left = await machine.staged();
  const kept = left && (await endsHere?.keep(left));
  if (kept === undefined) return;
  const why = failure instanceof Error ? ` (${failure.message})` : '';
  io.err(
    `kexeckit: the image is still loaded${why}, and process ${process.pid} goes on holding its pages until somebody unloads it: ${io.errPage.asCalled('kexeckit unload')}; without them whatever a reboot starts is garbage\n`,
  );
  const again = (): void => void kept.end().catch(() => {});
  io.signal?.addEventListener('abort', again, { once: true });
  await kept.ended;
  io.signal?.removeEventListener('abort', again);
}

/** The road up to the point of no return: what is staged stays so. */
export async function stageOn(
  { machine, endsHere }: MadeMachine,
  job: RebootJob,
  options: RebootOnOptions,
  context: Context,
): Promise<StagedReboot<Ending>> {
  const work = (): Promise<StagedReboot<Ending>> =>
    watched(context, options.label, (watch) => stage(machine, job, options, watch));
  return await undisturbed(context, work, endsHere);
}

async function stage(
  machine: Machine<Ending>,
  job: RebootJob,
  { savePlan, rehearse }: RebootOnOptions,
  watch: Watch,
): Promise<StagedReboot<Ending>> {
  const held = await stageReboot(machine, job, {
    ...watch,
    ...(rehearse && { rehearse: rehearse === 'thorough' ? rehearse : rehearse === 'once' }),
  });
  if (savePlan !== undefined) await saveOrDiscard(held.staged, savePlan);
  return held;
}

async function saveOrDiscard(staged: Staged, path: string): Promise<void> {
  try {
    await writePlan(staged.plan, path);
  } catch (error) {
    throw await undo(staged, error);
  }
}
