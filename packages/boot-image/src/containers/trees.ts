import { FDT_MAGIC, hasBytes, viewOf } from '../bytes.ts';
import type { Undone } from '../compression/undone.ts';
import type { BootParts } from './layer.ts';

/** The parts of a file that a device tree is, and what is to be told of it. */
export interface TreePart {
  parts: Pick<BootParts, 'dtb'>;
  steps: string[];
}

/** The fields of the header. */
const HEADER_SIZE = 40;

/**
 * What stands in the place of a device tree, offered where it is one and no more: boot loaders pick one of several by the
 * board, which nothing here knows.
 */
export function treePart(bytes: Uint8Array, place: string): TreePart {
  const { first, count } = treesAt(bytes);
  if (count === 1) return { parts: { dtb: first }, steps: [] };
  const what = count === 0 ? 'what is no device tree' : `${count} device trees, of which one may be for this machine`;
  return { parts: {}, steps: bytes.length === 0 ? [] : [`left out ${what}: ${bytes.length} bytes ${place}`] };
}

/** What follows compressed data: left out, and offered where it is a device tree, as behind kernels for Android. */
export function afterData({ trailing }: Undone, name: string): TreePart {
  if (trailing.length === 0) return { parts: {}, steps: [] };
  const place = `after the ${name} data`;
  const isTree = hasBytes(trailing, 0, FDT_MAGIC);
  if (!isTree) return { parts: {}, steps: [`left out ${trailing.length} bytes ${place}`] };
  const { parts, steps } = treePart(trailing, place);
  return parts.dtb === undefined
    ? { parts, steps }
    : { parts, steps: [`left out ${trailing.length} bytes ${place} (a device tree)`] };
}

/** Whole trees that follow each other. */
function treesAt(bytes: Uint8Array): { first: Uint8Array; count: number } {
  const view = viewOf(bytes);
  let first = bytes.subarray(0, 0);
  let [at, count] = [0, 0];
  while (at + HEADER_SIZE <= bytes.length && hasBytes(bytes, at, FDT_MAGIC)) {
    const size = view.getUint32(at + 4);
    if (size < HEADER_SIZE || at + size > bytes.length) break;
    if (count++ === 0) first = bytes.subarray(0, size);
    at += size;
  }
  return { first, count };
}
