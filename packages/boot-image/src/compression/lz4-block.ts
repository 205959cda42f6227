import { damaged } from './errors.ts';

// LZ4 Block Format Description.
const MIN_MATCH = 4;
const LONG = 15;

/**
 * How many bytes a block of lz4 holds, found by walking it: every length and offset is checked, which the decoder does not do.
 *
 * @param history bytes before what comes out, which matches may reach back to
 * @throws BootImageError `EBADMSG` if it is damaged, or holds more than `most` bytes
 */
export function lz4BlockSize(bytes: Uint8Array, start: number, end: number, history: number, most: number): number {
  let at = start;
  let size = 0;
  while (at < end) {
    const token = bytes[at++] ?? 0;
    let literals = token >> 4;
    if (literals === LONG) {
      let more = LAST;
      while (more === LAST && at < end) {
        more = bytes[at++] ?? 0;
        literals += more;
      }
    }
    at += literals;
    size += literals;
    // Only the last sequence has no match.
    if (at === end && size <= most) return size;
    if (at + 2 > end) break;
    const offset = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    if (offset === 0 || offset > history + size) break;
    at += 2;
    let match = (token & 0xf) + MIN_MATCH;
    if (match === LONG + MIN_MATCH) {
      let more = LAST;
      while (more === LAST && at < end) {
        more = bytes[at++] ?? 0;
        match += more;
      }
    }
    size += match;
    if (size > most) break;
  }
  throw damaged('a block of the lz4 data is not valid', { offset: Math.min(at, end) });
}

/** A byte of a length after which another one follows. */
const LAST = 255;
