import { parseCrashkernel } from '@kexeckit/cmdline';
import {
  findByName,
  freeRam,
  parseIomem,
  placeReservation,
  type Range,
  type Reservation,
  type ResourceTree,
  rangeSize,
  reserveCrashKernel,
  reserveKexecKernel,
  subtractRanges,
  systemRam,
  systemRamResources,
  systemRamSize,
} from '@kexeckit/ioport';
import { type RegionParameter, type StrategyName, strategyNamed } from '@kexeckit/relocation';
import { RebootError } from './error.ts';

/** What a plan needs to know of a memory map. */
export interface MemoryMap {
  readonly tree: ResourceTree;
  readonly ram: readonly Range[];
  /** RAM that nothing is nested in: where the old kernel's page allocator finds free pages. */
  readonly free: readonly Range[];
  /** RAM that a segment may be copied to: reservations stay clear, the old kernel itself is overwritten. */
  readonly destinations: readonly Range[];
  /** The region that a strategy loads into. */
  readonly region: Range | undefined;
  /** Whether it was reserved just now, the map did not have it. */
  readonly wasReserved: boolean;
}

/** What the regions are called in /proc/iomem; `Kexec kernel` as in the 2019 series. */
export const regionNames: Readonly<Record<RegionParameter, string>> = {
  crashkernel: 'Crash kernel',
  kexeckernel: 'Kexec kernel',
};

const OVERWRITABLE = new Set(['Kernel code', 'Kernel data']);

/**
 * Reads a memory map for a strategy.
 *
 * @param iomem text of /proc/iomem.
 * @param reserve where the map lacks the strategy's region and the old kernel's command line is still ours to choose:
 * the value of the parameter that reserves it. The region is found as the kernel would have at boot.
 * @throws RebootError `EINVAL` for a map without RAM, or a value that reserves nothing; `ENOSPC` where there is no region.
 */
export function readMemoryMap(iomem: string, strategy: StrategyName, reserve?: string): MemoryMap {
  const tree = parseIomem(iomem);
  const ram = systemRam(tree);
  if (ram.length === 0) {
    throw new RebootError('plan', 'EINVAL', 'the memory map has no System RAM', { hint: 'read /proc/iomem as root' });
  }
  const parameter = parameterOf(strategy);
  const found = parameter && largestRegion(tree, parameter);
  const region = found ?? (parameter && reserveRegion(tree, parameter, reserve));
  const wasReserved = region !== found;
  return { tree, ram, free: freeRam(tree), destinations: destinationRam(tree), region, wasReserved };
}

/** The parameter whose region a strategy loads into. */
export function parameterOf(strategy: StrategyName): RegionParameter | undefined {
  return strategyNamed(strategy).region;
}

/** System RAM without what is nested in it, but for the old kernel's own text and data. */
function destinationRam(tree: ResourceTree): Range[] {
  const kept: Range[] = [];
  for (const { child } of systemRamResources(tree)) {
    for (let at = child; at; at = at.sibling) {
      if (at.name === null || !OVERWRITABLE.has(at.name)) kept.push({ start: at.start, end: at.end });
    }
  }
  return subtractRanges(systemRam(tree), kept);
}

/** The largest of its name: with `crashkernel=,high` there is a small low one too, which holds no segment. */
function largestRegion(tree: ResourceTree, parameter: RegionParameter): Range | undefined {
  const found = findByName(tree, regionNames[parameter]).map(({ start, end }) => ({ start, end }));
  return found.toSorted((a, b) => Number(rangeSize(b) - rangeSize(a)))[0];
}

/** Finds and notes the region that the parameter would have reserved at boot. */
function reserveRegion(tree: ResourceTree, parameter: RegionParameter, value: string | undefined): Range {
  if (value === undefined) {
    throw new RebootError('plan', 'ENOSPC', `the memory map has no ${regionNames[parameter]} region`, {
      hint: `boot the old kernel with ${parameter}=, or choose strategy mmu-on`,
    });
  }
  const verdict = parseCrashkernel(`${parameter}=${value}`, systemRamSize(tree), { parameter });
  const reservation =
    parameter === 'crashkernel' ? reserveCrashKernel(tree, verdict) : reserveKexecKernel(tree, verdict);
  const main = reservation.regions.find(({ kind }) => kind === 'main');
  if (verdict.ret !== 0 || main === undefined) throw cannotReserve(`${parameter}=${value}`, verdict.log, reservation);
  placeReservation(tree, reservation);
  return { start: main.start, end: main.end };
}

/**
 * Refuses a wish that would be ignored.
 *
 * @throws RebootError `EINVAL` where a strategy has no region, or the region is there already.
 */
export function checkReserve(map: MemoryMap, strategy: StrategyName, reserve: string): void {
  const parameter = parameterOf(strategy);
  const refuse = (what: string): never => {
    throw new RebootError('plan', 'EINVAL', `nothing to reserve ${reserve} for: ${what}`, { hint: 'leave it out' });
  };
  if (parameter === undefined) refuse(`strategy ${strategy} has no region`);
  else if (!map.wasReserved) refuse(`the memory map has its ${regionNames[parameter]} region`);
}

function cannotReserve(
  asked: string,
  log: readonly (readonly [string, string])[],
  reservation: Reservation,
): RebootError {
  const said = log.map(([, text]) => text).join('; ');
  const reason = reservation.refusal?.message ?? 'it is no request';
  return new RebootError('plan', said === '' ? 'ENOSPC' : 'EINVAL', `${asked} reserves nothing: ${said || reason}`, {
    hint: reservation.refusal?.hint ?? 'give a size, with an offset where it matters: 128M or 128M@0x60000000',
  });
}
