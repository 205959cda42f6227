import { type Fdt, parseFdt } from '@kexeckit/fdt';
import {
  chosenOf,
  commandLineOf,
  isDivisible,
  notedRegion,
  regionNodeOf,
  regionParameters,
  strategyNamed,
} from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import {
  type Generation,
  generationOf,
  keptByNode,
  regionNote,
  roomOf,
  tellNextKernel,
  withAcpi,
} from '../plan/generation.ts';
import { checkWishes } from '../plan/inputs.ts';
import type { RebootPlan } from '../plan/plan.ts';

/** A part of a plan that another part says too. */
interface Pair {
  readonly what: string;
  readonly one: unknown;
  readonly other: unknown;
}

/**
 * Refuses a plan whose parts contradict each other: what is printed of it would not be what runs.
 *
 * @throws RebootError `EINVAL` in phase `inputs`, naming both parts.
 */
export function checkParts(plan: RebootPlan): void {
  checkWishes(plan.wishes);
  for (const { what, one, other } of pairsOf(plan)) {
    if (textOf(one) === textOf(other)) continue;
    throw new RebootError(
      'EINVAL',
      `the plan contradicts itself: ${what}: ${textOf(one)} and ${textOf(other)}`,
      'make it again with --save-plan',
      { phase: phases.inputs },
    );
  }
}

function pairsOf(plan: RebootPlan): Pair[] {
  const { wishes, machine, generation, stage } = plan;
  const { region } = strategyNamed(wishes.strategy);
  const told = generation === undefined ? wishes.cmdline : tellNextKernel(wishes.cmdline, generation);
  const tree = readTree(plan.dtb);
  const keeps = tree !== undefined && regionNodeOf(tree) !== undefined;
  return [
    { what: 'wishes.strategy and stage.strategy', one: wishes.strategy, other: stage.strategy },
    { what: 'machine and stage: the level', one: levelOf(machine), other: levelOf(stage) },
    { what: 'wishes.verify and stage.halt', one: wishes.verify, other: stage.halt !== undefined },
    { what: 'wishes and stage: breadcrumbs', one: wishes.breadcrumbs, other: stage.breadcrumbs !== undefined },
    { what: 'wishes.strategy and generation: a region', one: region, other: generation?.name },
    { what: 'generation and stage: the region', one: generation && roomOf(generation), other: stage.placement.region },
    { what: 'generation and its parameter', one: generation?.parameter, other: generation && parameterOf(generation) },
    { what: 'wishes and cmdline', one: keeps ? withAcpi(told, plan.dtb, keeps) : told, other: plan.cmdline },
    ...treePairs(plan),
    ...segmentPairs(plan),
  ];
}

/** What the next kernel must reserve. Undefined for a region that it cannot have a half of. */
function parameterOf({ name, region, half, byNode }: Generation): string | undefined {
  if (half !== undefined && !isDivisible(region)) return undefined;
  return generationOf(name, region, half, byNode).parameter;
}

/** What the next kernel reads in its tree, as it reads it. */
function treePairs({ cmdline, generation, dtb }: RebootPlan): Pair[] {
  const tree = readTree(dtb);
  const note = regionNote(generation);
  const kept = generation && keptByNode(generation);
  return [
    { what: 'cmdline and the bootargs of dtb', one: cmdline, other: tree && textIn(commandLineOf(tree)) },
    ...(kept === undefined
      ? []
      : [{ what: 'generation and what dtb keeps', one: kept, other: tree && regionNodeOf(tree) }]),
    ...Object.values(regionParameters).map((parameter) => ({
      what: `generation and ${parameter.note} of dtb`,
      one: note?.property === parameter.note ? note.range : undefined,
      other: tree && notedRegion(tree, parameter),
    })),
  ];
}

/** What is loaded: the files, and the tree. */
function segmentPairs({ inputs, dtb, stage }: RebootPlan): Pair[] {
  const { segments } = stage.placement;
  const names = ['kernel', 'dtb', ...(inputs.initrd === undefined ? [] : ['initrd'])];
  const bytesOf = (wanted: string): number | undefined => {
    const found = segments.find(({ name }) => name === wanted);
    return found && Number(found.bufsz);
  };
  return [
    { what: 'inputs and the segments', one: names.sort(), other: segments.map(({ name }) => name).sort() },
    { what: 'dtb and its segment: bytes', one: dtb.length, other: bytesOf('dtb') },
    { what: 'inputs.initrd and its segment: bytes', one: inputs.initrd?.bytes, other: bytesOf('initrd') },
  ];
}

const levelOf = (state: Pick<RebootPlan['stage'], 'exceptionLevel' | 'vhe' | 'softRestart'>): string =>
  `EL${state.exceptionLevel}${state.vhe ? ', VHE' : ''}${state.softRestart ? ', soft restart' : ''}`;

/** Undefined for a blob that no kernel can read as a device tree. */
function readTree(dtb: Uint8Array): Fdt | undefined {
  try {
    const tree = parseFdt(dtb);
    chosenOf(tree);
    return tree;
  } catch {
    return undefined;
  }
}

/** Undefined for bytes that are no text: no plan has such a command line. */
function textIn(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `0x${member.toString(16)}` : member)) ??
  'nothing';
