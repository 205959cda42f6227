/** Pages as words: four times fewer comparisons than bytes. */

/** The 1024 words of a page; a copy where its bytes are not aligned. */
export function wordsOf(page: Uint8Array): Uint32Array {
  if (page.byteOffset % 4 === 0) return new Uint32Array(page.buffer, page.byteOffset, page.byteLength >>> 2);
  return new Uint32Array(new Uint8Array(page).buffer);
}

/** Whether two arrays are the same from one index to another. */
export function sameWords(a: Uint32Array, b: Uint32Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (a[at] !== b[at]) return false;
  return true;
}
