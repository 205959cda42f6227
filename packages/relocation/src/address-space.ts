import { type Attributes, type Mapping, paBitsFor, type Space, vaBitsFor } from '@kexeckit/arm64-pgtable';
import { mergeRanges, type Range, rangeSize, subtractRanges } from '@kexeckit/ioport';
import { joinSpans, PAGE, type PageSpan, rangeOfPages, wholePages } from './page.ts';
import { type ExecutionState, levelOf } from './routine/level.ts';

/** What the routine does with memory while the temporary tables are on. */
export interface Accesses {
  /** The page of the routine. */
  readonly routine: number;
  /** Pages that are read: the entry list, and every source. */
  readonly read: Iterable<PageSpan>;
  /** Destinations of copies, and the page to work in. */
  readonly written: readonly Range[];
  /** The page of the console, where breadcrumbs go to it. */
  readonly console?: number | undefined;
}

const execute: Attributes = { type: 'Normal', writable: false, executable: true };
const readOnly: Attributes = { type: 'Normal', writable: false, executable: false };
const readWrite: Attributes = { type: 'Normal', writable: true, executable: false };
const device: Attributes = { type: 'Device-nGnRE', writable: true, executable: false };

/** Blocks that reads are widened to, in pages: 1 GiB, 2 MiB. */
const READ_BLOCKS = [2 ** 18, 2 ** 9];

/**
 * The identity mappings of the temporary address space: the routine executable, destinations writable, and what is
 * read, read-only.
 *
 * Reads are widened to whole blocks where the memory map calls the whole block System RAM: scattered sources would
 * otherwise take a table page each. Nothing outside `ram` is mapped, and nothing is both writable and executable.
 *
 * @param ram ranges of System RAM; a block is never widened across two of them.
 */
export function identityMappings(accesses: Accesses, ram: readonly Range[]): Mapping[] {
  const routine = [rangeOfPages(accesses.routine)];
  const written = mergeRanges(accesses.written);
  const read = subtractRanges(widen(accesses.read, ram.map(wholePages)), [...routine, ...written]);
  return [
    ...routine.map((range) => identity(range, execute)),
    ...written.map((range) => identity(range, readWrite)),
    ...read.map((range) => identity(range, readOnly)),
    ...(accesses.console === undefined ? [] : [identity(rangeOfPages(accesses.console), device)]),
  ];
}

function identity(range: Range, attributes: Attributes): Mapping {
  return { va: range.start, pa: range.start, size: rangeSize(range), attributes };
}

/** The pages as ranges, each widened to the largest block that lies wholly in RAM. */
function widen(spans: Iterable<PageSpan>, ram: readonly PageSpan[]): Range[] {
  const sorted = ram.toSorted((a, b) => a.first - b.first);
  const widened: Range[] = [];
  let covered = 0;
  for (const { first, pages } of joinSpans(spans)) {
    for (let pfn = Math.max(first, covered); pfn < first + pages; pfn = covered) {
      const [start, count] = blockAround(pfn, sorted);
      widened.push(rangeOfPages(start, count));
      covered = start + count;
    }
  }
  return mergeRanges(widened);
}

/** First page and page count of the largest block around a page that lies in one range of RAM; those are sorted. */
function blockAround(pfn: number, ram: readonly PageSpan[]): [number, number] {
  const bank = bankOf(pfn, ram);
  for (const pages of READ_BLOCKS) {
    const start = pfn - (pfn % pages);
    if (bank !== undefined && bank.first <= start && start + pages <= bank.first + bank.pages) return [start, pages];
  }
  return [pfn, 1];
}

/** The last range of RAM, by where it starts, that starts at or before a page, if it holds it. */
function bankOf(pfn: number, sorted: readonly PageSpan[]): PageSpan | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.first ?? 0) <= pfn) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low - 1];
  return found !== undefined && pfn < found.first + found.pages ? found : undefined;
}

/**
 * The shape of the space: 4 KiB granule, the address bits that the mappings reach, and an output size for all of RAM:
 * the tables themselves can lie above everything that they map.
 */
export function spaceFor(mappings: readonly Mapping[], ram: readonly Range[], state: ExecutionState): Space {
  const mapped = mappings.map(({ pa, size }) => pa + size - 1n);
  return {
    granule: '4K',
    vaBits: vaBitsFor(highest(mapped)),
    regime: levelOf(state).regime,
    paBits: paBitsFor(highest([...mapped, ...ram.map(({ end }) => end)])),
  };
}

const highest = (addresses: readonly bigint[]): bigint =>
  addresses.reduce((last, address) => (address > last ? address : last), PAGE - 1n);
