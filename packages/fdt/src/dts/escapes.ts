import { ByteSink } from './byte-sink.ts';
import { HEX, isAt } from './characters.ts';
import { errorAt, type Place } from './source.ts';

const BACKSLASH = '\\';
const SIMPLE = new Map(Object.entries({ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 }));

/** The bytes of what stands between quotes, as C reads it, without a NUL behind. @throws FdtError `EINVAL` for `\x` without digits */
export function quotedBytes(text: string, place: Place): Uint8Array {
  if (!text.includes(BACKSLASH)) return new TextEncoder().encode(text);
  const sink = new ByteSink();
  let at = 0;
  for (let next = text.indexOf(BACKSLASH); next !== -1; next = text.indexOf(BACKSLASH, at)) {
    sink.text(text.slice(at, next));
    at = readEscape(text, next + 1, sink, place);
  }
  sink.text(text.slice(at));
  return sink.take();
}

/** Reads the escape whose backslash stands before `at`. @returns where it ends */
function readEscape(text: string, at: number, sink: ByteSink, place: Place): number {
  const letter = text.charAt(at);
  if (letter >= '0' && letter <= '7') return readNumeric(text, at, 3, 8, sink);
  if (letter === 'x') {
    if (isAt(text, at + 1, HEX)) return readNumeric(text, at + 1, 2, 16, sink);
    throw errorAt('EINVAL', place, 'a string has \\x without digits', 'write two hexadecimal digits behind it');
  }
  const simple = SIMPLE.get(letter);
  if (simple !== undefined) {
    sink.byte(simple);
    return at + 1;
  }
  const itself = String.fromCodePoint(text.codePointAt(at) ?? 0);
  sink.text(itself);
  return at + itself.length;
}

function readNumeric(text: string, at: number, most: number, base: 8 | 16, sink: ByteSink): number {
  let end = at;
  while (end < at + most && isAt(text, end, HEX) && Number.parseInt(text.charAt(end), 16) < base) end++;
  sink.byte(Number.parseInt(text.slice(at, end), base));
  return end;
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
