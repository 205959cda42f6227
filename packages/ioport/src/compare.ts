import { hasFlags, IORESOURCE, resourceType } from './flags.ts';
import type { FormattableResource } from './format.ts';
import { higher, lower, type Range, rangesOverlap } from './range.ts';

/** The kernel's `resource_contains`: same type, neither UNSET, and `inner` within `outer`. */
export function resourceContains(outer: FormattableResource, inner: FormattableResource): boolean {
  if (resourceType(outer.flags) !== resourceType(inner.flags)) return false;
  if (hasFlags(outer.flags, IORESOURCE.UNSET) || hasFlags(inner.flags, IORESOURCE.UNSET)) return false;
  return outer.start <= inner.start && outer.end >= inner.end;
}

/** The kernel's `resource_union`: the range that spans both, null if they do not overlap. */
export function resourceUnion(a: Range, b: Range): Range | null {
  if (!rangesOverlap(a, b)) return null;
  return { start: lower(a.start, b.start), end: higher(a.end, b.end) };
}

/** The kernel's `resource_intersection`: the addresses in both, null if they do not overlap. */
export function resourceIntersection(a: Range, b: Range): Range | null {
  if (!rangesOverlap(a, b)) return null;
  return { start: higher(a.start, b.start), end: lower(a.end, b.end) };
}

/** The kernel's `resource_alignment`: the size (SIZEALIGN) or the start (STARTALIGN); 0 with neither or both. */
export function resourceAlignment(resource: FormattableResource): bigint {
  const bySize = hasFlags(resource.flags, IORESOURCE.SIZEALIGN);
  const byStart = hasFlags(resource.flags, IORESOURCE.STARTALIGN);
  if (bySize === byStart) return 0n;
  return bySize ? BigInt.asUintN(64, resource.end - resource.start + 1n) : resource.start;
}
