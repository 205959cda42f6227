import { parseCrashkernel } from '@kexeckit/cmdline';
import {
  copyTree,
  findByName,
  placeReservation,
  type Range,
  type Reservation,
  type ResourceTree,
  type Role,
  type RoleSpan,
  rangeSize,
  reserveCrashKernel,
  reserveKexecKernel,
  rolesOf,
  subtractRanges,
  systemRam,
  systemRamSize,
} from '@kexeckit/ioport';
import { type NextRegion, type RegionParameter, regionParameters, type Strategy } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { CpuFeatures } from '../reality/reality.ts';
import { type Kept, noteKept, nothingKept } from './kept.ts';
import type { KernelRules } from './kernel-rules.ts';

/** What a plan needs to know of a memory map. */
export interface MemoryMap {
  readonly tree: ResourceTree;
  /** System RAM that the running kernel has mapped, whatever it is for. */
  readonly ram: readonly Range[];
  /** RAM that nothing is nested in: where the old kernel's page allocator finds free pages. */
  readonly free: readonly Range[];
  /** RAM that a segment may be copied to: reservations stay clear, the old kernel itself is overwritten. */
  readonly destinations: readonly Range[];
  /** The region that a strategy loads into. */
  readonly region: Range | undefined;
  /** That the region was found by rules that are a guess for the kernel which reserves it. */
  readonly guess: string | undefined;
}

/** What a segment may be copied to. */
const OVERWRITABLE: readonly Role[] = ['usable', 'running kernel'];
/** What the running kernel has mapped as Normal memory; firmware's and drivers' memory can lie in System RAM, too. */
const MAPPED: readonly Role[] = [...OVERWRITABLE, 'crash region', 'kexec region', 'reserved'];

/** What a region is reserved with, where that is still ours to choose: by a wish, or else by default. */
export interface ReservationWish {
  readonly asked: string | undefined;
  readonly byDefault: string;
  /** How the kernel that reserves it does so; the newest one by default. */
  readonly rules?: KernelRules | undefined;
}

/** What a memory map is read with. */
export interface MapOptions {
  readonly wish?: ReservationWish | undefined;
  /** What the machine keeps beyond the map; nothing by default. */
  readonly kept?: Kept;
  /** How the machine's kernels come to their region; by a parameter, by default. */
  readonly next?: NextRegion | undefined;
}

/**
 * Reads a memory map for a strategy. The tree itself is left as it is.
 *
 * @param options `wish` is for a map that lacks the strategy's region, where the old kernel's command line is still ours to
 * choose: the value of the parameter that reserves it. The region is found as the kernel would have at boot.
 * @throws RebootError `EINVAL` for a map without RAM, a value that reserves nothing, or a wish that would be ignored;
 * `ENOSPC` where there is no region.
 */
export function readMemoryMap(
  memory: ResourceTree,
  strategy: Strategy,
  { wish, kept = nothingKept, next }: MapOptions = {},
): MemoryMap {
  const tree = copyTree(memory);
  noteKept(tree, kept);
  const banks = systemRam(tree);
  if (banks.length === 0)
    throw new RebootError('EINVAL', 'the memory map has no System RAM', 'read /proc/iomem as root', at);
  const parameter = strategy.region;
  const found = parameter && largestRegion(tree, parameter);
  if (wish?.asked !== undefined) checkWish(strategy, found !== undefined, wish.asked);
  const region = found ?? (parameter && reserveRegion(tree, parameter, wish, next));
  const spans = rolesOf(tree);
  const of = (...roles: readonly Role[]): Range[] => ramOf(banks, spans, roles);
  return {
    tree,
    ram: subtractRanges(of(...MAPPED), kept.unmapped),
    free: of('usable'),
    destinations: subtractRanges(of(...OVERWRITABLE), kept.reserved),
    region,
    guess: found === undefined && region !== undefined ? wish?.rules?.guess : undefined,
  };
}

