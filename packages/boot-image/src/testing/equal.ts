/** Where two arrays of bytes first differ, or -1. Large arrays are compared this way: a matcher's own diff takes seconds. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  if (Buffer.compare(a, b) === 0) return -1;
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at === -1 ? a.length : at;
}
