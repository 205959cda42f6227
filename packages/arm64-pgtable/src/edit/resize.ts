import type { DescriptorBits } from '../attributes.ts';
import { type DescriptorHalves, type DescriptorSource, outputPage } from '../descriptor.ts';
import { TABLE_LIMITS } from '../descriptor-bits.ts';
import { leafBits, sameHalves, walkedKind } from '../descriptor-kind.ts';
import { type Shape, spanOf } from '../space.ts';
import { type DraftTable, entryOf, readTable } from './draft.ts';

/** A table, and how to find the one under an entry of it. */
interface Branch {
  readonly words: Uint32Array;
  readonly level: number;
  below(index: number): Branch;
}

/** Tables as an edit draws them. */
export function drawnBranch(shape: Shape, source: DescriptorSource, table: DraftTable): Branch {
  const { words, level } = table;
  return {
    words,
    level,
    below(index) {
      const drawn = table.below.get(index);
      return drawn === undefined
        ? liveBranch(shape, source, entryOf(table, index), level + 1)
        : drawnBranch(shape, source, drawn);
    },
  };
}

/** Tables as they are, from the descriptor of one. */
export function liveBranch(
  shape: Shape,
  source: DescriptorSource,
  { low, high }: DescriptorHalves,
  level: number,
): Branch {
  const words = readTable(source, outputPage(shape, low, high), shape.entries);
  return { words, level, below: (index) => liveBranch(shape, source, entryOf({ words }, index), level + 1) };
}

/** Whether tables say what a block says, page by page, so that only its size changes where one takes the other's place. */
export function saysBlock(shape: Shape, branch: Branch, level: number, block: DescriptorHalves): boolean {
  const output = outputPage(shape, block.low, block.high);
  return says(shape, branch, output - (output % spanOf(shape, level)), leafBits(shape, block));
}

function says(shape: Shape, branch: Branch, frame: number, bits: DescriptorBits): boolean {
  const { words, level } = branch;
  const span = spanOf(shape, level);
  for (let index = 0; index < shape.entries; index++) {
    const entry = entryOf({ words }, index);
    const wanted = frame + index * span;
    const kind = walkedKind(shape, level, entry);
    if (kind === 'invalid') return false;
    if (kind === 'table') {
      if ((entry.high & TABLE_LIMITS) !== 0 || !says(shape, branch.below(index), wanted, bits)) return false;
      continue;
    }
    const output = outputPage(shape, entry.low, entry.high);
    if (output - (output % span) !== wanted || !sameHalves(leafBits(shape, entry), bits)) return false;
  }
  return true;
}
