import { kernelRelease, parseImageHeader } from '@kexeckit/boot-image';
import { ARM64_CMDLINE_MAX, lostInWords, toByteString } from '@kexeckit/cmdline';
import { parseFdt } from '@kexeckit/fdt';
import { intersectRanges, type Range, subtractRanges, systemRam } from '@kexeckit/ioport';
import {
  type Breadcrumbs,
  type Digests,
  planStage,
  platformDigest,
  regionNodeOf,
  type Segment,
  type SegmentContents,
  type StagePlan,
  type Strategy,
  strategyNamed,
} from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { keepLoan, type PageLoan } from '../machine/loan.ts';
import { phases } from '../phases.ts';
import { checkReality } from '../reality/check.ts';
import { digestReality, type RealityDigest } from '../reality/digest.ts';
import type { Reality } from '../reality/reality.ts';
import { breathe } from '../road/breathe.ts';
import { completeMachine } from './complete-tree.ts';
import { draftDeviceTree } from './device-tree.ts';
import { fewNotes } from './few-notes.ts';
import { firstRegion } from './first-region.ts';
import { freezeDeep } from './freeze.ts';
import {
  type Generation,
  generationsOf,
  keptByNode,
  regionNote,
  roomOf,
  tellNextKernel,
  withAcpi,
} from './generation.ts';
import { checkWishes, contentsOf, type InputDigests, initrdNotes, type OwnedInputs, ownInputs } from './inputs.ts';
import { type Kept, keptBy } from './kept.ts';
import { kernelFits } from './kernel-fits.ts';
import { kernelRules } from './kernel-rules.ts';
import { UNPACKED_MAX } from './limits.ts';
import { checkReach, type MemoryMap, type ReservationWish, readMemoryMap } from './memory-map.ts';
import { type Lend, ownPagesFor } from './own-pages.ts';
import { type Places, placeSegments } from './place.ts';
import type { InputFiles, PlannedWishes, RebootRequest, RebootWishes } from './request.ts';
import { roomFor } from './room.ts';
import { inMemoryOf } from './tree-memory.ts';

/** 8 MiB, in pages. */
const PAGES_PER_MARK = 2048;

/** The spine: a reboot decided in full, a pure function of the request and the machine's reality. */
export interface RebootPlan {
  /** What was asked for, with every default decided. */
  readonly wishes: PlannedWishes;
  /** The files that it was made from. */
  readonly inputs: InputDigests;
  /** The machine that it was made for. */
  readonly machine: RealityDigest;
  /** The next kernel's command line, with what it must reserve for the one after it. */
  readonly cmdline: string;
  /** What the region is used for; undefined for strategies without one. */
  readonly generation: Generation | undefined;
  /** Where everything stands, and what runs in between: a relocation or a purgatory. */
  readonly stage: StagePlan;
  /** The next kernel's device tree, as it stands in its segment. */
  readonly dtb: Uint8Array;
  /** What of it rests on a guess, for people. */
  readonly notes: readonly string[];
}

/** A plan with the bytes of its segments, which nobody else can change. */
export interface PlannedReboot {
  readonly plan: RebootPlan;
  readonly contents: SegmentContents;
  /** The machine that it is for: as it described itself, with the device tree that the next kernel's is made from. */
  readonly reality: Reality;
  /** The device tree that was given in the place of the machine's own, where one was. */
  readonly givenTree?: Uint8Array | undefined;
  /** What was lent for its sources: to be given back, or staged with it. */
  readonly loan?: PageLoan | undefined;
}

/**
 * Plans a reboot, in one direction: request, strategy, region and generation, placement, device tree, and then what moves
 * and verifies pages.
 *
 * @param signal looked at between the parts of the work.
 * @param lend gives the pages that what is copied stands in, when it is known where they may not lie: none by default, and
 * the plan is a pure function of request and reality.
 * @throws BootImageError for a file that is not a kernel, FdtError for a machine's device tree that cannot be read,
 * RebootError or RelocationError for what cannot be placed.
 */
