/**
 * Index of the first byte in which two stretches of the same length differ; -1 where none does.
 *
 * Whole words are compared where both are aligned to them; a difference is then looked for byte by byte.
 */
export function firstDifference(actual: Uint8Array, wanted: Uint8Array): number {
  const words = actual.byteOffset % 4 === 0 && wanted.byteOffset % 4 === 0 ? actual.length >>> 2 : 0;
  const same = sameWords(
    new Int32Array(actual.buffer, words === 0 ? 0 : actual.byteOffset, words),
    new Int32Array(wanted.buffer, words === 0 ? 0 : wanted.byteOffset, words),
  );
  for (let index = 4 * same; index < actual.length; index++) if (actual[index] !== wanted[index]) return index;
  return -1;
}

/** Index of the first byte that is not zero; -1 where all are. */
export function firstNonZero(actual: Uint8Array): number {
  const isAligned = actual.byteOffset % 4 === 0;
  const words = new Int32Array(actual.buffer, isAligned ? actual.byteOffset : 0, isAligned ? actual.length >>> 2 : 0);
  let word = 0;
  while (word < words.length && words[word] === 0) word += 1;
  for (let index = 4 * word; index < actual.length; index++) if (actual[index] !== 0) return index;
  return -1;
}

/** How many words are the same from the start on. */
function sameWords(a: Int32Array, b: Int32Array): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return index;
}
