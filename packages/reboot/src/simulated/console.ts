import { alignUp, mergeRanges, type ResourceTree, rolesOf, systemRam } from '@kexeckit/ioport';
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
  const others = rolesOf(memory).filter(({ role }) => role !== 'device' && role !== 'unknown');
  for (const { start, end } of mergeRanges([...systemRam(memory), ...others]))
    if (start < address + SPAN && end >= address) address = alignUp(end + 1n, SPAN);
  return address + SPAN <= 1n << BigInt(paBits) ? { kind: 'pl011', address } : undefined;
}