export async function planReboot(
  request: RebootRequest,
  described: Reality,
  signal?: AbortSignal,
  lend?: Lend,
): Promise<PlannedReboot> {
  checkWishes(request);
  checkReality(described);
  const strategy = strategyNamed(request.strategy);
  const { takes = [], anyInitrd = false, within, ...asked } = request;
  checkWithin(within, strategy);
  const inputs = await ownInputs(request, takes, roomToUnpack(request, described));
  const wanted = { ...asked, cmdline: inputs.cmdline ?? asked.cmdline, takes: inputs.takes, anyInitrd };
  const ofInitrd = await initrdNotes(inputs, anyInitrd);
  await breathe(signal);
  const { reality, notes: ofTree } = completeMachine(described, inputs.dtb);
  const ofCpu = kernelFits(parseImageHeader(inputs.image).flags, reality.features);
  const kept = keptBy(reality);
  const whole = readMemoryMap(reality.memory, strategy, {
    wish: wishFor(wanted, inputs, reality),
    kept,
    next: strategy.region && reality.nextRegion[strategy.region],
  });
  const map = within === undefined ? whole : clipped(whole, within);
  checkReach(map.ram, reality.features);
  const destinations = inMemoryOf(reality.dtb, map.destinations);
  const placed = place(wanted, strategy, inputs, { ...map, destinations, kept }, reality);
  const contents = contentsOf(inputs, placed.dtb);
  const wishes = decide(wanted, strategy);
  const digests = wishes.verify ? await digestsOf(placed.places.segments, contents, signal) : undefined;
  const { cmdline, generation, dtb, places } = placed;
  const machine = await digestReality(described);
  const { allocator, sources, loan } = await ownPagesFor(
    {
      ...{ free: map.free, segments: places.segments, seed: wanted.seed },
      ...{ inPlace: !copies(strategy), ownPages: reality.ownPages },
    },
    lend,
  );
  return await keepLoan(loan, async () => {
    const stage = planStage({
      strategy: strategy.name,
      exceptionLevel: reality.exceptionLevel,
      vhe: reality.vhe,
      softRestart: reality.softRestart,
      digests,
      breadcrumbs: wishes.breadcrumbs ? breadcrumbsOn(reality) : undefined,
      ram: map.ram,
      region: generation && roomOf(generation),
      ...{ segments: places.segments, entry: places.entry, dtb: places.dtb },
      ...{ allocator, sources },
    });
    const ofRegion = map.guess === undefined ? [] : [`where the region is: ${map.guess}`];
    const notes = fewNotes([...inputs.notes, ...ofInitrd, ...ofCpu, ...ofTree, ...ofRegion]);
    const plan = freezeDeep({ wishes, inputs: inputs.digests, machine, cmdline, generation, stage, dtb, notes });
    return { plan, contents, loan, reality, givenTree: inputs.dtb };
  });
}

/** @throws RebootError `EINVAL` for limits that have no meaning. */
function checkWithin(within: Range | undefined, { name, region }: Strategy): void {
  if (within === undefined) return;
  if (region !== undefined)
    throw new RebootError('EINVAL', `strategy ${name} has a region, and takes no other limits`, 'leave one out', {
      phase: phases.inputs,
    });
  if (within.start >= 0n && within.start <= within.end) return;
  throw new RebootError(
    'EINVAL',
    `nothing lies between 0x${within.start.toString(16)} and 0x${within.end.toString(16)}`,
    'give the lowest address and the highest',
    { phase: phases.inputs },
  );
}

/** A map in which only what lies in these limits may be used. */
const clipped = (map: MemoryMap, within: Range): MemoryMap => ({
  ...map,
  free: intersectRanges(map.free, [within]),
  destinations: intersectRanges(map.destinations, [within]),
});

type Wanted = RebootWishes & Required<Pick<RebootWishes, 'takes' | 'anyInitrd'>>;

function decide(wanted: Wanted, strategy: Strategy): PlannedWishes {
  const { cmdline, seed, reserve, verify, breadcrumbs, takes, anyInitrd } = wanted;
  return {
    cmdline,
    strategy: strategyNamed(strategy.name).name,
    seed,
    reserve,
    verify: verify ?? strategy.canVerify,
    breadcrumbs: breadcrumbs ?? false,
    takes,
    anyInitrd,
  };
}

/** Whether our routine copies segments, which then have sources of their own. */
const copies = ({ region, delivers }: Strategy): boolean => region === undefined && !delivers;

/** What may be reserved: nothing on a machine that runs. */
function wishFor(
  { reserve }: RebootWishes,
  { image, initrd }: OwnedInputs,
  reality: Reality,
): ReservationWish | undefined {
  if (!reality.canReserve) return undefined;
  // Where no kernel runs that could say its release, the one that is given stands for it.
  const rules = kernelRules(reality.memory, reality.osrelease ?? kernelRelease(image), reality);
  return { asked: reserve, byDefault: roomFor(image, initrd), rules };
}

/** Where everything goes, and what the next kernel is told. */
interface PlacedReboot {
  readonly places: Places;
  readonly dtb: Uint8Array;
  readonly cmdline: string;
  readonly generation: Generation | undefined;
}

