import { type Fdt, getProperty, readU64 } from '@kexeckit/fdt';
import type { Range } from '@kexeckit/ioport';
import { chosenOf } from './proof/chosen.ts';
import type { RegionParameterInfo } from './region-parameters.ts';

/**
 * The whole region that a device tree tells of; undefined where it tells of none, or of nothing that is a range.
 *
 * @throws FdtError `ENOTUNIQ` for a tree with two nodes that answer to `/chosen`.
 */
export function notedRegion(fdt: Fdt, { note }: RegionParameterInfo): Range | undefined {
  const chosen = chosenOf(fdt);
  const value = chosen && getProperty(chosen, note);
  if (value?.length !== 16) return undefined;
  const start = readU64(value.subarray(0, 8));
  return { start, end: start + readU64(value.subarray(8)) - 1n };
}
