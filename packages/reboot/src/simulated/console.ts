import { alignUp, isDevice, type ResourceTree, rolesOf, systemRam } from '@kexeckit/ioport';
import type { Console } from '../reality/reality.ts';

/** Where QEMU's virt machine has its PL011. */
const USUAL = 0x0900_0000n;

/** What the registers of a PL011 take, and more than a page of any granule. */
const SPAN = 0x1_0000n;

/**
 * The console of a machine with this memory: at the usual place, or else the next one behind it that is no memory of any
 * kind. None where that is beyond what the CPU can address.
 */
export function consoleBeside(memory: ResourceTree, paBits: number): Console | undefined {
  let address = USUAL;
  const others = rolesOf(memory).filter(({ role }) => !isDevice(role));
  const lists = [systemRam(memory), others].map((ranges) => ({ ranges, next: 0 }));
  for (let moved = true; moved; ) {
    moved = false;
    for (const list of lists) {
      while ((list.ranges[list.next]?.end ?? address) < address) list.next++;
      const range = list.ranges[list.next];
      if (range === undefined || range.start >= address + SPAN) continue;
      address = alignUp(range.end + 1n, SPAN);
      moved = true;
    }
  }
  return address + SPAN <= 1n << BigInt(paBits) ? { kind: 'pl011', address } : undefined;
}
