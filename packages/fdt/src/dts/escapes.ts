import { HEX, isAt } from './characters.ts';
import { errorAt, type Place } from './source.ts';

const BACKSLASH = '\\';
const SIMPLE = new Map(Object.entries({ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 }));

/** The bytes of what stands between quotes, as C reads it, without a NUL behind. @throws FdtError `EINVAL` for `\x` without digits */
export function quotedBytes(text: string, place: Place): Uint8Array {
  const encoder = new TextEncoder();
  if (!text.includes(BACKSLASH)) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let next = text.indexOf(BACKSLASH); next !== -1; next = text.indexOf(BACKSLASH, at)) {
    parts.push(encoder.encode(text.slice(at, next)));
    const { bytes, end } = escapeAt(text, next + 1, place);
    parts.push(bytes);
    at = end;
  }
  parts.push(encoder.encode(text.slice(at)));
  return concat(parts);
}

/** What the escape means whose backslash stands before `at`. */
function escapeAt(text: string, at: number, place: Place): { bytes: Uint8Array; end: number } {
  const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (letter >= '0' && letter <= '7') return numeric(text, at, 3, 8);
  if (letter === 'x') {
    if (isAt(text, at + 1, HEX)) return numeric(text, at + 1, 2, 16);
    throw errorAt('EINVAL', place, 'a string has \\x without digits', 'write two hexadecimal digits behind it');
  }
  const simple = SIMPLE.get(letter);
  const bytes = simple === undefined ? new TextEncoder().encode(letter) : Uint8Array.of(simple);
  return { bytes, end: at + letter.length };
}

function numeric(text: string, at: number, most: number, base: 8 | 16): { bytes: Uint8Array; end: number } {
  let end = at;
  while (end < at + most && isAt(text, end, HEX) && Number.parseInt(text.charAt(end), 16) < base) end++;
  return { bytes: Uint8Array.of(Number.parseInt(text.slice(at, end), base)), end };
}

/** All the parts, one behind the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
