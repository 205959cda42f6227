import { copiesOf, DigestNotes, foreseeDigests, loadImage, type Proof, prove } from '@kexeckit/relocation';
import { checkInputs, checkMachine } from '../document/compare.ts';
import { checkParts } from '../document/parts.ts';
import { RebootError } from '../error.ts';
import { keepLoan } from '../machine/loan.ts';
import type { LoadedReboot, Machine, Staged } from '../machine/machine.ts';
import { digestPages } from '../machine/page-digest.ts';
import type { Ending } from '../machine/report.ts';
import { phases } from '../phases.ts';
import { completeMachine } from '../plan/complete-tree.ts';
import { freezeDeep } from '../plan/freeze.ts';
import { checkWishes, initrdNotes } from '../plan/inputs.ts';
import { type PlannedReboot, planReboot, type RebootPlan, reloadContents } from '../plan/plan.ts';
import type { InputFiles, RebootRequest } from '../plan/request.ts';
import type { Reality } from '../reality/reality.ts';
import { type RehearsalOptions, rehearse } from '../rehearsal/rehearse.ts';
import type { RehearsalReport } from '../rehearsal/report.ts';
import type { Watch } from '../watch.ts';
import { breathe } from './breathe.ts';
import { cancelled, during } from './during.ts';
import { lookOnceMore } from './last-look.ts';
import { undo } from './undo.ts';

/** A saved plan, and the files that it was made from. */
export interface SavedReboot {
  readonly plan: RebootPlan;
  readonly files: InputFiles;
}

/** What is rebooted into: something to plan, or a plan. */
export type RebootJob = RebootRequest | SavedReboot;

/** How a reboot is watched, and how carefully it goes. */
export interface RebootOptions extends Watch {
  /**
   * Runs it on the strict machine before it is staged: once, as the machine says it is, or on every CPU that is imitated
   * (`thorough`). By default where the machine says so.
   */
  readonly rehearse?: boolean | 'thorough';
}

/** A reboot that was proved, with everything that it consists of, for a machine as it described itself. */
export interface ProvedReboot extends LoadedReboot {
  readonly proof: Proof;
  readonly reality: Reality;
  /** SHA-256 of the image as it was before it was proved, as `digestPages` makes it. */
  readonly digest: string;
}

/** A reboot that a machine holds ready. */
export interface StagedReboot<End extends Ending> {
  readonly staged: Staged<End>;
  readonly plan: RebootPlan;
  readonly proof: Proof;
  /** SHA-256 of the image as it was before it was proved: what the machine must still hold at the commit. */
  readonly digest: string;
  /** Undefined where none was asked for. */
  readonly rehearsal: RehearsalReport | undefined;
}

/** A reboot that came to its end. */
export interface RebootReport<End extends Ending> {
  readonly plan: RebootPlan;
  readonly proof: Proof;
  /** Undefined where none was asked for. */
  readonly rehearsal: RehearsalReport | undefined;
  readonly ending: End;
}

/**
 * The whole road: inputs, describe, plan, load, prove, rehearse, stage, quiesce, and over the point of no return.
 *
 * @throws RebootError naming the phase. A plan whose proof finds a violation is never staged; until the commit everything
 * that fails, a cancellation too, leaves the machine as it was. Errors of the packages below (a file that is not a
 * kernel, segments that do not fit) come through as they are.
 */
export async function reboot<End extends Ending>(
  machine: Machine<End>,
  job: RebootJob,
  options: RebootOptions = {},
): Promise<RebootReport<End>> {
  const held = await stageReboot(machine, job, options);
  const ending = await commitReboot(machine, held, options);
  const { plan, proof, rehearsal } = held;
  return { plan, proof, rehearsal, ending };
}

/**
 * The machine comes to rest; then the last look, and the point of no return: the machine must be the one that the plan was made for, and hold what was
 * proved, to the byte.
 *
 * @throws RebootError in phase `stage`, with the machine as it was: `ESTALE` for what has changed since, `ECANCELED`, and
 * in phase `quiesce` where it does not come to rest; in phase `shutdown` or later for what went wrong.
 */
