import {
  createTree,
  freeRam,
  IORESOURCE,
  insertResource,
  type Range,
  type ResourceTree,
  type Role,
  subtractRanges,
} from '@kexeckit/ioport';
import {
  generateWorkload,
  type LoadedReboot,
  type Machine,
  type PlannedReboot,
  planReboot,
  SimulatedMachine,
  type SimulatedOptions,
  type Workload,
} from '@kexeckit/reboot';
import {
  loadImage,
  planStage,
  type StagePlan,
  type StrategyName,
  scatteredAllocator,
  segmentDigest,
  segmentEnd,
  type World,
} from '@kexeckit/relocation';

/** Where the routine runs, and where it hands over. */
export const states = {
  EL1: { exceptionLevel: 1 },
  EL2: { exceptionLevel: 2 },
  VHE: { exceptionLevel: 2, vhe: true },
  'soft restart': { exceptionLevel: 1, softRestart: true },
} as const satisfies Record<string, SimulatedOptions>;

/** A state's name. */
export type EntryState = keyof typeof states;

/** What a sabotage is tried on: a strategy, where it runs, and whether it verifies digests. */
export interface Setup {
  /** `mixed`: the kernel is copied, initrd and device tree lie in a region. */
  readonly strategy: StrategyName | 'mixed';
  readonly state: EntryState;
  readonly verify: boolean;
  readonly breadcrumbs?: boolean;
}

/** Small, so that hundreds of runs take seconds; the initrd ends within a page. */
const workload = generateWorkload(40_000, 20_001, 1);
/** Where the code of its kernel begins: behind the header, which branches there. */
const CODE = 64;

/** The workload with a kernel that runs these words. */
export function kernelRunning(words: readonly number[]): Workload {
  const kernel = workload.kernel.slice();
  kernel.set(new Uint8Array(Uint32Array.from(words).buffer), CODE);
  return { ...workload, kernel };
}

/** Where the plan scatters its pages: to seven runs of one to five. */
const SEED = 29;

/** A strict machine in a setup's state; with another level or other RAM where that is what is sabotaged. */
export function strictMachine({ state }: Setup, adversary?: number, other: Partial<World> = {}): SimulatedMachine {
  const { exceptionLevel, vhe, softRestart, roles } = other;
  return new SimulatedMachine({
    ...states[state],
    ...(exceptionLevel !== undefined && { exceptionLevel }),
    ...(vhe !== undefined && { vhe }),
    ...(softRestart !== undefined && { softRestart }),
    ...(adversary !== undefined && { adversary }),
    ...(roles !== undefined && { memory: treeOf(roles.filter(({ role }) => IN_RAM.includes(role))) }),
  });
}

/** Roles of what there is RAM behind. */
const IN_RAM: readonly Role[] = ['usable', 'running kernel', 'crash region', 'kexec region', 'reserved', 'no-map'];

function treeOf(ram: readonly Range[]): ResourceTree {
  const tree = createTree('iomem');
  const flags = IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY;
  for (const { start, end } of ram) insertResource(tree, { name: 'System RAM', start, end, flags });
  return tree;
}

const planned = new Map<string, PlannedReboot>();

/** A correct reboot, planned once for each setup of a machine and loaded afresh, for someone to break. */
export async function victimFor(
  setup: Setup,
  machine: Machine = strictMachine(setup),
  files: Workload = workload,
): Promise<LoadedReboot> {
  const key = JSON.stringify([machine.name, setup]);
  const made = planned.get(key) ?? (await plan(setup, machine, files));
  planned.set(key, made);
  return { ...made, image: loadImage(made.plan.stage, made.contents) };
}

async function plan(setup: Setup, machine: Machine, files: Workload): Promise<PlannedReboot> {
  const description = await machine.describe();
  const { strategy, verify, breadcrumbs = false } = setup;
  const chosen = strategy === 'mixed' ? 'mmu-on' : strategy;
  const request = { ...files, cmdline: '', strategy: chosen, seed: SEED, verify, breadcrumbs };
  const made = await planReboot(request, description);
  return strategy === 'mixed' ? mixed(made, description.memory, verify) : made;
}

/** The same reboot, with all but its kernel in a region. */
function mixed(made: PlannedReboot, memory: ResourceTree, verify: boolean): PlannedReboot {
  const { plan: whole, contents } = made;
  const { exceptionLevel, vhe, softRestart, placement } = whole.stage;
  const { segments, ram, entry, dtb } = placement;
  const kernelEnd = segments.find(({ name }) => name === 'kernel');
  const ends = segments.map((segment) => segmentEnd(segment));
  const end = ends.reduce((last, one) => (one > last ? one : last), 0n);
  const region = { start: kernelEnd === undefined ? 0n : segmentEnd(kernelEnd) + 1n, end };
  const digests = new Map(
    segments.map((segment) => [segment.name, segmentDigest(segment, contents.get(segment.name) ?? new Uint8Array())]),
  );
  const free = subtractRanges(freeRam(memory), [region]);
  const request = {
    strategy: 'reserved',
    region,
    segments,
    ram,
    entry,
    dtb,
    exceptionLevel,
    vhe,
    softRestart,
  } as const;
  const allocator = scatteredAllocator(free, SEED);
  const planned: StagePlan = planStage({ ...request, allocator, ...(verify && { digests }) });
  return { ...made, plan: { ...whole, stage: planned } };
}
