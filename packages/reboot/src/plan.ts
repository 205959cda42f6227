import { parseImageHeader, unpack } from '@kexeckit/boot-image';
import {
  type Breadcrumbs,
  type Digests,
  planRelocation,
  type RelocationPlan,
  type Segment,
  type SegmentContents,
  type Strategy,
  scatteredAllocator,
  segmentDigest,
} from '@kexeckit/relocation';
import { type BootArguments, prepareDeviceTree } from './device-tree.ts';
import { RebootError } from './error.ts';
import type { MachineDescription } from './machine-description.ts';
import { readMemoryMap } from './memory-map.ts';
import { type Cargo, placeSegments } from './place.ts';

/** What a person asks for. */
export interface RebootRequest {
  /** A kernel file of any kind that `@kexeckit/boot-image` unpacks. */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array;
  /** The next kernel's command line. */
  readonly cmdline: string;
  readonly strategy: Strategy;
  /** Decides where the old kernel's allocator leaves source pages, and the next kernel's seeds. Any 32-bit integer. */
  readonly seed: number;
  /**
   * On a machine that can still reserve the region of strategy `reserved` or `crash-region`: how much, in the words of
   * `kexeckernel=` and `crashkernel=`. By default, as much as the segments take.
   */
  readonly reserve?: string;
  /**
   * Compares the SHA-256 of every segment before the jump. By default where the MMU is on for it: everywhere but with
   * `mmu-off`.
   */
  readonly verify?: boolean;
  /** Marks on the machine's console at each stage of the relocation. No by default. */
  readonly breadcrumbs?: boolean;
}

/** 8 MiB, in pages. */
const PAGES_A_MARK = 2048;

/** The spine: a reboot decided in full, a pure function of the request and the machine's description. */
export interface RebootPlan {
  readonly machine: string;
  readonly cpus: number;
  readonly cmdline: string;
  readonly seed: number;
  readonly relocation: RelocationPlan;
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
  const boot = { cmdline: request.cmdline, entropy: seedBytes(request.seed) };
  const unplaced: BootArguments = { ...boot, initrd: request.initrd && { start: 0n, end: 0n } };
  const cargo: Cargo = {
    header: parseImageHeader(kernel),
    kernelSize: kernel.length,
    initrdSize: request.initrd?.length,
    dtbSize: prepareDeviceTree(machine.dtb, unplaced).length,
  };
  const reserve = machine.canReserve ? (request.reserve ?? roomFor(cargo)) : undefined;
  const map = readMemoryMap(machine.iomem, request.strategy, reserve);
  const placement = placeSegments(map.region === undefined ? map.destinations : [map.region], cargo);
  const dtb = prepareDeviceTree(machine.dtb, { ...boot, initrd: placement.initrd });

  const contents = new Map([
    ['kernel', kernel],
    ['dtb', dtb],
  ]);
  if (request.initrd !== undefined) contents.set('initrd', request.initrd);
  const verify = request.verify ?? request.strategy !== 'mmu-off';
  const relocation = planRelocation({
    strategy: request.strategy,
    exceptionLevel: machine.exceptionLevel,
    vhe: machine.vhe,
    ...(machine.softRestart && { softRestart: true }),
    ...(verify && { digests: digestsOf(placement.segments, contents) }),
    ...(request.breadcrumbs && { breadcrumbs: breadcrumbsOn(machine) }),
    ram: map.ram,
    ...(map.region && { region: map.region }),
    segments: placement.segments,
    entry: placement.entry,
    dtb: placement.dtb,
    allocator: scatteredAllocator(map.free, request.seed),
  });
  const plan = {
    machine: machine.name,
    cpus: machine.cpus,
    cmdline: request.cmdline,
    seed: request.seed,
    relocation,
    steps: stepsFor(request.strategy),
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

/** A region that holds the cargo, in the words of `kexeckernel=`: each piece may start on a 2 MiB boundary of its own. */
function roomFor(cargo: Cargo): string {
  const pieces = [Number(cargo.header.textOffset + cargo.header.imageSize), cargo.initrdSize ?? 0, cargo.dtbSize];
  return `${pieces.reduce((sum, bytes) => sum + 2 * Math.ceil(bytes / 2 ** 21), 0)}M`;
}

function stepsFor(strategy: Strategy): string[] {
  const middle = [
    'prove the plan',
    'shut devices down, take all CPUs but one offline',
    'jump to the relocation routine',
  ];
  switch (strategy) {
    case 'crash-region':
      return [
        'unload the crash kernel',
        'load into its region',
        ...middle,
        'the next kernel loads its crash kernel again',
      ];
    case 'reserved':
      return ['unregister an image that is still loaded in the region', 'load into the region', ...middle];
    default:
      return ['load into free pages', ...middle];
  }
}

/** A test machine's seeds follow from the plan's seed, so that a run can be repeated. */
function seedBytes(seed: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(seed));
  return bytes;
}
