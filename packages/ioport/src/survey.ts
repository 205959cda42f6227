import type { Range } from './range.ts';
import { rangeSize } from './range.ts';
import { type Role, type RoleSpan, rolesOf } from './roles.ts';
import type { ResourceTree } from './tree.ts';

/** How much of a map has one role. */
export interface RoleTotal {
  readonly role: Role;
  /** Bytes. */
  readonly size: bigint;
  /** Ranges of it; those that touch are counted once each. */
  readonly count: number;
}

/** What a map holds. */
export interface Survey {
  readonly spans: readonly RoleSpan[];
  /** The largest first. */
  readonly totals: readonly RoleTotal[];
  /** What nothing claims, the largest first. Ranges that touch stay apart, as nothing is placed across two banks. */
  readonly holes: readonly Range[];
}

const descending = (a: bigint, b: bigint): number => (a < b ? 1 : a > b ? -1 : 0);

/** Adds up what a map holds by what it is for. Takes time in proportion to the size of the tree, and to sort it. */
export function surveyOf(tree: ResourceTree): Survey {
  const spans = rolesOf(tree);
  const totals = new Map<Role, { role: Role; size: bigint; count: number }>();
  for (const span of spans) {
    const total = totals.get(span.role) ?? { role: span.role, size: 0n, count: 0 };
    total.size += rangeSize(span);
    total.count += 1;
    totals.set(span.role, total);
  }
  const holes = spans.filter(({ role }) => role === 'usable').map(({ start, end }) => ({ start, end }));
  return {
    spans,
    totals: [...totals.values()].sort((a, b) => descending(a.size, b.size)),
    holes: holes.sort((a, b) => descending(rangeSize(a), rangeSize(b))),
  };
}

/** Neighbours in a map, told as one. */
export interface JoinedSpan extends Range {
  /** What they are, in order of their first; one of one range stands for itself. */
  readonly parts: readonly RoleTotal[];
  /** The name that decides, of one range. */
  readonly name: string | null;
}

/** Whether a role is no memory. */
export const isDevice = (role: Role): boolean => role === 'device' || role === 'unknown';

/** Roles whose ranges are always told one by one. */
const TOLD: ReadonlySet<Role> = new Set<Role>(['running kernel', 'crash region', 'kexec region']);

/**
 * The spans of a map as at most so many rows, as far as that is possible: neighbours that are small become one, whatever lies between
 * them; devices not with memory. Small is what it takes to come down to that many. Regions for kernels, and the running one, are never joined.
 */
export function joinSpans(spans: readonly RoleSpan[], most: number): JoinedSpan[] {
  let rows = joinSmall(spans, 0n);
  for (let least = 0x1_0000n; rows.length > most && least < 1n << 64n; least *= 2n) rows = joinSmall(spans, least);
  return rows;
}

interface Run {
  start: bigint;
  end: bigint;
  parts: Map<Role, { role: Role; size: bigint; count: number }>;
  name: string | null;
  isOpen: boolean;
  isDevice: boolean;
}

function joinSmall(spans: readonly RoleSpan[], least: bigint): JoinedSpan[] {
  const runs: Run[] = [];
  for (const { start, end, role, name } of spans) {
    const size = end + 1n - start;
    const isSmall = size < least && !TOLD.has(role);
    const last = runs.at(-1);
    if (isSmall && last?.isOpen && last.isDevice === isDevice(role)) {
      const part = last.parts.get(role) ?? { role, size: 0n, count: 0 };
      part.size += size;
      part.count += 1;
      last.parts.set(role, part);
      last.end = end;
      if (last.name !== name) last.name = null;
    } else {
      runs.push({
        start,
        end,
        parts: new Map([[role, { role, size, count: 1 }]]),
        name,
        isOpen: isSmall,
        isDevice: isDevice(role),
      });
    }
  }
  return runs.map(({ start, end, parts, name }) => ({ start, end, parts: [...parts.values()], name }));
}
