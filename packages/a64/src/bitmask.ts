// The logical immediates (Arm ARM, `DecodeBitMasks`): a run of ones, rotated right within an element of 2, 4, … 64 bits,
// repeated to 64 bits. The 13 bits of `N:immr:imms` hold the size of the element, the rotation and the length of the run.

/** The size of the element in bits, or 0 for a reserved field: N and imms mark it by the highest bit of N:NOT(imms). */
function elementSize(field: number): number {
  const size = 2 ** (31 - Math.clz32(((field >> 6) & 0x40) | (~field & 0x3f)));
  const isAllOnes = (field & (size - 1)) === size - 1;
  return size < 2 || isAllOnes ? 0 : size;
}

/** Whether a field of 13 bits, `N:immr:imms`, is a logical immediate and not reserved. */
export const isBitmask = (field: number): boolean => elementSize(field) !== 0;

const rotateRight = (element: bigint, by: number, size: number): bigint =>
  BigInt.asUintN(size, (element >> BigInt(by)) | (element << BigInt(size - by)));

function repeat(element: bigint, size: number): bigint {
  let value = element;
  for (let width = size; width < 64; width *= 2) value |= value << BigInt(width);
  return value;
}

/** The 64-bit value of a `N:immr:imms` field, or `undefined` for a reserved field. */
export function decodeBitmask(field: number): bigint | undefined {
  const size = elementSize(field);
  if (size === 0 || (field & 0x1fff) !== field) return undefined;
  const ones = (field & (size - 1)) + 1;
  // Bits of immr above the element's size count for nothing.
  const rotation = (field >> 6) & (size - 1);
  return repeat(rotateRight((1n << BigInt(ones)) - 1n, rotation, size), size);
}

/** The bits of immr in a `N:immr:imms` field that lie above the element's size, and count for nothing. */
export function redundantRotation(field: number): number {
  return (field >> 6) & 0x3f & -elementSize(field);
}

/** The `N:immr:imms` field (13 bits) of a 64-bit value, or `undefined` if the value is not a logical immediate. */
export function encodeBitmask(value: bigint): number | undefined {
  const wanted = BigInt.asUintN(64, value);
  const known = fields.get(wanted);
  if (known !== undefined) return known;
  const field = searchBitmask(wanted);
  if (field !== undefined) fields.set(wanted, field);
  return field;
}

/** Fields that were found: there are 5334 at most, and programs take few of them. */
const fields = new Map<bigint, number>();

function searchBitmask(wanted: bigint): number | undefined {
  for (let size = 2; size <= 64; size *= 2) {
    const element = BigInt.asUintN(size, wanted);
    if (repeat(element, size) === wanted) return encodeElement(element, size);
  }
  return undefined;
}

/** The field of the smallest element that repeats to a value. */
function encodeElement(element: bigint, size: number): number | undefined {
  for (let rotation = 0; rotation < size; rotation++) {
    // Undoing the rotation leaves ones at the bottom alone: one more makes a power of two.
    const run = rotateRight(element, size - rotation, size);
    if (run === 0n || (run & (run + 1n)) !== 0n || run === (1n << BigInt(size)) - 1n) continue;
    const sizeMark = size === 64 ? 0x1000 : ~(2 * size - 1) & 0x3f;
    return sizeMark | (rotation << 6) | (run.toString(2).length - 1);
  }
  return undefined;
}