export async function commitReboot<End extends Ending>(
  machine: Machine<End>,
  reboot: StagedReboot<End>,
  watch: Watch = {},
): Promise<End> {
  const { staged } = reboot;
  const { signal } = watch;
  try {
    await breathe();
    await during(phases.quiesce, watch, (inner) => staged.quiesce(inner));
    if (signal?.aborted) throw cancelled(phases.stage, signal.reason);
    watch.onEvent?.({ type: 'committing' });
    await during(phases.stage, signal === undefined ? {} : { signal }, (inner) => lookOnceMore(machine, reboot, inner));
  } catch (error) {
    throw await undo(staged, error);
  }
  return await staged.commit(watch);
}

/**
 * The last look alone, for whoever leaves by another hand: the machine must still be the one that the plan was made for, and
 * hold what was proved.
 *
 * @throws RebootError as {@link commitReboot}, with nothing staged any more.
 */
export async function lookAgain<End extends Ending>(
  machine: Machine<End>,
  reboot: StagedReboot<End>,
  watch: Watch = {},
): Promise<void> {
  try {
    await during(phases.stage, watch, (inner) => lookOnceMore(machine, reboot, inner));
  } catch (error) {
    throw await undo(reboot.staged, error);
  }
}

/**
 * The road up to the point of no return. What is staged can be committed or discarded.
 *
 * @throws as {@link reboot}.
 */
export async function stageReboot<End extends Ending>(
  machine: Machine<End>,
  job: RebootJob,
  options: RebootOptions = {},
): Promise<StagedReboot<End>> {
  const { rehearse: wish = machine.rehearses, ...watch } = options;
  const describe: Describe = async (inner) => {
    await machine.refuseEarly?.(inner);
    return await machine.describe(inner);
  };
  const proved = await proveDescribed(machine, job, watch, { describe, isRehearsed: wish !== false });
  const rehearsal =
    wish === false
      ? undefined
      : await keepLoan(proved.loan, () => rehearseReboot(proved, { ...watch, thorough: wish === 'thorough' }));
  const staged = await stageProved(machine, proved, watch);
  return { staged, plan: proved.plan, proof: proved.proof, digest: proved.digest, rehearsal };
}

/** What was lent is given back when the machine has refused: not while it may still be at work, left behind. */
async function stageProved<End extends Ending>(
  machine: Machine<End>,
  proved: ProvedReboot,
  watch: Watch,
): Promise<Staged<End>> {
  let isAsked = false;
  const work = (inner: Watch): Promise<Staged<End>> => {
    isAsked = true;
    return keepLoan(proved.loan, () => machine.stage(proved, inner));
  };
  try {
    return await during(phases.stage, watch, work, { late: (staged) => staged.discard() });
  } catch (error) {
    if (!isAsked) await proved.loan?.release();
    throw error;
  }
}

/**
 * Rehearses what was proved; see {@link rehearse}.
 *
 * @throws RebootError in phase `rehearse`.
 */
async function rehearseReboot(
  proved: ProvedReboot,
  { thorough, ...watch }: RehearsalOptions,
): Promise<RehearsalReport> {
  await breathe();
  const report = await during(phases.rehearse, watch, (inner) =>
    rehearse(proved, proved.reality, { ...inner, ...(thorough !== undefined && { thorough }) }),
  );
  watch.onEvent?.({ type: 'rehearsed', report });
  return report;
}

/**
 * The road as far as it changes nothing: plans, or takes the plan, and proves it. Where the machine has lent pages for it, they
 * are the caller's to give back, or to stage.
 *
 * @throws as {@link reboot}.
 */
export async function proveReboot(machine: Machine, job: RebootJob, watch: Watch = {}): Promise<ProvedReboot> {
  const describe: Describe = (inner) => machine.describe(inner);
  return await proveDescribed(machine, job, watch, { describe, isRehearsed: false });
}

type Describe = (watch: Watch) => Promise<Reality>;

