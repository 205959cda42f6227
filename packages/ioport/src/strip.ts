import { higher, lower, type Range, rangeSize } from './range.ts';
import { isDevice, type Role, type RoleSpan } from './roles.ts';

/** Memory in a row, as a strip of cells. */
export interface Strip extends Range {
  /** What most of each cell is; null where most of it is nothing, or a device. */
  readonly cells: readonly (Role | null)[];
  /** Bytes from its end to the next strip; 0 behind the last. */
  readonly gap: bigint;
}

/** The memory of a map, to be drawn. */
export interface Strips {
  readonly strips: readonly Strip[];
  /** Bytes of a cell. */
  readonly cellSize: bigint;
}

/** How to draw. */
export interface StripOptions {
  /** Cells of the longest strip. */
  readonly cells: number;
  /** Strips at most; 8 by default. */
  readonly most?: number | undefined;
}

/** What is shown however little of a cell it is. */
const SHOWN: readonly Role[] = ['kexec region', 'crash region', 'running kernel'];
/** A gap that would take more than this part of the longest strip is left out. */
const GAP_PART = 24n;

/**
 * Memory as strips to one scale, whose unit is a round number: holes in the address space that are too large to be drawn part them, and
 * their size is told. Takes time in proportion to the spans and the cells.
 */
export function stripsOf(spans: readonly RoleSpan[], { cells, most = 8 }: StripOptions): Strips {
  const memory = spans.filter(({ role }) => !isDevice(role));
  const listed = memory.reduce((sum, span) => sum + rangeSize(span), 0n);
  let least = listed / GAP_PART + 1n;
  let groups = groupsOf(memory, least);
  while (groups.length > most && groups.length > 1) {
    least *= 2n;
    groups = groupsOf(memory, least);
  }
  const longest = groups.reduce((size, group) => (extentOf(group) > size ? extentOf(group) : size), 1n);
  const cellSize = roundUp((longest + BigInt(cells) - 1n) / BigInt(cells));
  const strips = groups.map((group, at) => {
    const [start, end] = boundsOf(group);
    const next = groups[at + 1]?.[0];
    return {
      start,
      end,
      cells: cellsOf(group, start, end, cellSize),
      gap: next === undefined ? 0n : next.start - end - 1n,
    };
  });
  return { strips, cellSize };
}

/** To five bits, so that cells start at addresses that one can read. */
function roundUp(size: bigint): bigint {
  const unit = 1n << BigInt(Math.max(size.toString(2).length - 5, 0));
  return ((size + unit - 1n) / unit) * unit;
}

type Group = readonly RoleSpan[];

/** Spans that no gap of so many bytes parts. */
function groupsOf(memory: readonly RoleSpan[], least: bigint): Group[] {
  const groups: RoleSpan[][] = [];
  for (const span of memory) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group === undefined || last === undefined || span.start - last.end > least) groups.push([span]);
    else group.push(span);
  }
  return groups;
}

const boundsOf = (group: Group): readonly [bigint, bigint] => [group[0]?.start ?? 0n, group.at(-1)?.end ?? 0n];

function extentOf(group: Group): bigint {
  const [start, end] = boundsOf(group);
  return end + 1n - start;
}

function cellsOf(group: Group, start: bigint, end: bigint, cellSize: bigint): (Role | null)[] {
  const count = Number((end - start) / cellSize) + 1;
  const shares = Array.from({ length: count }, () => new Map<Role, bigint>());
  for (const span of group) {
    const last = Number((span.end - start) / cellSize);
    for (let at = Number((span.start - start) / cellSize); at <= last; at++) {
      const from = start + BigInt(at) * cellSize;
      const share = lower(span.end, from + cellSize - 1n) + 1n - higher(span.start, from);
      const cell = shares[at];
      cell?.set(span.role, (cell.get(span.role) ?? 0n) + share);
    }
  }
  return shares.map((share, at) => roleOf(share, lower(end + 1n - start - BigInt(at) * cellSize, cellSize)));
}

/** @param size bytes of the cell. */
function roleOf(share: ReadonlyMap<Role, bigint>, size: bigint): Role | null {
  const shown = SHOWN.find((role) => share.has(role));
  if (shown !== undefined) return shown;
  let best: Role | null = null;
  let [most, nothing] = [0n, size];
  for (const [role, bytes] of share) {
    nothing -= bytes;
    if (bytes > most) [best, most] = [role, bytes];
  }
  return nothing > most ? null : best;
}