/** Tries the ways to use the region, the best first. @throws RebootError `ENOSPC` where none has room. */
function place(
  wishes: RebootWishes,
  strategy: Strategy,
  inputs: OwnedInputs,
  map: MemoryMap & { readonly kept: Kept },
  reality: Reality,
): PlacedReboot {
  const kept = firstRegion(wishes.reserve, strategy, map, reality);
  if (strategy.region === undefined || map.region === undefined)
    return placeIn(subtractRanges(map.destinations, kept ? [kept] : []), wishes, inputs, reality, { kept });
  let reason: unknown;
  for (const generation of generationsOf(strategy.region, map.region, map.tree, reality)) {
    try {
      const told = { generation, kept: keptByNode(generation) ?? kept };
      return placeIn(subtractRanges([roomOf(generation)], map.kept.reserved), wishes, inputs, reality, told);
    } catch (error) {
      if (!(error instanceof RebootError) || error.code !== 'ENOSPC') throw error;
      reason = error;
    }
  }
  throw reason;
}

function placeIn(
  ranges: Parameters<typeof placeSegments>[0],
  wishes: RebootWishes,
  { image, initrd }: OwnedInputs,
  reality: Reality,
  { generation, kept }: { generation?: Generation; kept: Range | undefined },
): PlacedReboot {
  const told = generation === undefined ? wishes.cmdline : tellNextKernel(wishes.cmdline, generation);
  const keeps = kept !== undefined || regionNodeOf(parseFdt(reality.dtb)) !== undefined;
  const cmdline = withAcpi(told, reality.dtb, keeps);
  checkLength(cmdline);
  const tree = draftDeviceTree(reality.dtb, {
    cmdline,
    hasInitrd: initrd !== undefined,
    entropy: reality.entropy ?? seedBytes(wishes.seed),
    region: regionNote(generation),
    kept,
  });
  const places = placeSegments(ranges, {
    header: parseImageHeader(image),
    kernelSize: image.length,
    initrdSize: initrd?.length,
    dtbSize: tree.size,
  });
  return { places, dtb: tree.write(places.initrd), cmdline, generation };
}

/** @throws RebootError `EINVAL` for a command line that the next kernel would cut. */
function checkLength(cmdline: string): void {
  const line = toByteString(cmdline);
  if (line.length <= ARM64_CMDLINE_MAX) return;
  throw new RebootError(
    'EINVAL',
    `the next kernel's command line has ${line.length} bytes, and it keeps ${ARM64_CMDLINE_MAX}: ${lostInWords(line)}`,
    'leave something out: what a region needs is added to what was given',
    { phase: phases.plan },
  );
}

/** A test machine's seeds follow from the plan's seed, so that a run can be repeated. */
function seedBytes(seed: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(seed));
  return bytes;
}

async function digestsOf(
  segments: readonly Segment[],
  contents: SegmentContents,
  signal: AbortSignal | undefined,
): Promise<Digests> {
  const digests = new Map<string, Uint8Array>();
  for (const segment of segments) {
    digests.set(segment.name, await platformDigest(segment, contents.get(segment.name) ?? new Uint8Array()));
    await breathe(signal);
  }
  return digests;
}

function breadcrumbsOn({ console }: Reality): Breadcrumbs {
  if (console !== undefined) return { uart: console.address, everyPages: PAGES_PER_MARK };
  throw new RebootError(
    'ENODEV',
    'the machine has no PL011 console for breadcrumbs',
    'leave breadcrumbs out, or add a PL011 to its device tree',
    { phase: phases.plan },
  );
}

/** Most bytes that a kernel is unpacked to: one that is larger than all RAM is not unpacked first, and refused then. */
function roomToUnpack({ unpackedMax = UNPACKED_MAX }: RebootRequest, { memory }: Reality): number {
  const ram = systemRam(memory).reduce((sum, { start, end }) => sum + end - start + 1n, 0n);
  // Where there is none, whoever looks for room says so.
  return ram === 0n ? unpackedMax : Math.min(unpackedMax, Number(ram));
}

/**
 * The bytes of a saved plan's segments, from the files that it was made from.
 *
 * @throws BootImageError for a file that is not a kernel.
 */
export async function reloadContents(plan: RebootPlan, files: InputFiles): Promise<OwnedContents> {
  const inputs = await ownInputs(files, plan.wishes.takes);
  const { digests, initrd, dtb } = inputs;
  return { digests, contents: contentsOf(inputs, plan.dtb), initrd, dtb };
}

/** Contents with the digests of the files that they are from. */
export interface OwnedContents extends Pick<OwnedInputs, 'digests' | 'initrd' | 'dtb'> {
  readonly contents: SegmentContents;
}
