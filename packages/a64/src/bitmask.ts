const ALL_ONES = (1n << 64n) - 1n;

/**
 * Every 64-bit value that a logical immediate can hold, by its `N:immr:imms` field (Arm ARM, `DecodeBitMasks`):
 * a run of ones, rotated within an element of 2 to 64 bits, repeated. There are 5334 of them.
 */
const valueByField = new Map<number, bigint>();
const fieldByValue = new Map<bigint, number>();

for (let log = 1; log <= 6; log++) {
  const width = 1 << log;
  const element = (1n << BigInt(width)) - 1n;
  // imms marks the element size by the ones above it: 11110x for 2 bits up to 0xxxxx for 32; N alone says 64.
  const sizeMark = log === 6 ? 0 : (~(2 * width - 1) & 0x3f) >>> 0;
  for (let ones = 1; ones < width; ones++) {
    const run = (1n << BigInt(ones)) - 1n;
    // Bits of immr above the element's size count for nothing; the encoder leaves them clear.
    for (let immr = 0; immr < 64; immr++) {
      const rotation = immr % width;
      const rotated = ((run >> BigInt(rotation)) | (run << BigInt(width - rotation))) & element;
      let value = 0n;
      for (let at = 0; at < 64; at += width) value |= rotated << BigInt(at);
      const field = ((log === 6 ? 1 : 0) << 12) | (immr << 6) | sizeMark | (ones - 1);
      valueByField.set(field, value);
      if (!fieldByValue.has(value)) fieldByValue.set(value, field);
    }
  }
}

/** The `N:immr:imms` field (13 bits) of a logical immediate, or `undefined` where the value has none. */
export function encodeBitmask(value: bigint): number | undefined {
  return fieldByValue.get(value & ALL_ONES);
}

/** The 64-bit value of a `N:immr:imms` field, or `undefined` for a reserved field. */
export function decodeBitmask(field: number): bigint | undefined {
  return valueByField.get(field);
}
