/**
 * Index of the first byte in which two stretches of the same length differ; -1 where none does.
 *
 * Whole words are compared where both are aligned to them; a difference is then looked for byte by byte.
 */
export function firstDifference(actual: Uint8Array, wanted: Uint8Array): number {
  const start = areAligned(actual, wanted) ? sameWords(wordsIn(actual), wordsIn(wanted)) : 0;
  for (let index = 4 * start; index < actual.length; index++) if (actual[index] !== wanted[index]) return index;
  return -1;
}

/** Index of the first byte that is not zero; -1 where all are. */
export function firstNonZero(actual: Uint8Array): number {
  const start = areAligned(actual, actual) ? zeroWords(wordsIn(actual)) : 0;
  for (let index = 4 * start; index < actual.length; index++) if (actual[index] !== 0) return index;
  return -1;
}

const areAligned = (a: Uint8Array, b: Uint8Array): boolean => a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0;

/** The whole words of aligned bytes. */
const wordsIn = (bytes: Uint8Array): Int32Array => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);

/** How many words, in fours, are the same from the start on. Four at a time take little more than half the time. */
function sameWords(a: Int32Array, b: Int32Array): number {
  const end = a.length - 3;
  let at = 0;
  while (at < end && a[at] === b[at] && a[at + 1] === b[at + 1] && a[at + 2] === b[at + 2] && a[at + 3] === b[at + 3])
    at += 4;
  return at;
}

/** How many words, in fours, are zero from the start on. */
function zeroWords(a: Int32Array): number {
  const end = a.length - 3;
  let at = 0;
  while (at < end && a[at] === 0 && a[at + 1] === 0 && a[at + 2] === 0 && a[at + 3] === 0) at += 4;
  return at;
}
