import { type Attributes, decodeAttributes, isAccessible } from './attributes.ts';
import { type Geometry, geometryOf, pagesPerEntry, startLevel } from './granule.ts';
import type { Space } from './space.ts';

/** Where a walk reads descriptors: a table by its page number, an entry by its index. `undefined`: nothing is there. */
export interface DescriptorSource {
  descriptor(table: number, index: number): DescriptorHalves | undefined;
}

/** One descriptor as 32-bit halves. */
export interface DescriptorHalves {
  readonly low: number;
  readonly high: number;
}

/** One step of a walk: the descriptor that was read, and where. */
export interface WalkStep extends DescriptorHalves {
  readonly level: number;
  readonly table: number;
  readonly index: number;
}

/** Where a walk ended. A fault has the architecture's kind and the level it is reported at. */
export type WalkResult =
  | {
      readonly kind: 'mapped';
      readonly page: number;
      readonly level: number;
      readonly attributes: Attributes;
      readonly steps: WalkStep[];
    }
  | {
      readonly kind: 'translation-fault' | 'access-flag-fault' | 'external-abort' | 'reserved-type';
      readonly level: number;
      readonly steps: WalkStep[];
    };

/** The output page of a descriptor (48-bit output addresses). */
export function outputPage(geometry: Geometry, low: number, high: number): number {
  const lowPages = Math.floor((low >>> 0) / 2 ** geometry.pageShift);
  return (high & 0xffff) * 2 ** (32 - geometry.pageShift) + lowPages;
}

/**
 * Walks the tables for one virtual page, as the hardware's table walk does (Arm ARM D8.2).
 *
 * @param root page number of the root table.
 * @param va virtual page number (virtual address / granule).
 */
export function walk(space: Space, root: number, source: DescriptorSource, va: number): WalkResult {
  const geometry = geometryOf(space.granule);
  const steps: WalkStep[] = [];
  let level = startLevel(geometry, space.vaBits);
  if (va >= 2 ** (space.vaBits - geometry.pageShift)) return { kind: 'translation-fault', level: 0, steps };
  for (let table = root; ; level++) {
    const span = pagesPerEntry(geometry, level);
    const index = Math.floor(va / span) % 2 ** geometry.indexBits;
    const descriptor = source.descriptor(table, index);
    if (descriptor === undefined) return { kind: 'external-abort', level, steps };
    const { low, high } = descriptor;
    steps.push({ level, table, index, low, high });
    const type = low & 3;
    if (type === 3 && level < 3) {
      table = outputPage(geometry, low, high);
      continue;
    }
    const isLeaf = level === 3 ? type === 3 : type === 1 && level >= geometry.firstBlockLevel;
    if (!isLeaf) return { kind: 'translation-fault', level, steps };
    const attributes = decodeAttributes(low, high, space.regime);
    if (attributes === undefined) return { kind: 'reserved-type', level, steps };
    if (!isAccessible(low)) return { kind: 'access-flag-fault', level, steps };
    const base = outputPage(geometry, low, high);
    return { kind: 'mapped', page: base - (base % span) + (va % span), level, attributes, steps };
  }
}
