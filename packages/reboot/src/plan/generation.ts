import { appendParameter, findParameters, removeParameter } from '@kexeckit/cmdline';
import { parseFdt } from '@kexeckit/fdt';
import { findByName, type Range, type ResourceTree, rangeContains, rangeSize, rangesOverlap } from '@kexeckit/ioport';
import {
  type Half,
  halfOf,
  isDivisible,
  isStubTree,
  nextHalf,
  notedRegion,
  otherHalf,
  type RegionParameter,
  type RegionState,
  RelocationError,
  regionNodeName,
  regionParameter,
  regionParameters,
  reservedRegion,
  type Segment,
  segmentEnd,
} from '@kexeckit/relocation';
import type { Reality } from '../reality/reality.ts';

/** What one reboot does with a region, and what it leaves to the next. */
export interface Generation {
  /** What reserves it. */
  readonly name: RegionParameter;
  /** The whole region, both halves. */
  readonly region: Range;
  /** The half that is loaded into; `undefined` where it takes the whole region, which then holds one image only. */
  readonly half: Half | undefined;
  /**
   * What tells the next kernel, so that its own next image has a place: `kexeckernel=…` on its command line, or the name of a
   * node of its device tree.
   */
  readonly parameter: string;
  /** Whether it is a node. */
  readonly byNode: boolean;
}

/**
 * The ways to load into a region, the best first: into the half that neither the running kernel nor the registered image
 * is in; where nobody is in the region, into all of it.
 *
 * @param reserved the region as the memory map has it.
 * @throws RelocationError `EBUSY` where the registered image lies in all the room that there is.
 */
export function generationsOf(
  name: RegionParameter,
  reserved: Range,
  tree: ResourceTree,
  machine: Reality,
): Generation[] {
  const state = regionState(name, reserved, tree, machine);
  const isFree = state === undefined || (state.running === undefined && state.registered === undefined);
  const whole = generationOf(name, reserved, undefined);
  const next = machine.nextRegion[name];
  if (state === undefined || next === 'anew') {
    refuseTaken(reserved, machine);
    return [whole];
  }
  const half = nextHalf(state);
  const { region } = state;
  refuseTaken(halfOf(region, half), machine);
  if (next === 'node') return [generationOf(name, region, half, true)];
  return [generationOf(name, region, half), ...(isFree ? [whole] : [])];
}

/**
 * What a region, or a half of it, leaves to the next kernel.
 *
 * @param byNode a node of its device tree tells it of the other half.
 */
export function generationOf(name: RegionParameter, region: Range, half: Half | undefined, byNode = false): Generation {
  const parameter = half === undefined ? anywhere(name, region) : regionParameter(name, region, half);
  if (!byNode || half === undefined) return { name, region, half, parameter, byNode: false };
  return { name, region, half, parameter: regionNodeName(halfOf(region, otherHalf(half))), byNode };
}

/** Room for one image, a half or a region without halves, must not hold any of the image that is registered. */
function refuseTaken(room: Range, { registered }: Reality): void {
  const taken = registered.find((segment) => rangesOverlap(room, { start: segment.mem, end: segmentEnd(segment) }));
  if (taken === undefined) return;
  throw new RelocationError(
    'EBUSY',
    `segment ${taken.name} of the registered image lies at 0x${taken.mem.toString(16)}, where the next one would be loaded`,
    'reboot into the registered image, or unload it first',
    { address: taken.mem },
  );
}

/** Where a generation loads. */
export const roomOf = ({ region, half }: Generation): Range => (half === undefined ? region : halfOf(region, half));

/** What the next kernel's device tree says of the region that it lives in a half of. */
export function regionNote(
  generation: Generation | undefined,
): { readonly property: string; readonly range: Range } | undefined {
  if (generation?.half === undefined) return undefined;
  return { property: regionParameters[generation.name].note, range: generation.region };
}

/** What the next kernel's device tree keeps for the kernel after it. */
export const keptByNode = ({ region, half, byNode }: Generation): Range | undefined =>
  byNode && half !== undefined ? halfOf(region, otherHalf(half)) : undefined;

/**
 * The command line with the generation's parameter in the place of whatever reserved before; `,cma` memory stays. Where a node
 * tells, no limit of memory may stay: the next kernel lives above it. Where any place will do, what was asked for stays as it is,
 * if it names none: larger or smaller than today's, high or low.
 */
export function tellNextKernel(cmdline: string, { name, parameter, half, byNode }: Generation): string {
  if (byNode) return removeParameter(removeParameter(cmdline, name), 'mem');
  const asked = findParameters(cmdline, name).filter(({ value }) => value && !value.endsWith(',cma'));
  if (half === undefined && asked.length > 0 && asked.every(({ value }) => !value?.includes('@'))) return cmdline;
  const kept = findParameters(cmdline, name).flatMap(({ value }) => (value?.endsWith(',cma') ? [value] : []));
  const told = appendParameter(removeParameter(cmdline, name), name, parameter.slice(name.length + 1));
  return kept.reduce((line, each) => appendParameter(line, name, each), told);
}

/**
 * The command line for a kernel whose tree keeps a region: where the tree is a stub beside ACPI, Linux would take it for a whole
 * one because of that node (arch/arm64/kernel/acpi.c).
 *
 * @param blob the machine's device tree.
 * @param keeps whether the next kernel's keeps a region.
 */
export function withAcpi(cmdline: string, blob: Uint8Array, keeps: boolean): string {
  if (!keeps || !isStubTree(parseFdt(blob))) return cmdline;
  const isTold = findParameters(cmdline, 'acpi').some(({ value }) => value === 'on' || value === 'force');
  return isTold ? cmdline : appendParameter(cmdline, 'acpi', 'force');
}

/** Undefined for a region that has no halves. */
function regionState(
  name: RegionParameter,
  reserved: Range,
  tree: ResourceTree,
  machine: Reality,
): RegionState | undefined {
  const whole = wholeRegion(name, machine.dtb);
  const running = whole && runningHalf(whole, reserved, tree);
  const region = (running && whole) ?? reserved;
  if (!isDivisible(region)) return undefined;
  return { ...reservedRegion(region), running, registered: registeredImage(region, machine.registered) };
}

/** The region that the kernel before this one wrote down, if it can have been one. */
function wholeRegion(name: RegionParameter, dtb: Uint8Array): Range | undefined {
  const region = notedRegion(parseFdt(dtb), regionParameters[name]);
  return region !== undefined && isDivisible(region) ? region : undefined;
}

/** The half that the running kernel's text is in, if the other half is what it has reserved. */
function runningHalf(whole: Range, reserved: Range, tree: ResourceTree): Half | undefined {
  const text = findByName(tree, 'Kernel code');
  return (['lower', 'upper'] as const).find((half) => {
    const other = halfOf(whole, otherHalf(half));
    return (
      other.start === reserved.start &&
      other.end === reserved.end &&
      text.some((code) => rangeContains(halfOf(whole, half), code))
    );
  });
}

function registeredImage(region: Range, segments: readonly Segment[]): RegionState['registered'] {
  const inHalf = (half: Half): boolean =>
    segments.some((segment) => rangesOverlap(halfOf(region, half), { start: segment.mem, end: segmentEnd(segment) }));
  const half = (['lower', 'upper'] as const).find(inHalf);
  return half && { half, segments };
}

/** The same size, wherever the next kernel finds it: it lives where this one is. */
const anywhere = (name: RegionParameter, region: Range): string => `${name}=${rangeSize(region) >> 10n}K`;
