import { checkMachine } from '../document/compare.ts';
import { parsePlan, savePlan } from '../document/document.ts';
import { RebootError } from '../error.ts';
import type { Machine, Staged } from '../machine/machine.ts';
import type { Ending } from '../machine/report.ts';
import { type PhaseName, phaseOrder, phases, timedPhases } from '../phases.ts';
import type { RebootRequest } from '../plan/request.ts';
import { digestReality } from '../reality/digest.ts';
import { commitReboot, proveReboot, reboot, stageReboot } from '../road/reboot.ts';
import type { RebootEvent } from '../watch.ts';

/** A machine to be tested, and a request that it can reboot into. Each clause gets a new one. */
export interface ContractSubject {
  readonly machine: Machine;
  readonly request: RebootRequest;
}

/** One thing that every machine keeps. */
export interface ContractClause {
  readonly name: string;
  /** @throws RebootError `EFAULT` saying what the machine does instead. */
  readonly check: (subject: ContractSubject) => Promise<void>;
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new RebootError('EFAULT', `the contract is broken: ${otherwise}`, 'see the Machine interface');
}

const json = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner));

/** What a promise is rejected with. */
async function refusal(work: Promise<unknown>, what: string): Promise<RebootError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof RebootError) return error;
    throw error;
  }
  throw new RebootError('EFAULT', `the contract is broken: ${what} did not fail`, 'see the Machine interface');
}

async function expectCode(code: RebootError['code'], work: Promise<unknown>, what: string): Promise<void> {
  const error = await refusal(work, what);
  expectThat(error.code === code, `${what} failed with ${error.code}, not ${code}: ${error.message}`);
}

async function expectNothingStaged(machine: Machine): Promise<void> {
  expectThat((await machine.staged()) === undefined, 'something is still staged');
}

/** Stages what was asked for, gives it to the work, and discards what that left staged. */
async function withStaged(
  { machine, request }: ContractSubject,
  work: (staged: Staged<Ending>) => Promise<void>,
): Promise<void> {
  const { staged } = await stageReboot(machine, request);
  await work(staged);
  await (await machine.staged())?.discard();
}

async function describesItself({ machine }: ContractSubject): Promise<void> {
  const [first, second] = [await machine.describe(), await machine.describe()];
  expectThat(json(await digestReality(first)) === json(await digestReality(second)), 'it describes itself differently');
  expectThat(first.roles.length > 0, 'no range of memory has a role');
  expectThat(first.features.granules.length > 0, 'its CPU has no granule');
  await expectNothingStaged(machine);
}

async function discards({ machine, request }: ContractSubject): Promise<void> {
  const before = json(await digestReality(await machine.describe()));
  const { staged } = await stageReboot(machine, request);
  expectThat((await machine.staged()) !== undefined, 'what is staged is not found again');
  await staged.discard();
  await staged.discard();
  await expectNothingStaged(machine);
  await expectCode('EALREADY', staged.commit(), 'a commit after a discard');
  expectThat(json(await digestReality(await machine.describe())) === before, 'a discard leaves it changed');
  await withStaged({ machine, request }, async () => {});
}

async function stagesOneAtATime(subject: ContractSubject): Promise<void> {
  await withStaged(subject, async (staged) => {
    const other = await proveReboot(subject.machine, subject.request);
    await expectCode('EBUSY', subject.machine.stage(other), 'staging while something is staged');
    const found = await subject.machine.staged();
    expectThat(found?.plan === staged.plan, 'a refused stage replaced what was staged');
  });
}

async function commitsOnce({ machine, request }: ContractSubject): Promise<void> {
  const { staged } = await stageReboot(machine, request);
  await staged.commit();
  await expectNothingStaged(machine);
  await expectCode('EALREADY', staged.commit(), 'a second commit');
  await expectCode('EALREADY', staged.discard(), 'a discard after the commit');
}

/** A reboot that was staged, on a machine that says something else of itself afterwards. */
async function comesToRest({ machine, request }: ContractSubject): Promise<void> {
  const before = json(await digestReality(await machine.describe()));
  await withStaged({ machine, request }, async (staged) => {
    const held = await staged.digest();
    await staged.quiesce();
    await staged.quiesce();
    expectThat((await machine.staged())?.plan === staged.plan, 'at rest it has forgotten what was staged');
    expectThat((await staged.digest()) === held, 'at rest it holds something else');
    await staged.discard();
    await expectCode('EALREADY', staged.quiesce(), 'coming to rest after a discard');
  });
  expectThat(json(await digestReality(await machine.describe())) === before, 'it does not go on as before');
}

async function looksAtItselfAgain({ machine, request }: ContractSubject): Promise<void> {
  const held = await stageReboot(machine, request);
  const changed: Machine = {
    name: machine.name,
    rehearses: machine.rehearses,
    describe: async () => {
      const reality = await machine.describe();
      return { ...reality, cpus: reality.cpus + 1 };
    },
    stage: (reboot, watch) => machine.stage(reboot, watch),
    staged: () => machine.staged(),
  };
  await expectCode('ESTALE', commitReboot(changed, held), 'a commit on a machine that has changed');
  await expectNothingStaged(machine);
}

