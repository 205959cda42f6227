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

/** The name of the region that strategy `reserved` loads into, as the 2019 series shows it in /proc/iomem. */
export const KEXEC_KERNEL = 'Kexec kernel';
const CRASH_KERNEL = 'Crash kernel';
const OVERWRITABLE = new Set(['Kernel code', 'Kernel data']);

/**
 * Reads a memory map for a strategy.
 *
 * @param iomem text of /proc/iomem.
 * @param kexeckernel for strategy `reserved` on a machine whose map has no `Kexec kernel` yet: the value of a
 * `kexeckernel=` parameter; the region is found as the kernel would have at boot, and noted in the map.
 * @throws RebootError `EINVAL` for a map without RAM or a parameter that reserves nothing, `ENOSPC` where it does not fit.
 */
export function readMemoryMap(iomem: string, strategy: Strategy, kexeckernel?: string): MemoryMap {
  const tree = parseIomem(iomem);
  const ram = systemRam(tree);
  if (ram.length === 0) {
    throw new RebootError('plan', 'EINVAL', 'the memory map has no System RAM', { hint: 'read /proc/iomem as root' });
  }
  const region = regionOf(tree, strategy, kexeckernel);
  return { tree, ram, free: freeRam(tree), destinations: destinationRam(tree), region };
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

function regionOf(tree: ResourceTree, strategy: Strategy, kexeckernel: string | undefined): Range | undefined {
  if (strategy === 'crash-region') return crashRegion(tree);
  if (strategy === 'reserved') return findByName(tree, KEXEC_KERNEL)[0] ?? reserveKexecKernel(tree, kexeckernel);
  return undefined;
}

/** The largest: with `,high` there is a small low one too, which holds no segment. */
function crashRegion(tree: ResourceTree): Range {
  const [largest] = findByName(tree, CRASH_KERNEL).toSorted((a, b) => Number(rangeSize(b) - rangeSize(a)));
  if (largest === undefined) {
    throw new RebootError('plan', 'ENOSPC', 'the memory map has no Crash kernel region', {
      hint: 'boot the old kernel with crashkernel=, or choose another strategy',
    });
  }
  return { start: largest.start, end: largest.end };
}

/** Finds and notes the region that `kexeckernel=` would have reserved at boot. */
function reserveKexecKernel(tree: ResourceTree, value: string | undefined): Range {
  if (value === undefined) {
    throw new RebootError('plan', 'ENOSPC', 'the memory map has no Kexec kernel region', {
      hint: 'say how much to reserve, as kexeckernel= does: 128M',
    });
  }
  const ram = systemRam(tree).reduce((sum, range) => sum + rangeSize(range), 0n);
  const verdict = parseCrashkernel(`kexeckernel=${value}`, ram, { parameter: 'kexeckernel' });
  if (verdict.ret !== 0 || verdict.size === 0n) {
    const said = verdict.log.map(([, text]) => text).join('; ');
    throw new RebootError('plan', 'EINVAL', `kexeckernel=${value} reserves nothing${said && ` (${said})`}`, {
      hint: 'give a size, with an offset where it matters: 128M or 128M@0x60000000',
    });
  }
  const size = (verdict.size + 4095n) & ~4095n;
  const start =
    verdict.base === 0n
      ? locateMemHole(freeRam(tree), { size, align: REGION_ALIGN, max: LOW_LIMIT, topDown: true })
      : fixedBase(tree, verdict.base, size);
  if (start === undefined) {
    throw new RebootError('plan', 'ENOSPC', `no ${size / MIB} MiB for kexeckernel=${value}`, {
      hint: 'reserve less, or choose strategy mmu-on; the region lies in free RAM below 4 GiB, 2 MiB aligned',
    });
  }
  const region = { start, end: start + size - 1n };
  insertResource(tree, { name: KEXEC_KERNEL, ...region, flags: IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY });
  return region;
}

function fixedBase(tree: ResourceTree, base: bigint, size: bigint): bigint | undefined {
  if (base % REGION_ALIGN !== 0n) return undefined;
  const isFree = freeRam(tree).some(({ start, end }) => start <= base && base + size - 1n <= end);
  return isFree ? base : undefined;
}
