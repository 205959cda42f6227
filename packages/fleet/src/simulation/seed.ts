/** Mixes the bits of a number of 32 bits: numbers that differ in one bit differ in about half of them afterwards. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

/** A number of 32 bits that a seed and words decide: always the same for the same. */
export function bitsOf(seed: number, ...words: readonly (string | number)[]): number {
  let h = mix(seed | 0);
  for (const word of words) {
    if (typeof word === 'number') h = mix(h ^ word);
    else for (let at = 0; at < word.length; at++) h = Math.imul(h ^ word.charCodeAt(at), 0x01000193);
    // A border between words: `a`, `bc` is not `ab`, `c`.
    h = mix(h + 0x9e3779b9);
  }
  return h;
}

/** The same, from 0 up to but without 1. */
export const shareOf = (seed: number, ...words: readonly (string | number)[]): number =>
  bitsOf(seed, ...words) / 2 ** 32;

/** A number of a range that a seed and words decide. */
export function between(range: Range, seed: number, ...words: readonly (string | number)[]): number {
  return range[0] + (range[1] - range[0]) * shareOf(seed, ...words);
}

/** The least and the most of something. */
export type Range = readonly [number, number];

/** 32 digits in hex. */
export function hexOf(seed: number, ...words: readonly (string | number)[]): string {
  let digits = '';
  for (let at = 0; at < 4; at++)
    digits += bitsOf(seed + at, ...words)
      .toString(16)
      .padStart(8, '0');
  return digits;
}

/** In the form of a boot id. */
export function uuidOf(seed: number, ...words: readonly (string | number)[]): string {
  const hex = hexOf(seed, ...words);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
