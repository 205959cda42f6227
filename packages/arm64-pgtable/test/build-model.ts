import type { Attributes, Mapping } from '../src/index.ts';
import { attributesOf, frameOf, isHinted, kindAt, type Layout, spanAt } from './walker-descriptors.ts';

// What built tables must be, leaf by leaf, from the Arm ARM and what `Mapping` says: this shares no code with what it judges.

/** A block or page. */
export interface Leaf {
  readonly page: bigint;
  readonly frame: bigint;
  readonly level: number;
  readonly attributes: bigint;
  readonly isHinted: boolean;
}

/** How many tables lie in a row at the root. */
export function rootsOf(layout: Layout): number {
  const rootPages = spanAt(layout, layout.startLevel) << layout.stride;
  return rootPages < layout.inputPages ? Number(layout.inputPages / rootPages) : 1;
}

/** Reads all tables below a root: their pages, and every leaf by address. An entry that is neither empty nor one of these is thrown. */
export function readAll(
  layout: Layout,
  root: number,
  wordsOf: (page: number) => Uint32Array,
): { readonly tables: number[]; readonly leaves: Leaf[] } {
  const tables: number[] = [];
  const leaves: Leaf[] = [];
  const read = (table: number, level: number, base: bigint): void => {
    tables.push(table);
    const words = wordsOf(table);
    for (let index = 0; index < layout.entries; index++) {
      const value = BigInt(words[2 * index] ?? 0) | (BigInt(words[2 * index + 1] ?? 0) << 32n);
      if (value === 0n) continue;
      const page = base + BigInt(index) * spanAt(layout, level);
      const frame = frameOf(layout, value);
      const attributes = attributesOf(layout, value);
      const kind = kindAt(layout, level, value);
      if (kind === 'leaf') leaves.push({ page, frame, level, attributes, isHinted: isHinted(value) });
      else if (kind === 'table' && attributes === 0n && !isHinted(value)) read(Number(frame), level + 1, page);
      else throw new Error(`0x${value.toString(16)} at level ${level}`);
    }
  };
  const rootPages = spanAt(layout, layout.startLevel) << layout.stride;
  for (let index = 0; index < rootsOf(layout); index++)
    read(root + index, layout.startLevel, BigInt(index) * rootPages);
  return { tables, leaves };
}

/** Bits that attributes ask for, of the types Normal and Device-nGnRE alone. */
function bitsOf({ type, writable, executable, user }: Attributes, layout: Layout): bigint {
  const isDevice = type === 'Device-nGnRE';
  const share = layout.isLpa2 ? 0n : (isDevice ? 2n : 3n) << 8n;
  const accessed = 1n << 10n;
  if (layout.isStage2) {
    const memory = (isDevice ? 1n : 15n) << 2n;
    // XN[1:0] 11: EL1 alone may execute; 10: nobody.
    return memory | share | accessed | (writable ? 3n << 6n : 1n << 6n) | ((executable ? 3n : 2n) << 53n);
  }
  const access = (writable ? 0n : 1n << 7n) | (user || layout.isEl2 ? 1n << 6n : 0n);
  const unprivileged = layout.isEl2 ? 0n : 1n << 54n;
  const never = executable ? 0n : layout.isEl2 ? 1n << 54n : 1n << 53n;
  return (isDevice ? 2n << 2n : 0n) | share | accessed | access | unprivileged | never;
}

/** The leaf of a mapping at a page that it holds: the largest that fits, with the hint where a whole group does. */
export function expectedLeaf(layout: Layout, mapping: Mapping, page: bigint): Leaf {
  const first = (mapping.va - layout.base) >> layout.shift;
  const behind = first + (mapping.size >> layout.shift);
  const ahead = (mapping.pa >> layout.shift) - first;
  const fits = (pages: bigint): boolean => {
    const start = page - (page % pages);
    return start >= first && start + pages <= behind && (start + ahead) % pages === 0n;
  };
  const top = Math.max(layout.firstBlock, mapping.largestLevel ?? 0, layout.startLevel);
  const level = [0, 1, 2].find((at) => at >= top && fits(spanAt(layout, at))) ?? 3;
  const span = spanAt(layout, level);
  const group = layout.grouped[level];
  const start = page - (page % span);
  return {
    page: start,
    frame: start + ahead,
    level,
    attributes: bitsOf(mapping.attributes, layout),
    isHinted: mapping.contiguous !== false && group !== undefined && fits(span * BigInt(group)),
  };
}