async function readsBackWhatItHolds({ machine, request }: ContractSubject): Promise<void> {
  const { image, digest, ...proved } = await proveReboot(machine, request);
  const [[pfn] = [0]] = image.pages();
  const first = image.page(pfn)?.[0] ?? 0;
  image.writable(pfn)[0] = first ^ 1;
  const staged = await machine.stage({ ...proved, image });
  // A machine that cannot read what it holds leaves that to the routine.
  if ((await staged.digest()) === undefined) return await staged.discard();
  expectThat((await staged.digest()) !== digest, 'one wrong bit of what it holds goes unnoticed');
  const held = { ...proved, staged, digest, rehearsal: undefined };
  await expectCode('ESTALE', commitReboot(machine, held), 'a commit of pages that have changed');
  await expectNothingStaged(machine);
  // The image is no part of what the machine holds any more: writing to it changes nothing.
  image.writable(pfn)[0] = first;
  const again = await machine.stage({ ...proved, image });
  expectThat((await again.digest()) === digest, 'it does not hold what was proved');
  image.writable(pfn)[0] = first ^ 1;
  expectThat((await again.digest()) === digest, 'what it holds changes with the image that it was given');
  await again.discard();
  await expectCode('EALREADY', again.digest(), 'reading back what was discarded');
}

async function reportsAlongTheTable({ machine, request }: ContractSubject): Promise<void> {
  const seen: PhaseName[] = [];
  const { ending } = await reboot(machine, request, {
    rehearse: true,
    onEvent: (event) => {
      if (event.type === 'phase') seen.push(event.phase);
    },
  });
  const order = phaseOrder.map(({ name }) => name).filter((name) => seen.includes(name));
  expectThat(json(order) === json(seen), `phases were announced as ${seen.join(', ')}`);
  if (ending.kind === 'departure') return;
  const timed = ending.timeline.phases.map(({ phase }) => phase);
  expectThat(json(timed) === json(timedPhases), `the timeline has ${timed.join(', ')}`);
  expectThat(ending.destinations.length >= 2, 'not every segment was read back');
}

async function runsSavedPlans({ machine, request }: ContractSubject): Promise<void> {
  const { plan } = await proveReboot(machine, request);
  const again = parsePlan(savePlan(plan));
  await checkMachine(again, await machine.describe());
  await reboot(machine, { plan: again, files: request });
}

/** Reboots, and cancels when an event comes for which `when` holds; at once without. */
async function cancelAt(
  { machine, request }: ContractSubject,
  when: ((event: RebootEvent) => boolean) | undefined,
): Promise<Ending> {
  const stop = new AbortController();
  if (when === undefined) stop.abort('enough');
  const onEvent = (event: RebootEvent): void => {
    if (when?.(event)) stop.abort('enough');
  };
  return (await reboot(machine, request, { onEvent, signal: stop.signal, rehearse: true })).ending;
}

async function cancelsBeforeAnything(subject: ContractSubject): Promise<void> {
  const error = await refusal(cancelAt(subject, undefined), 'a cancelled reboot');
  expectThat(error.code === 'ECANCELED' && error.phase === phases.inputs, `it failed with ${error.code}`);
  await expectNothingStaged(subject.machine);
}

const cancelsIn = ({ name, doing, undoable }: (typeof phaseOrder)[number]): ContractClause => ({
  name: `a cancellation while it is ${doing} ends the reboot, and leaves nothing staged`,
  check: async (subject) => {
    const cancelling = cancelAt(subject, (event) => event.type === 'phase' && event.phase === name);
    // Nobody is there any more to announce it, or to be cancelled.
    if (!undoable && (await cancelling.catch(() => undefined))?.kind === 'departure') return;
    const error = await refusal(cancelling, 'a cancelled reboot');
    expectThat(error.code === 'ECANCELED', `it failed with ${error.code}: ${error.message}`);
    expectThat(error.phase?.name === name, `it failed in phase ${error.phase?.name}`);
    await expectNothingStaged(subject.machine);
    // Whatever was under way is over: the machine can be used again.
    await withStaged(subject, async () => {});
  },
});

/** The phases that every reboot announces. */
const always = phaseOrder.filter(({ undoable, name }) => undoable || name === phases.relocation.name);

/** What every machine keeps. Run each clause on a machine of its own. */
export const machineContract: readonly ContractClause[] = [
  { name: 'describing it twice gives the same, and changes nothing', check: describesItself },
  { name: 'what is staged can be found again, and discarded without a trace', check: discards },
  { name: 'one reboot is staged at a time', check: stagesOneAtATime },
  { name: 'a reboot is committed once', check: commitsOnce },
  { name: 'a machine comes to rest, and goes on if the reboot is given up', check: comesToRest },
  { name: 'a machine that has changed since the plan is not rebooted', check: looksAtItselfAgain },
  { name: 'what has changed since the proof is not started', check: readsBackWhatItHolds },
  { name: 'phases are announced and timed in the order of the table', check: reportsAlongTheTable },
  { name: 'a saved plan runs', check: runsSavedPlans },
  { name: 'a reboot that was cancelled before it began does nothing', check: cancelsBeforeAnything },
  ...always.map(cancelsIn),
];
