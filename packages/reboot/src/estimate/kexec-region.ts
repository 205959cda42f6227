import { type ImageFlags, parseImageHeader } from '@kexeckit/boot-image';
import {
  alignUp,
  copyTree,
  findByName,
  parseIomem,
  type Range,
  type ResourceTree,
  rangeSize,
  removeResource,
} from '@kexeckit/ioport';
import { regionParameters, type Segment, type Strategy, segmentEnd, strategies } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import { roomOf } from '../plan/generation.ts';
import { type PlannedReboot, planReboot } from '../plan/plan.ts';
import { type InputFiles, kernelParts, type RebootRequest } from '../plan/request.ts';
import type { Reality } from '../reality/reality.ts';
import { SimulatedMachine } from '../simulated/machine.ts';

/** How large a region is for kernels that run where they were loaded. Sizes in bytes. */
export interface KexecRegionEstimate {
  /** What is loaded, from the start of its half. */
  readonly segments: readonly Segment[];
  /** The kernel's pages, as its header has them. */
  readonly pageSize: ImageFlags['pageSize'];
  /** Where the half is that the segments stand in. */
  readonly room: Range;
  /** Pages that the load takes outside of the region: what runs before the kernel does. */
  readonly outsidePages: number;
  /** The least region in which each half holds the segments, in steps of 4 MiB: found by planning. */
  readonly leastBytes: bigint;
  /** The region that the planner asks for: each segment on a boundary of its own, and room for the largest device tree. */
  readonly recommendedBytes: bigint;
  /** What of the plan is a guess, and what was taken from the kernel file. */
  readonly notes: readonly string[];
}

/** The strategy that loads into such a region. */
function strategyOf(): RebootRequest['strategy'] {
  const into = strategies.find(({ region }: Strategy) => region === 'kexeckernel');
  if (into === undefined)
    throw new RebootError('EINVAL', 'no strategy loads into a Kexec kernel region', 'report it', {
      phase: phases.plan,
    });
  return into.name;
}

/** Each half starts on 2 MiB. */
const ALIGN = 2n << 20n;

/** A machine with RAM on both sides of 4 GiB, for files alone. */
const GENERIC = `40000000-ffffffff : System RAM
  40210000-4219ffff : Kernel code
  421a0000-429fffff : reserved
  42a00000-430fffff : Kernel data
100000000-17fffffff : System RAM
`;

/**
 * Plans a load into a `Kexec kernel` region, and says how large that has to be so that it holds two: a kernel runs in one half, and
 * loads the next into the other.
 *
 * @param memory a machine's map, with the crash region that comes first; a machine with 5 GiB by default. A kexec region that it has is
 * left out.
 * @throws BootImageError for a file that is no kernel, RebootError where the machine has no room for such a region.
 */
export async function estimateKexecRegion(
  files: InputFiles,
  memory: ResourceTree = parseIomem(GENERIC),
  signal?: AbortSignal,
): Promise<KexecRegionEstimate> {
  const reality = await realityOf(memory);
  const { plan: planned, contents } = await planIn(files, reality, undefined, signal);
  const kernel = contents.get('kernel') ?? files.kernel;
  const initrd = contents.get('initrd');
  // What is unpacked once needs not be unpacked again.
  const plan = (reserve: bigint): Promise<PlannedReboot> =>
    planIn({ kernel, ...(initrd && { initrd }) }, reality, reserve, signal);
  const { generation, stage } = planned;
  if (generation === undefined) throw new RebootError('EINVAL', 'the plan loads into no region', 'report this');
  const room = roomOf(generation);
  const { segments } = stage.placement;
  const recommendedBytes = rangeSize(generation.region);
  const end = segments.reduce((most, segment) => (segmentEnd(segment) > most ? segmentEnd(segment) : most), room.start);
  const tight = 2n * alignUp(end + 1n - room.start, ALIGN);
  const leastBytes = tight < recommendedBytes && (await holdsTwo(plan, tight)) ? tight : recommendedBytes;
  return {
    segments,
    pageSize: parseImageHeader(kernel).flags.pageSize,
    room,
    outsidePages: stage.controlPages.length,
    leastBytes,
    recommendedBytes,
    notes: planned.notes,
  };
}

/** The simulated machine with this map, and with every size of page: a region is as large on a machine that has the kernel's. */
async function realityOf(memory: ResourceTree): Promise<Reality> {
  const tree = copyTree(memory);
  for (const region of findByName(tree, regionParameters.kexeckernel.resource)) removeResource(region);
  const reality = await new SimulatedMachine({ memory: tree }).describe();
  return { ...reality, features: { ...reality.features, granules: ['4K', '16K', '64K'] } };
}

const planIn = (
  files: InputFiles,
  reality: Reality,
  reserve: bigint | undefined,
  signal: AbortSignal | undefined,
): Promise<PlannedReboot> =>
  planReboot(
    {
      ...files,
      ...(reserve !== undefined && { reserve: `${reserve >> 10n}K` }),
      ...{ cmdline: '', strategy: strategyOf(), seed: 0, verify: false, takes: kernelParts },
    },
    reality,
    signal,
  );

/** Whether a load into a region of that size leaves a half for the next one. */
async function holdsTwo(plan: (reserve: bigint) => Promise<PlannedReboot>, size: bigint): Promise<boolean> {
  try {
    return (await plan(size)).plan.generation?.half !== undefined;
  } catch (error) {
    if (error instanceof RebootError && error.code === 'ENOSPC') return false;
    throw error;
  }
}
