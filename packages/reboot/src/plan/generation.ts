import { appendParameter, findParameters, removeParameter } from '@kexeckit/cmdline';
import { type Fdt, getProperty, parseFdt, readU64 } from '@kexeckit/fdt';
import { findByName, type Range, type ResourceTree, rangeContains, rangeSize, rangesOverlap } from '@kexeckit/ioport';
import {
  chosenOf,
  type Half,
  halfOf,
  isDivisible,
  nextHalf,
  otherHalf,
  type RegionParameter,
  type RegionParameterInfo,
  type RegionState,
  RelocationError,
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
  /** What the next kernel's command line says, so that its own next image has a place: `kexeckernel=…`. */
  readonly parameter: string;
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
  if (state === undefined || machine.nextRegion === 'anew') {
    refuseTaken(reserved, machine);
    return [whole];
  }
  const half = nextHalf(state);
  const { region } = state;
  refuseTaken(halfOf(region, half), machine);
  return [generationOf(name, region, half), ...(isFree ? [whole] : [])];
}

/** What a region, or a half of it, leaves to the next kernel. */
export function generationOf(name: RegionParameter, region: Range, half: Half | undefined): Generation {
  const parameter = half === undefined ? anywhere(name, region) : regionParameter(name, region, half);
  return { name, region, half, parameter };
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

/** The command line with the generation's parameter in the place of whatever reserved before; `,cma` memory stays. */
export function tellNextKernel(cmdline: string, { name, parameter }: Generation): string {
  const kept = findParameters(cmdline, name).flatMap(({ value }) => (value?.endsWith(',cma') ? [value] : []));
  const told = appendParameter(removeParameter(cmdline, name), name, parameter.slice(name.length + 1));
  return kept.reduce((line, each) => appendParameter(line, name, each), told);
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

/** The whole region that a device tree tells of; undefined where it tells of none, or of nothing that is a range. */
export function notedRegion(fdt: Fdt, { note }: RegionParameterInfo): Range | undefined {
  const chosen = chosenOf(fdt);
  const value = chosen && getProperty(chosen, note);
  if (value?.length !== 16) return undefined;
  const start = readU64(value.subarray(0, 8));
  return { start, end: start + readU64(value.subarray(8)) - 1n };
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
