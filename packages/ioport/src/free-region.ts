import { IORES_DESC, IORESOURCE } from './flags.ts';
import { alignUp, checkAlignment } from './hole.ts';
import { lower, MAX_ADDRESS } from './range.ts';
import { type RegionResult, requestRegion } from './region.ts';
import { insertResourceConflict } from './request.ts';
import { newResource, type Resource } from './resource.ts';
import { firstOverlapping } from './walk.ts';

/** Highest physical address that the kernel of the vectors supports: 46 bits. */
const MAX_PHYSMEM = (1n << 46n) - 1n;
/** Memory sections are 128 MiB: what hot-plugged device memory is rounded to. */
const SECTION = 0x800_0000n;

/**
 * The kernel's `alloc_free_mem_region`: the lowest aligned place within `base` that meets no resource, inserted as MEM
 * with its size rounded up to the alignment; null (ERANGE) if there is none.
 *
 * @throws {IoportError} EINVAL if the alignment is not a power of two.
 */
export function allocFreeMemRegion(base: Resource, size: bigint, align: bigint, name: string | null): Resource | null {
  checkAlignment(align);
  const bytes = alignUp(size, align) & MAX_ADDRESS;
  const limit = lower(base.end, MAX_PHYSMEM);
  let at = alignUp(base.start > align ? base.start : align, align);
  while (at + align - 1n <= limit) {
    const end = (at + bytes - 1n) & MAX_ADDRESS;
    const taken = firstOverlapping(base, { start: at, end });
    if (!taken) {
      const resource = newResource(name, at, end, IORESOURCE.MEM, 0);
      return insertResourceConflict(base, resource) ? null : resource;
    }
    // Every step up to its end would meet it again.
    at = alignUp(taken.end + 1n, align);
  }
  return null;
}

/**
 * The kernel's `request_free_mem_region`: the highest free place within `base` (below 2^46) in steps of 128 MiB, claimed
 * as a region of descriptor DEVICE_PRIVATE_MEMORY; no resource (ERANGE) if there is none, or if the tree refuses it.
 */
export function requestFreeMemRegion(root: Resource, base: Resource, size: bigint, name: string | null): RegionResult {
  const bytes = alignUp(size, SECTION) & MAX_ADDRESS;
  let at = (lower(base.end, MAX_PHYSMEM) - bytes + 1n) & MAX_ADDRESS;
  while (at > SECTION && at >= base.start) {
    const taken = firstOverlapping(base, { start: at, end: (at + bytes - 1n) & MAX_ADDRESS });
    if (!taken) {
      const { resource, log } = requestRegion(root, at, bytes, name);
      if (resource) resource.desc = IORES_DESC.DEVICE_PRIVATE_MEMORY;
      return { resource, log };
    }
    // Down to the first step that ends below it; at least one.
    const steps = at + bytes - taken.start;
    at -= steps > 0n ? alignUp(steps, SECTION) : SECTION;
  }
  return { resource: null, log: [] };
}
