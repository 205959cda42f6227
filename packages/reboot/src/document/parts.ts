import { findNode, getProperty, parseFdt, readString } from '@kexeckit/fdt';
import { strategyNamed } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import { roomOf, tellNextKernel } from '../plan/generation.ts';
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
  const tree = stage.placement.segments.find(({ name }) => name === 'dtb');
  return [
    { what: 'wishes.strategy and stage.strategy', one: wishes.strategy, other: stage.strategy },
    { what: 'machine and stage: the level', one: levelOf(machine), other: levelOf(stage) },
    { what: 'wishes.verify and stage.halt', one: wishes.verify, other: stage.halt !== undefined },
    { what: 'wishes and stage: breadcrumbs', one: wishes.breadcrumbs, other: stage.breadcrumbs !== undefined },
    { what: 'wishes.strategy and generation: a region', one: region, other: generation?.name },
    { what: 'generation and stage: the region', one: generation && roomOf(generation), other: stage.placement.region },
    { what: 'wishes and cmdline', one: told, other: plan.cmdline },
    { what: 'cmdline and the bootargs of dtb', one: plan.cmdline, other: bootargsOf(plan.dtb) },
    { what: 'dtb and its segment: bytes', one: plan.dtb.length, other: Number(tree?.bufsz ?? -1n) },
  ];
}

const levelOf = (state: Pick<RebootPlan['stage'], 'exceptionLevel' | 'vhe' | 'softRestart'>): string =>
  `EL${state.exceptionLevel}${state.vhe ? ', VHE' : ''}${state.softRestart ? ', soft restart' : ''}`;

/** Undefined for a blob that is not a device tree, or has none. */
function bootargsOf(dtb: Uint8Array): string | undefined {
  try {
    const chosen = findNode(parseFdt(dtb), '/chosen');
    const value = chosen && getProperty(chosen, 'bootargs');
    return value && readString(value);
  } catch {
    return undefined;
  }
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `0x${member.toString(16)}` : member)) ??
  'nothing';
