import { type Factories, type Factory, source, target } from './op.ts';

/** The remainders of all bytes by a reflected polynomial. */
function remainders(polynomial: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (polynomial & -(rest & 1));
    return rest;
  });
}

const ieee = remainders(0xedb88320);
const castagnoli = remainders(0x82f63b78);

/** CRC32* and CRC32C*: the checksum so far, carried on over 1, 2, 4 or 8 bytes of a register. */
function checksum(table: Int32Array, bytes: 1 | 2 | 4 | 8): Factory {
  return (core, [d, n, m]) => {
    const { low: L, high: H } = core.registers;
    const [to, from, data] = [target(d), source(n), source(m)];
    const fromLow = Math.min(bytes, 4);
    return (index) => {
      let sum = L[from] ?? 0;
      let word = L[data] ?? 0;
      for (let at = 0; at < fromLow; at++, word >>>= 8) sum = (sum >>> 8) ^ (table[(sum ^ word) & 0xff] ?? 0);
      if (bytes === 8) {
        word = H[data] ?? 0;
        for (let at = 0; at < 4; at++, word >>>= 8) sum = (sum >>> 8) ^ (table[(sum ^ word) & 0xff] ?? 0);
      }
      L[to] = sum;
      H[to] = 0;
      return index + 1;
    };
  };
}

/** The checksum instructions (FEAT_CRC32). */
export const checksums: Factories = {
  crc32b: checksum(ieee, 1),
  crc32h: checksum(ieee, 2),
  crc32w: checksum(ieee, 4),
  crc32x: checksum(ieee, 8),
  crc32cb: checksum(castagnoli, 1),
  crc32ch: checksum(castagnoli, 2),
  crc32cw: checksum(castagnoli, 4),
  crc32cx: checksum(castagnoli, 8),
};
