import { PageTableError } from './error.ts';

/** The translation granule: the size of a page and of a table (Arm ARM D8.2.1). */
export type Granule = '4K' | '16K' | '64K';

/** How a granule divides a virtual address. */
export interface Geometry {
  readonly granule: Granule;
  /** log2 of the page size in bytes. */
  readonly pageShift: number;
  /** log2 of the descriptors in one table. */
  readonly indexBits: number;
  /** The lowest level number at which a block descriptor is allowed, without LPA2 (Arm ARM D8.3.1). */
  readonly firstBlockLevel: number;
}

const geometries: Record<Granule, Geometry> = {
  '4K': { granule: '4K', pageShift: 12, indexBits: 9, firstBlockLevel: 1 },
  '16K': { granule: '16K', pageShift: 14, indexBits: 11, firstBlockLevel: 2 },
  '64K': { granule: '64K', pageShift: 16, indexBits: 13, firstBlockLevel: 2 },
};

/** The geometry of a granule. */
export function geometryOf(granule: Granule): Geometry {
  return geometries[granule];
}

/** Pages that one descriptor covers at a level: 1 at level 3, a whole table's worth at each level above. */
export function pagesPerEntry(geometry: Geometry, level: number): number {
  return 2 ** (geometry.indexBits * (3 - level));
}

/** The level at which a walk of `vaBits` of virtual address starts (Arm ARM D8.2.6). */
export function startLevel(geometry: Geometry, vaBits: number): number {
  return 4 - Math.ceil((vaBits - geometry.pageShift) / geometry.indexBits);
}

/** The least and most bits of virtual address that TCR.TxSZ can express without LVA. */
const VA_BITS_MIN = 25;
const VA_BITS_MAX = 48;

/**
 * The fewest bits of virtual address that reach `lastAddress` (inclusive).
 *
 * @throws PageTableError `ERANGE` above 48 bits.
 */
export function vaBitsFor(lastAddress: bigint): number {
  const bits = lastAddress.toString(2).length;
  if (bits > VA_BITS_MAX) {
    throw new PageTableError(
      'ERANGE',
      `0x${lastAddress.toString(16)} takes ${bits} bits`,
      'without LVA tables reach 48',
    );
  }
  return Math.max(bits, VA_BITS_MIN);
}
