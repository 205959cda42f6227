import {
  checkInputs,
  checkMachine,
  configurationsFor,
  type LoadedReboot,
  parsePlan,
  planReboot,
  proveReboot,
  type Reality,
  RebootError,
  type RebootPlan,
  type RebootRequest,
  type RehearsalConfiguration,
  rehearseOn,
} from '@kexeckit/reboot';
import { loadImage, type Proof, prove, type StrategyName } from '@kexeckit/relocation';
import { machineOf, requestOf } from '../../desk/asked.ts';
import type { RebootInputs } from '../../desk/inputs.ts';
import { firstChoice } from '../../desk/strategy.ts';
import type { DeskText } from '../../desk/subject.ts';
import { wordsOf } from '../../shared/words.ts';
import { type Failure, failureOf } from '../failure/model.ts';
import { type ProofRow, proofRows } from '../proof/model.ts';
import { addressIn, type Problem, problemsOf } from './model/found.ts';
import { machineMarks, planMarks } from './model/marks.ts';
import type { PlanOnMap } from './model/model.ts';
import { type PackedMarks, type PackedRows, packedBuffers, packMarks, packRows } from './model/packed.ts';
import { planPages } from './model/plan-pages.ts';
import { resourceRows } from './model/tree.ts';

/** What a machine alone has on its map, packed for the way from a worker. */
export interface MachineMap {
  readonly marks: PackedMarks;
  readonly resources: PackedRows;
}

/** What is planned: by a strategy, or a plan that was saved. */
export type Origin = { readonly strategy: StrategyName } | { readonly saved: DeskText };

/** A plan on the map, and what came of proving it here. */
export interface PlanMap extends PlanOnMap {
  readonly strategy: StrategyName;
  /** Undefined where it could not be proved: its files are not those that it was made from. */
  readonly proof: readonly ProofRow[] | undefined;
  readonly problems: readonly Problem[];
  /** Why it is refused. */
  readonly failure: Failure | undefined;
}

/** One run of a rehearsal: plain data. */
export interface RehearsedRun {
  readonly configuration: string;
  readonly instructions: number | undefined;
  /** What went wrong; undefined where nothing did. */
  readonly problem: Problem | undefined;
}

/** A machine that is kept, to plan on. */
export interface MapMachine {
  readonly map: MachineMap;
  /** Plans, and proves what was planned. @throws where there is no plan. */
  plan(origin: Origin): Promise<PlanMap>;
  /** Rehearses the last plan: as the machine says, or all that a thorough rehearsal has; each run is told when it has ended. */
  rehearse(thorough: boolean, tell: (run: RehearsedRun) => void): Promise<void>;
}

/** A plan that was loaded, and how it was proved. */
interface Drafted {
  readonly plan: RebootPlan;
  readonly loaded: LoadedReboot | undefined;
  readonly proof: Proof | undefined;
  readonly failure: Failure | undefined;
}

/** Makes a machine from what lies on the desk. @throws IoportError for a map that cannot be read. */
export async function openMap(inputs: RebootInputs): Promise<MapMachine> {
  const machine = machineOf(inputs);
  const reality = await machine.describe();
  let last: Drafted | undefined;
  return {
    map: { marks: packMarks(machineMarks(reality)), resources: packRows(resourceRows(reality.memory)) },
    plan: async (origin) => {
      last = undefined;
      last =
        'saved' in origin
          ? await recall(origin.saved, inputs, reality)
          : await draft(requestOf(inputs, origin.strategy), machine, origin.strategy);
      return planMap(last);
    },
    rehearse: async (thorough, tell) => {
      if (last?.loaded === undefined) return;
      for (const configuration of configurationsFor(last.loaded.plan.stage, thorough))
        tell(await rehearsed(configuration, last.loaded, reality));
    },
  };
}

/** Plans and proves; a plan that the proof refuses is there all the same. */
async function draft(
  request: RebootRequest,
  machine: ReturnType<typeof machineOf>,
  strategy: StrategyName,
): Promise<Drafted> {
  let plan: RebootPlan | undefined;
  try {
    const loaded = await proveReboot(machine, request, {
      onEvent: (event) => {
        if (event.type === 'planned') plan = event.plan;
      },
    });
    return { plan: loaded.plan, loaded, proof: loaded.proof, failure: undefined };
  } catch (error) {
    if (plan === undefined) throw error;
    const proof = error instanceof RebootError ? error.proof : undefined;
    return { plan, loaded: undefined, proof, failure: failureOf(error, strategy) };
  }
}

/**
 * A saved plan on this machine. Where its files are those that lie on the desk, it is proved here, whatever machine it was made for,
 * so that the map shows what is wrong with it, and where.
 */
async function recall({ text }: DeskText, inputs: RebootInputs, reality: Reality): Promise<Drafted> {
  const plan = parsePlan(text);
  const { strategy } = plan.stage;
  const problem = await whyNot(() => checkMachine(plan, reality));
  try {
    // The bytes of its segments: a plan for this machine takes them from the same files.
    const request = { ...requestOf(inputs, strategy), takes: plan.wishes.takes };
    const { contents: own, plan: here } = await planReboot({ ...request, strategy: firstChoice }, reality);
    checkInputs(plan, here.inputs);
    const contents = new Map(own).set('dtb', plan.dtb);
    const image = loadImage(plan.stage, contents);
    const proof = prove(plan.stage, image, contents, reality);
    const failure = problem === undefined ? undefined : { ...failureOf(problem, strategy), proof: proofRows(proof) };
    return { plan, loaded: { plan, contents, image }, proof, failure };
  } catch (error) {
    return { plan, loaded: undefined, proof: undefined, failure: failureOf(problem ?? error, strategy) };
  }
}

async function whyNot(check: () => Promise<void>): Promise<unknown> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return error;
  }
}

function planMap({ plan, proof, failure }: Drafted): PlanMap {
  return {
    strategy: plan.stage.strategy,
    marks: planMarks(plan),
    pages: planPages(plan),
    proof: proof && proofRows(proof),
    problems: proof === undefined ? [] : problemsOf(proof),
    failure,
  };
}

/** The buffers of a machine's map, to be handed over instead of copied. */
export const machineBuffers = ({ marks, resources }: MachineMap): ArrayBuffer[] => [
  ...packedBuffers(marks),
  ...packedBuffers(resources),
];

/** The buffers of a plan's pages, to be handed over instead of copied. */
export function buffersOf({ pages: { sources, arrivals, own } }: PlanMap): ArrayBuffer[] {
  const sets = [sources, arrivals, ...Object.values(own)];
  return [...new Set(sets.flatMap(({ first, pages, before, other }) => [first, pages, before, other]))].map(
    ({ buffer }) => buffer,
  );
}

async function rehearsed(
  configuration: RehearsalConfiguration,
  loaded: LoadedReboot,
  reality: Reality,
): Promise<RehearsedRun> {
  const { name } = configuration;
  try {
    const { figures } = await rehearseOn(configuration, loaded, reality);
    const instructions = figures.find((figure) => figure.name === 'instructions retired')?.value;
    return { configuration: name, instructions, problem: undefined };
  } catch (error) {
    const { message } = wordsOf(error);
    const problem: Problem = { from: 'rehearsal', of: name, address: addressIn(message), text: message };
    return { configuration: name, instructions: undefined, problem };
  }
}
