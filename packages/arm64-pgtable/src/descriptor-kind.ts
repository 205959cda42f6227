import type { DescriptorBits } from './attributes.ts';
import { BLOCK, type DescriptorHalves, highOfPage, lowOfPage, outputPage, TABLE_OR_PAGE } from './descriptor.ts';
import { CONTIGUOUS } from './descriptor-bits.ts';
import type { Shape } from './space.ts';

/** What a walk makes of a descriptor. What is reserved at its level faults like an invalid one. */
export type DescriptorKind = 'invalid' | 'table' | 'leaf';

/** What a walk makes of the low half of a descriptor at a level (descriptor bits 1:0). */
export function kindOf(shape: Shape, level: number, low: number): DescriptorKind {
  const type = low & 3;
  if (level === 3) return type === TABLE_OR_PAGE ? 'leaf' : 'invalid';
  if (type === TABLE_OR_PAGE) return 'table';
  return type === BLOCK && level >= shape.firstBlockLevel ? 'leaf' : 'invalid';
}

/** The same, of a whole descriptor: a table beyond the output size is none, as the walk faults there. */
export function walkedKind(shape: Shape, level: number, { low, high }: DescriptorHalves): DescriptorKind {
  const kind = kindOf(shape, level, low);
  return kind === 'table' && outputPage(shape, low, high) >= shape.outputPages ? 'invalid' : kind;
}

const outputs = new WeakMap<Shape, DescriptorBits>();

/** The bits of a descriptor that hold an output address in the space's layout. */
function outputBits(shape: Shape): DescriptorBits {
  const known = outputs.get(shape);
  if (known !== undefined) return known;
  const last = 2 ** ((shape.format === 'VMSAv8-64' ? 48 : 52) - shape.pageShift) - 1;
  const bits: DescriptorBits = { low: lowOfPage(shape, last), high: highOfPage(shape, last) };
  outputs.set(shape, bits);
  return bits;
}

/** The attribute bits of a leaf: neither type, nor output, nor the contiguous hint. */
export function leafBits(shape: Shape, { low, high }: DescriptorHalves): DescriptorBits {
  const output = outputBits(shape);
  return { low: low & ~output.low & ~3, high: high & ~output.high & ~CONTIGUOUS };
}

/** A block or page descriptor. */
export function leafOf(shape: Shape, level: number, frame: number, bits: DescriptorBits): DescriptorHalves {
  return {
    low: (bits.low | lowOfPage(shape, frame) | (level === 3 ? TABLE_OR_PAGE : BLOCK)) >>> 0,
    high: (bits.high | highOfPage(shape, frame)) >>> 0,
  };
}

/** Whether two halves are the same bits, however JavaScript signs them. */
export function sameHalves(a: DescriptorHalves, b: DescriptorHalves): boolean {
  return ((a.low ^ b.low) | (a.high ^ b.high)) === 0;
}
