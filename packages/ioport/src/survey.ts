import { type Range, rangeSize } from './range.ts';
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
