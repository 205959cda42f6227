import { IORES_DESC, IORESOURCE } from './flags.ts';
import { requestRegion } from './region.ts';
import { insertResourceConflict } from './request.ts';
import { newResource, type Resource } from './resource.ts';
import { regionIntersects } from './walk.ts';

const MASK = 0xffff_ffff_ffff_ffffn;
/** Highest physical address that x86_64 and the vectors know: 46 bits. */
const MAX_PHYSMEM = (1n << 46n) - 1n;
/** Memory sections are 128 MiB: what hot-plugged device memory is rounded to. */
const SECTION = 0x800_0000n;

/** Any resource at all. */
const ANYTHING = { flags: 0, desc: IORES_DESC.NONE };

function isFree(base: Resource, start: bigint, size: bigint): boolean {
  return regionIntersects(base, start, size, ANYTHING) === 'DISJOINT';
}

/**
 * The kernel's `alloc_free_mem_region`: the lowest aligned place within `base` that meets no resource, inserted as MEM
 * with its size rounded up to the alignment;
 * null (ERANGE) if there is none.
 */
export function allocFreeMemRegion(base: Resource, size: bigint, align: bigint, name: string | null): Resource | null {
  const mask = align - 1n;
  const bytes = (size + mask) & ~mask & MASK;
  const lowest = base.start > align ? base.start : align;
  const limit = base.end < MAX_PHYSMEM ? base.end : MAX_PHYSMEM;
  for (let at = (lowest + mask) & ~mask & MASK; at + align - 1n <= limit; at += align) {
    if (!isFree(base, at, bytes)) continue;
    const resource = newResource(name, at, (at + bytes - 1n) & MASK, IORESOURCE.MEM, 0);
    if (insertResourceConflict(base, resource)) return null;
    return resource;
  }
  return null;
}

/**
 * The kernel's `request_free_mem_region`: the highest free place within `base` (below 2^46) in steps of 128 MiB, claimed
 * as a region; null (ERANGE) if there is none.
 */
export function requestFreeMemRegion(
  root: Resource,
  base: Resource,
  size: bigint,
  name: string | null,
): Resource | null {
  const bytes = (size + SECTION - 1n) & ~(SECTION - 1n) & MASK;
  const limit = base.end < MAX_PHYSMEM ? base.end : MAX_PHYSMEM;
  let at = (limit - bytes + 1n) & MASK;
  for (; at > SECTION && at >= base.start; at -= SECTION) {
    if (isFree(base, at, bytes)) return requestRegion(root, at, bytes, name).resource;
  }
  return null;
}
