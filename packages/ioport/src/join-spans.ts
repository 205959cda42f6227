import { type Range, rangeSize } from './range.ts';
import { isDevice, type Role, type RoleSpan } from './roles.ts';
import type { RoleTotal } from './survey.ts';

/** Neighbours in a map, told as one. */
export interface JoinedSpan extends Range {
  /** What they are, in order of their first; one of one range stands for itself. */
  readonly parts: readonly RoleTotal[];
  /** The name that decides, of one range. */
  readonly name: string | null;
}

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
    const size = rangeSize({ start, end });
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
