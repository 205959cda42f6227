import type { Range } from '@kexeckit/ioport';

const MIB = 1n << 20n;

/** The addresses around `ranges`, a twelfth of their span to either side, on MiB boundaries, cut to `bounds`. */
export function windowAround(ranges: readonly Range[], bounds: Range): Range {
  const first = ranges.reduce((low, { start }) => (start < low ? start : low), ranges[0]?.start ?? bounds.start);
  const last = ranges.reduce((high, { end }) => (end > high ? end : high), ranges[0]?.end ?? bounds.end);
  const pad = (last - first + 1n) / 12n;
  const start = ((first > pad ? first - pad : 0n) / MIB) * MIB;
  const end = ((last + pad) / MIB + 1n) * MIB - 1n;
  return { start: start < bounds.start ? bounds.start : start, end: end > bounds.end ? bounds.end : end };
}