const at = { phase: phases.plan };

/**
 * Refuses RAM that the CPU cannot address: a kernel would not list it, so that map and CPU are of two machines.
 *
 * @throws RebootError `EINVAL` in phase `plan`.
 */
export function checkReach(ram: readonly Range[], { paBits }: CpuFeatures): void {
  const beyond = ram.find(({ end }) => end >= 1n << BigInt(paBits));
  if (beyond === undefined) return;
  throw new RebootError(
    'EINVAL',
    `System RAM ends at 0x${beyond.end.toString(16)}, and the CPU has ${paBits} bits of physical address`,
    'give the memory map and the CPU of one machine',
    at,
  );
}

/** System RAM without what has another role than these. */
function ramOf(banks: readonly Range[], spans: readonly RoleSpan[], roles: readonly Role[]): Range[] {
  return subtractRanges(
    banks,
    spans.filter(({ role }) => !roles.includes(role)),
  );
}

/** The largest of its name: with `crashkernel=,high` there is a small low one too, which holds no segment. */
function largestRegion(tree: ResourceTree, parameter: RegionParameter): Range | undefined {
  const found = findByName(tree, regionParameters[parameter].resource).map(({ start, end }) => ({ start, end }));
  return found.toSorted((a, b) => Number(rangeSize(b) - rangeSize(a)))[0];
}

/** Finds and notes the region that the parameter would have reserved at boot. */
function reserveRegion(
  tree: ResourceTree,
  parameter: RegionParameter,
  wish: ReservationWish | undefined,
  next: NextRegion | undefined,
): Range {
  if (wish === undefined && next === 'node')
    throw new RebootError(
      'ENODEV',
      'the running kernel has all memory: none was kept from it for another kernel',
      'reboot by another strategy with --reserve 512M, or boot with mem= where there is no UEFI',
      at,
    );
  if (wish === undefined) {
    throw new RebootError(
      'ENOSPC',
      `the memory map has no ${regionParameters[parameter].resource} region`,
      `boot the old kernel with ${parameter}=, or choose a strategy that copies`,
      at,
    );
  }
  const value = wish.asked ?? wish.byDefault;
  const { kernel, lowLimit } = wish.rules ?? {};
  const verdict = parseCrashkernel(`${parameter}=${value}`, systemRamSize(tree), { parameter, kernel });
  const reservation =
    parameter === 'crashkernel'
      ? reserveCrashKernel(tree, verdict, { kernel, lowLimit })
      : reserveKexecKernel(tree, verdict, { lowLimit });
  const main = reservation.regions.find(({ kind }) => kind === 'main');
  if (verdict.ret !== 0 || main === undefined)
    throw cannotReserve(`${parameter}=${value}`, verdict.log, reservation, wish.rules?.guess);
  placeReservation(tree, reservation);
  return { start: main.start, end: main.end };
}

/** Refuses a wish that would be ignored. */
function checkWish({ name, region }: Strategy, isThere: boolean, asked: string): void {
  const refuse = (what: string): never => {
    throw new RebootError('EINVAL', `nothing to reserve ${asked} for: ${what}`, 'leave it out', at);
  };
  if (region === undefined) refuse(`strategy ${name} has no region`);
  else if (isThere) refuse(`the memory map has its ${regionParameters[region].resource} region`);
}

function cannotReserve(
  asked: string,
  log: readonly (readonly [string, string])[],
  reservation: Reservation,
  guess: string | undefined,
): RebootError {
  const said = log.map(([, text]) => text).join('; ');
  const reason = reservation.refusal?.message ?? 'it is not a request';
  return new RebootError(
    said === '' ? 'ENOSPC' : 'EINVAL',
    `${asked} reserves nothing: ${said || reason}${guess === undefined ? '' : `; ${guess}`}`,
    reservation.refusal?.hint ?? 'give a size, with an offset where it matters: 128M or 128M@0x60000000',
    at,
  );
}
