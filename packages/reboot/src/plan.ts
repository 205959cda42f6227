import { unpack } from '@kexeckit/boot-image';
import {
  type Breadcrumbs,
  type Digests,
  planStage,
  type Segment,
  type SegmentContents,
  type StagePlan,
  scatteredAllocator,
  segmentDigest,
  strategyNamed,
} from '@kexeckit/relocation';
import { RebootError } from './error.ts';
import { type Generation, roomOf } from './generation.ts';
import type { MachineDescription } from './machine-description.ts';
import { checkReserve, readMemoryMap } from './memory-map.ts';
import { placeReboot, roomFor } from './place-reboot.ts';
import type { RebootRequest } from './request.ts';
import { stepsFor } from './steps.ts';

/** 8 MiB, in pages. */
const PAGES_A_MARK = 2048;

/** The spine: a reboot decided in full, a pure function of the request and the machine's description. */
export interface RebootPlan {
  readonly machine: string;
  readonly cpus: number;
  /** The next kernel's, with what it must reserve for the one after it. */
  readonly cmdline: string;
  readonly seed: number;
  readonly relocation: StagePlan;
  /** What the region is used for; undefined for strategies without one. */
  readonly generation: Generation | undefined;
  /** What the operator does around the reboot, in order. */
  readonly steps: readonly string[];
}

/** A plan with the bytes of its segments. */
export interface PlannedReboot {
  readonly plan: RebootPlan;
  readonly contents: SegmentContents;
}

/**
 * Plans a reboot.
 *
 * @throws BootImageError for a kernel that is none, RebootError or RelocationError for what cannot be placed.
 */
export async function planReboot(request: RebootRequest, machine: MachineDescription): Promise<PlannedReboot> {
  if (!Number.isInteger(request.seed)) {
    throw new RebootError('inputs', 'EINVAL', `seed ${request.seed} is not an integer`, {
      hint: 'give a whole number',
    });
  }
  const { image: kernel } = await unpack(request.kernel);
  const reserve = machine.canReserve ? (request.reserve ?? roomFor(kernel, request.initrd)) : undefined;
  const map = readMemoryMap(machine.iomem, request.strategy, reserve);
  if (request.reserve !== undefined) checkReserve(map, request.strategy, request.reserve);
  const { placement, dtb, cmdline, generation } = placeReboot(kernel, request, map, machine);

  const contents = new Map([
    ['kernel', kernel],
    ['dtb', dtb],
  ]);
  if (request.initrd !== undefined) contents.set('initrd', request.initrd);
  const verify = request.verify ?? strategyNamed(request.strategy).canVerify;
  const relocation = planStage({
    strategy: request.strategy,
    exceptionLevel: machine.exceptionLevel,
    vhe: machine.vhe,
    ...(machine.softRestart && { softRestart: true }),
    ...(verify && { digests: digestsOf(placement.segments, contents) }),
    ...(request.breadcrumbs && { breadcrumbs: breadcrumbsOn(machine) }),
    ram: map.ram,
    ...(generation && { region: roomOf(generation) }),
    segments: placement.segments,
    entry: placement.entry,
    dtb: placement.dtb,
    allocator: scatteredAllocator(map.free, request.seed),
  });
  const plan = {
    machine: machine.name,
    cpus: machine.cpus,
    cmdline,
    seed: request.seed,
    relocation,
    generation,
    steps: stepsFor(request.strategy, generation),
  };
  return { plan, contents };
}

function digestsOf(segments: readonly Segment[], contents: SegmentContents): Digests {
  return new Map(
    segments.map((segment) => [segment.name, segmentDigest(segment, contents.get(segment.name) ?? new Uint8Array())]),
  );
}

function breadcrumbsOn(machine: MachineDescription): Breadcrumbs {
  if (machine.console !== undefined) return { uart: machine.console, everyPages: PAGES_A_MARK };
  throw new RebootError('inputs', 'ENODEV', 'the machine has no PL011 console for breadcrumbs', {
    hint: 'leave breadcrumbs out, or add a PL011 to its device tree',
  });
}
