import { type EventCounts, linuxCounts, type MachineProfile, type RunCounts } from '@kexeckit/cost';
import { type PhaseCounts, pricedTimeline, type Timeline } from '@kexeckit/reboot';
import { PAGE_SIZE, type StrategyName, strategyNamed } from '@kexeckit/relocation';

/** What is loaded, and whether digests of it are compared. */
export interface LoadSize {
  readonly kernelMib: number;
  readonly initrdMib: number;
  readonly verify: boolean;
}

/** How the routine moves pages. */
export type CopyWay = 'off' | 'on' | 'on-verified';

/**
 * What our routine counts for a page of 4 KiB that it copies, on the strict machine, whose cache lines have 64 bytes. With the MMU off:
 * 256 loads and 256 stores of 16 bytes, a word of the entry list for 16 pages in a row, and one line that the old kernel left dirty in
 * the destination. With it on: the source is in the cache as it was loaded; of the destination 63 lines are brought in, as the old
 * kernel's is there, and 64 are cleaned; two walks. A test holds all of these to runs of the machine.
 */
export const pageCounts: Readonly<Record<CopyWay, EventCounts>> = {
  off: { instructions: 904.37, uncachedAccesses: 512.06, lineFills: 0, lineCleans: 1, tableWalks: 0 },
  on: { instructions: 680.37, uncachedAccesses: 0, lineFills: 63, lineCleans: 64, tableWalks: 2 },
  'on-verified': { instructions: 910.37, uncachedAccesses: 0, lineFills: 63, lineCleans: 64, tableWalks: 2 },
};

/** What a run counts besides its pages: the routine's beginning and end. */
type FixedCounts = Readonly<Record<CopyWay | 'verifies' | 'jumps', EventCounts>>;

const fixedCounts: FixedCounts = {
  off: { instructions: 45, uncachedAccesses: 7, lineFills: 0, lineCleans: 0, tableWalks: 0 },
  on: { instructions: 65, uncachedAccesses: 6, lineFills: 1, lineCleans: 0, tableWalks: 2 },
  'on-verified': { instructions: 738, uncachedAccesses: 6, lineFills: 2, lineCleans: 64, tableWalks: 4 },
  verifies: { instructions: 729, uncachedAccesses: 6, lineFills: 2, lineCleans: 64, tableWalks: 3 },
  jumps: { instructions: 11, uncachedAccesses: 2, lineFills: 0, lineCleans: 0, tableWalks: 0 },
};

/** Instructions for a block of SHA-256, 64 bytes, where the CPU has instructions for that. */
const DIGEST_BLOCK = 99;

const MIB = 2 ** 20;
/** The device tree's, which is loaded with the files. */
const TREE_PAGES = 1;

/** Pages that are loaded. */
export const pagesOf = ({ kernelMib, initrdMib }: LoadSize): number =>
  Math.ceil((kernelMib * MIB) / PAGE_SIZE) + Math.ceil((initrdMib * MIB) / PAGE_SIZE) + TREE_PAGES;

/** What a strategy counts for a load of this size: nothing is run. */
export function phaseCounts(strategy: StrategyName, size: LoadSize): PhaseCounts {
  const { mmu, region, delivers, canVerify } = strategyNamed(strategy);
  const verifies = size.verify && canVerify;
  const pages = pagesOf(size);
  const bytes = pages * PAGE_SIZE;
  const isCopied = region === undefined && !delivers;
  const digests = verifies ? digestCounts(bytes, isCopied ? 0 : bytes) : undefined;
  const relocation = isCopied ? copyCounts(mmu === 'off' ? 'off' : verifies ? 'on-verified' : 'on', pages) : undefined;
  const jump = fixedCounts[verifies ? 'verifies' : 'jumps'];
  if (relocation !== undefined) return { relocation, digests, bytes };
  const delivered = delivers ? linuxCounts(bytes / MIB, mmu) : { relocations: 1 };
  return { relocation: { ...sum(delivered, jump), relocations: 1 }, digests, bytes };
}

/** @param standing bytes that no copy has left in the cache. */
const digestCounts = (bytes: number, standing: number): EventCounts => ({
  instructions: Math.ceil(bytes / 64) * DIGEST_BLOCK,
  uncachedAccesses: 0,
  lineFills: standing / 64,
  lineCleans: 0,
  tableWalks: standing / PAGE_SIZE,
});

const copyCounts = (way: CopyWay, pages: number): RunCounts => {
  const page = pageCounts[way];
  const all: EventCounts = {
    instructions: pages * page.instructions,
    uncachedAccesses: pages * page.uncachedAccesses,
    lineFills: pages * page.lineFills,
    lineCleans: pages * page.lineCleans,
    tableWalks: pages * page.tableWalks,
  };
  return { ...sum(all, fixedCounts[way]), relocations: 1 };
};

const sum = (a: RunCounts, b: EventCounts): EventCounts => ({
  instructions: (a.instructions ?? 0) + b.instructions,
  uncachedAccesses: (a.uncachedAccesses ?? 0) + b.uncachedAccesses,
  lineFills: (a.lineFills ?? 0) + b.lineFills,
  lineCleans: (a.lineCleans ?? 0) + b.lineCleans,
  tableWalks: (a.tableWalks ?? 0) + b.tableWalks,
});

/** How long a strategy takes, estimated from its counts alone, at the prices of a profile; without one nobody knows. */
export const estimatedTimeline = (
  strategy: StrategyName,
  size: LoadSize,
  profile: MachineProfile | undefined,
): Timeline => pricedTimeline(strategy, phaseCounts(strategy, size), profile);
