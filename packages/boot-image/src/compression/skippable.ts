import { hasBytes, viewOf } from '../bytes.ts';

/** 0x184D2A50 to 0x184D2A5F, little-endian, without the low digit (RFC 8878, 3.1.2; the frame format of lz4 has the same). */
const SKIPPABLE = [0x2a, 0x4d, 0x18];
const HEADER_SIZE = 8;

/**
 * Offset after the skippable frames that begin at `start`, which hold what a program keeps for itself: pzstd the size of
 * each frame. It may lie beyond the end, where one is cut short.
 */
export function afterSkippable(bytes: Uint8Array, start = 0): number {
  const view = viewOf(bytes);
  let at = start;
  while (at + HEADER_SIZE <= bytes.length && ((bytes[at] ?? 0) & 0xf0) === 0x50 && hasBytes(bytes, at + 1, SKIPPABLE))
    at += HEADER_SIZE + view.getUint32(at + 4, true);
  return at;
}
