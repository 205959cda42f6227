import type { Counters } from './counters.ts';

/** What a machine takes for each thing a run counts, and for the phases that no routine can change. All in seconds. */
export interface CostProfile {
  readonly name: string;
  readonly machine: string;
  readonly perInstruction: number;
  readonly perUncachedAccess: number;
  /** Moving one 64-byte line, in either direction. */
  readonly perLine: number;
  readonly perTableWalk: number;
  readonly shutdown: number;
  readonly startup: number;
  /** Purgatory's SHA-256 with the MMU off, a byte. */
  readonly perDigestByteUncached: number;
}

/** One published measurement of a relocation on the machine of a profile. */
export interface PublishedRelocation {
  readonly source: string;
  readonly megabytes: number;
  readonly mmu: 'off' | 'on';
  readonly seconds: number;
  /** Whether the profile was fitted to this row; the error on the others tells how far to trust it. */
  readonly fitted: boolean;
}

/** How far a profile is off on one published row: +0.17 predicts 17 % too much. */
export interface FitError extends PublishedRelocation {
  readonly predicted: number;
  readonly error: number;
}

/** Broadcom Stingray (Cortex-A72), the machine of the series' own measurements. */
export const publishedStingray: readonly PublishedRelocation[] = [
  { source: 'cover letter, July 2019', megabytes: 37, mmu: 'off', seconds: 0.35, fitted: true },
  { source: 'MMU series, RFC v2 to v18', megabytes: 25, mmu: 'on', seconds: 0.022158152, fitted: true },
  { source: 'MMU series, RFC v2 to v18', megabytes: 25, mmu: 'off', seconds: 0.440510736, fitted: false },
  { source: 'MMU series, commit text', megabytes: 25, mmu: 'off', seconds: 0.382, fitted: false },
  { source: 'MMU series, commit text', megabytes: 25, mmu: 'on', seconds: 0.019, fitted: false },
];

// Linux's routine, a 4 KiB page: 256 loads and 256 stores of 16 bytes; with caches, 64 lines read, 64 written
// to (each is brought in first) and 64 cleaned.
const PAGES_PER_MEGABYTE = 256;
const UNCACHED_ACCESSES_PER_PAGE = 512;
const LINES_PER_PAGE = 192;
/** An in-order estimate for the loop around the accesses at 3 GHz; it is lost in the price of memory. */
const INSTRUCTION = 0.25e-9;
const TABLE_WALK = 100e-9;

/** The counts that a relocation of so many megabytes has with Linux's routine. */
function linuxCounters(megabytes: number, mmu: 'off' | 'on'): Counters {
  const pages = megabytes * PAGES_PER_MEGABYTE;
  return {
    instructions: pages * 1045,
    uncachedAccesses: mmu === 'off' ? pages * UNCACHED_ACCESSES_PER_PAGE : 0,
    lineFills: mmu === 'on' ? (pages * LINES_PER_PAGE * 2) / 3 : 0,
    lineCleans: mmu === 'on' ? (pages * LINES_PER_PAGE) / 3 : 0,
    tableWalks: mmu === 'on' ? pages * 2 : 0,
  };
}

/** Fits the two prices of memory, so that the fitted rows come out exactly. */
function fitStingray(): CostProfile {
  const base: CostProfile = {
    name: 'stingray',
    machine: 'Broadcom Stingray, Cortex-A72',
    perInstruction: INSTRUCTION,
    perUncachedAccess: 0,
    perLine: 0,
    perTableWalk: TABLE_WALK,
    shutdown: 0.03,
    startup: 0.29,
    perDigestByteUncached: 2.31 / (37 * 2 ** 20),
  };
  const rest = (mmu: 'off' | 'on'): { seconds: number; counters: Counters } => {
    const row = publishedStingray.find((published) => published.fitted && published.mmu === mmu);
    const counters = linuxCounters(row?.megabytes ?? 0, mmu);
    return { seconds: (row?.seconds ?? 0) - price(counters, base), counters };
  };
  const off = rest('off');
  const on = rest('on');
  return {
    ...base,
    perUncachedAccess: off.seconds / off.counters.uncachedAccesses,
    perLine: on.seconds / (on.counters.lineFills + on.counters.lineCleans),
  };
}

/** Seconds that a run with these counts takes on the machine of a profile. */
export function price(counters: Counters, profile: CostProfile): number {
  return (
    counters.instructions * profile.perInstruction +
    counters.uncachedAccesses * profile.perUncachedAccess +
    (counters.lineFills + counters.lineCleans) * profile.perLine +
    counters.tableWalks * profile.perTableWalk
  );
}

/** What the profile predicts for every published row, fitted or not. */
export function fitErrors(profile: CostProfile, published: readonly PublishedRelocation[]): FitError[] {
  return published.map((row) => {
    const predicted = price(linuxCounters(row.megabytes, row.mmu), profile);
    return { ...row, predicted, error: predicted / row.seconds - 1 };
  });
}

/** The profile of the machine that the series was measured on. */
export const stingray: CostProfile = fitStingray();
