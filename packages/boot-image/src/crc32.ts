const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

/** CRC-32 as gzip uses it (RFC 1952, section 8); `previous` continues an earlier result. */
export function crc32(bytes: Uint8Array, previous: number = 0): number {
  let value = ~previous;
  for (let at = 0; at < bytes.length; at++) {
    value = (value >>> 8) ^ (TABLE[(value ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  }
  return ~value >>> 0;
}
