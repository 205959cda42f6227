import { needObject } from './needed.ts';
/** The translation granule: the size of a page and of a table. */
export type Granule = '4K' | '16K' | '64K';

/** How a granule divides a virtual address. */
export interface Geometry {
  readonly granule: Granule;
  /** log2 of the page size in bytes. */
  readonly pageShift: number;
  /** log2 of the descriptors in one table. */
  readonly indexBits: number;
  /** Entries that the contiguous hint joins, by level; 1 at levels without the hint. */
  readonly contiguous: Readonly<Record<number, number>>;
}

const geometries: Record<Granule, Geometry> = {
  '4K': { granule: '4K', pageShift: 12, indexBits: 9, contiguous: { 1: 16, 2: 16, 3: 16 } },
  '16K': { granule: '16K', pageShift: 14, indexBits: 11, contiguous: { 2: 32, 3: 128 } },
  '64K': { granule: '64K', pageShift: 16, indexBits: 13, contiguous: { 2: 32, 3: 32 } },
};

/** The geometry of a granule. */
export function geometryOf(granule: Granule): Geometry {
  return geometries[granule];
}

/** Pages that one descriptor covers at a level: 1 at level 3, a whole table's worth at each level above. */
export function pagesPerEntry(geometry: Geometry, level: number): number {
  needObject('geometry', geometry);
  return 2 ** (geometry.indexBits * (3 - level));
}

/** The level at which a walk of `vaBits` of virtual address starts, -1 to 3. */
export function startLevel(geometry: Geometry, vaBits: number): number {
  needObject('geometry', geometry);
  return 4 - Math.ceil((vaBits - geometry.pageShift) / geometry.indexBits);
}
