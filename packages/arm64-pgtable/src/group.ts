import type { DescriptorHalves } from './descriptor.ts';
import { AF, AP_READ_ONLY, DIRTY, SOFTWARE } from './descriptor-bits.ts';
import { leafBits } from './descriptor-kind.ts';
import type { Shape, Space } from './space.ts';

/** Whether two leaves of a group say the same but for what is each entry's own: flags that hardware sets, software's bits. */
export function sameInGroup(space: Space, shape: Shape, a: DescriptorHalves, b: DescriptorHalves): boolean {
  const [one, other] = [leafBits(shape, a), leafBits(shape, b)];
  const isDirtyManaged = (one.high & other.high & DIRTY) !== 0;
  // Hardware makes a page with DBM writable: AP[2] is cleared, or S2AP[1] set, which is the same bit.
  const own = (space.setsAccessFlag ? AF : 0) | (isDirtyManaged ? AP_READ_ONLY : 0);
  return (((one.low ^ other.low) & ~own) | ((one.high ^ other.high) & ~SOFTWARE)) === 0;
}
