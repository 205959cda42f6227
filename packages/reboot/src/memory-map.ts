import { parseCrashkernel } from '@kexeckit/cmdline';
import {
  findByName,
  freeRam,
  IORESOURCE,
  insertResource,
  locateMemHole,
  parseIomem,
  type Range,
  type ResourceTree,
  rangeSize,
  subtractRanges,
  systemRam,
  systemRamResources,
} from '@kexeckit/ioport';
import type { Strategy } from '@kexeckit/relocation';
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
}

const MIB = 1n << 20n;
/** Reservations are aligned to 2 MiB and lie below 4 GiB, as in the 2019 series. */
const REGION_ALIGN = 2n * MIB;
const LOW_LIMIT = (1n << 32n) - 1n;

/** The parameters that reserve a region at boot. */
export type RegionParameter = 'crashkernel' | 'kexeckernel';

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
 * @throws RebootError `EINVAL` for a map without RAM or a value that reserves nothing, `ENOSPC` where there is no region.
 */
export function readMemoryMap(iomem: string, strategy: Strategy, reserve?: string): MemoryMap {
  const tree = parseIomem(iomem);
  const ram = systemRam(tree);
  if (ram.length === 0) {
    throw new RebootError('plan', 'EINVAL', 'the memory map has no System RAM', { hint: 'read /proc/iomem as root' });
  }
  const parameter = regionParameter(strategy);
  const region = parameter && (largestRegion(tree, parameter) ?? reserveRegion(tree, parameter, reserve));
  return { tree, ram, free: freeRam(tree), destinations: destinationRam(tree), region };
}

/** The parameter whose region a strategy loads into. */
function regionParameter(strategy: Strategy): RegionParameter | undefined {
  if (strategy === 'reserved') return 'kexeckernel';
  return strategy === 'crash-region' ? 'crashkernel' : undefined;
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
  const size = requestedSize(tree, parameter, value);
  const start =
    size.base === 0n
      ? locateMemHole(freeRam(tree), { size: size.bytes, align: REGION_ALIGN, max: LOW_LIMIT, topDown: true })
      : fixedBase(tree, size.base, size.bytes);
  if (start === undefined) {
    throw new RebootError('plan', 'ENOSPC', `no ${size.bytes / MIB} MiB for ${parameter}=${value}`, {
      hint: 'reserve less, or choose strategy mmu-on; the region lies in free RAM below 4 GiB, 2 MiB aligned',
    });
  }
  const region = { start, end: start + size.bytes - 1n };
  insertResource(tree, { name: regionNames[parameter], ...region, flags: IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY });
  return region;
}

/** What the kernel's parser makes of the value. */
function requestedSize(tree: ResourceTree, parameter: RegionParameter, value: string): { bytes: bigint; base: bigint } {
  const ram = systemRam(tree).reduce((sum, range) => sum + rangeSize(range), 0n);
  const verdict = parseCrashkernel(`${parameter}=${value}`, ram, { parameter });
  if (verdict.ret !== 0 || verdict.size === 0n) {
    const said = verdict.log.map(([, text]) => text).join('; ');
    throw new RebootError('plan', 'EINVAL', `${parameter}=${value} reserves nothing${said && ` (${said})`}`, {
      hint: 'give a size, with an offset where it matters: 128M or 128M@0x60000000',
    });
  }
  return { bytes: (verdict.size + 4095n) & ~4095n, base: verdict.base };
}

function fixedBase(tree: ResourceTree, base: bigint, size: bigint): bigint | undefined {
  if (base % REGION_ALIGN !== 0n) return undefined;
  const isFree = freeRam(tree).some(({ start, end }) => start <= base && base + size - 1n <= end);
  return isFree ? base : undefined;
}