interface Described {
  readonly describe: Describe;
  /** Whether a rehearsal follows, for which the proof notes how its digests were made. */
  readonly isRehearsed: boolean;
}

async function proveDescribed(
  machine: Machine,
  job: RebootJob,
  watch: Watch,
  { describe, isRehearsed }: Described,
): Promise<ProvedReboot> {
  const devised =
    'plan' in job ? await recall(machine, job, watch, describe) : await devise(machine, job, watch, describe);
  return await keepLoan(devised.loan, () => proveDevised(devised, watch, isRehearsed));
}

async function proveDevised(devised: PlannedReboot, watch: Watch, isRehearsed: boolean): Promise<ProvedReboot> {
  const { plan, contents, reality, loan, givenTree } = devised;
  watch.onEvent?.({ type: 'planned', plan });
  const { image, digest } = await during(phases.load, watch, async () => {
    const loaded = loadImage(plan.stage, contents);
    return { image: loaded, digest: await digestPages(loaded) };
  });
  await breathe();
  const notes = new DigestNotes();
  const proof = await during(phases.prove, watch, async () => {
    if (!isRehearsed) await foreseeDigests(plan.stage, contents, notes);
    return prove(plan.stage, image, contents, reality, { notes });
  });
  watch.onEvent?.({ type: 'proved', proof });
  refuseUnproved(proof);
  return { plan, contents, reality, image, digest, proof, notes, loan, givenTree };
}

/** Plans what was asked for. What the proof cannot see, as it knows of no wishes, is compared here too. */
async function devise(
  machine: Machine,
  request: RebootRequest,
  watch: Watch,
  describe: Describe,
): Promise<PlannedReboot> {
  await during(phases.inputs, watch, () => checkWishes(request));
  const reality = await during(phases.describe, watch, describe);
  const lend = machine.lend?.bind(machine);
  const planned = await during(
    phases.plan,
    watch,
    (inner) => planReboot(request, reality, inner.signal, lend && ((need) => lend(need, inner))),
    { late: async ({ loan }) => await loan?.release() },
  );
  return await keepLoan(planned.loan, async () => {
    checkParts(planned.plan);
    return planned;
  });
}

/** Takes a saved plan, if its files and the machine are still the same. */
async function recall(
  machine: Machine,
  { plan, files }: SavedReboot,
  watch: Watch,
  describe: Describe,
): Promise<PlannedReboot> {
  const { contents, dtb } = await during(phases.inputs, watch, async () => {
    checkParts(freezeDeep(plan));
    const owned = await reloadContents(plan, files);
    checkInputs(plan, owned.digests);
    // Whoever has made the plan has looked at it: nobody knows who that was.
    await initrdNotes(owned, plan.wishes.anyInitrd);
    return owned;
  });
  refuseLent(machine, plan);
  const described = await during(phases.describe, watch, describe);
  await checkMachine(plan, described);
  const { reality } = completeMachine(described, dtb);
  return { plan, contents, reality, loan: undefined, givenTree: dtb };
}

/** What stands in pages of a process is gone with it. */
function refuseLent({ lend, name }: Machine, { stage, wishes }: RebootPlan): void {
  if (lend === undefined || copiesOf(stage).length === 0) return;
  throw new RebootError(
    'ESTALE',
    `a saved plan of ${wishes.strategy} has no pages on machine ${name}: they were lent to the process that made it`,
    'plan it again here, from the same files',
    { phase: phases.inputs },
  );
}

/** The gate before the point of no return. @throws RebootError `EFAULT` with the first violation. */
export function refuseUnproved(proof: Proof): void {
  const [first] = proof.violations;
  if (first === undefined) return;
  const where = first.address === undefined ? '' : ` at 0x${first.address.toString(16)}`;
  throw new RebootError(
    'EFAULT',
    `the plan breaks "${first.invariant}"${where} (${first.owners.join(', ')}): ${first.detail}`,
    'nothing was changed; the old kernel still runs',
    { phase: phases.prove, proof },
  );
}
