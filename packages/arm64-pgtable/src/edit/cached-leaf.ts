import { isAccessible } from '../attributes.ts';
import { type DescriptorHalves, outputPage } from '../descriptor.ts';
import { CONTIGUOUS, NOT_GLOBAL } from '../descriptor-bits.ts';
import type { Shape, Space } from '../space.ts';

/** Whether TLBs may hold a leaf: not where an access would fault on its access flag or output size. */
export function mayBeCached(space: Space, shape: Shape, { low, high }: DescriptorHalves): boolean {
  // One entry of a group may be held by the access flag of another.
  const isAccessed = isAccessible(low) || space.setsAccessFlag === true || (high & CONTIGUOUS) !== 0;
  return isAccessed && outputPage(shape, low, high) < shape.outputPages;
}

/** Whether TLBs may hold a leaf for every address space identifier at once. */
export function isGlobal({ low }: DescriptorHalves): boolean {
  return (low & NOT_GLOBAL) === 0;
}
