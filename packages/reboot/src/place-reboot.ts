import { parseImageHeader } from '@kexeckit/boot-image';
import type { Range } from '@kexeckit/ioport';
import { type BootArguments, prepareDeviceTree } from './device-tree.ts';
import { RebootError } from './error.ts';
import { type Generation, generationsOf, regionProperties, roomOf, tellNextKernel } from './generation.ts';
import type { MachineDescription } from './machine-description.ts';
import { type MemoryMap, parameterOf } from './memory-map.ts';
import { type Placement, placeSegments } from './place.ts';
import type { RebootRequest } from './request.ts';

/** Where everything goes, and what the next kernel is told. */
export interface PlacedReboot {
  readonly placement: Placement;
  readonly dtb: Uint8Array;
  readonly cmdline: string;
  readonly generation: Generation | undefined;
}

/** Tries the ways to use the region, the best first. @throws RebootError `ENOSPC` where none has room. */
export function placeReboot(
  kernel: Uint8Array,
  request: RebootRequest,
  map: MemoryMap,
  machine: MachineDescription,
): PlacedReboot {
  const parameter = parameterOf(request.strategy);
  if (parameter === undefined || map.region === undefined)
    return placeIn(map.destinations, kernel, request, machine, undefined);
  let reason: unknown;
  for (const generation of generationsOf(parameter, map.region, map.tree, machine)) {
    try {
      return placeIn([roomOf(generation)], kernel, request, machine, generation);
    } catch (error) {
      if (!(error instanceof RebootError) || error.code !== 'ENOSPC') throw error;
      reason = error;
    }
  }
  throw reason;
}

function placeIn(
  ranges: readonly Range[],
  kernel: Uint8Array,
  request: RebootRequest,
  machine: MachineDescription,
  generation: Generation | undefined,
): PlacedReboot {
  const cmdline = generation === undefined ? request.cmdline : tellNextKernel(request.cmdline, generation);
  const boot = { cmdline, entropy: seedBytes(request.seed), region: regionNote(generation) };
  const unplaced: BootArguments = { ...boot, initrd: request.initrd && { start: 0n, end: 0n } };
  const placement = placeSegments(ranges, {
    header: parseImageHeader(kernel),
    kernelSize: kernel.length,
    initrdSize: request.initrd?.length,
    dtbSize: prepareDeviceTree(machine.dtb, unplaced).length,
  });
  const dtb = prepareDeviceTree(machine.dtb, { ...boot, initrd: placement.initrd });
  return { placement, dtb, cmdline, generation };
}

/** What the next kernel's device tree says of the region that it lives in a half of. */
function regionNote(generation: Generation | undefined): BootArguments['region'] {
  if (generation?.half === undefined) return undefined;
  return { property: regionProperties[generation.name], range: generation.region };
}

/** The most that a device tree may take (booting.rst, "Setup the device tree"). */
const DTB_MAX = 2 ** 21;

/** A region whose halves hold the segments each, as `kexeckernel=` says it: each may start on a 2 MiB boundary of its own. */
export function roomFor(kernel: Uint8Array, initrd: Uint8Array | undefined): string {
  const { textOffset, imageSize } = parseImageHeader(kernel);
  const pieces = [Math.max(Number(textOffset + imageSize), kernel.length), initrd?.length ?? 0, DTB_MAX];
  return `${2 * pieces.reduce((sum, bytes) => sum + 2 * Math.ceil(bytes / 2 ** 21), 0)}M`;
}

/** A test machine's seeds follow from the plan's seed, so that a run can be repeated. */
function seedBytes(seed: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(seed));
  return bytes;
}
