import { FdtError } from './error.ts';
import { MAX_NAME, NAME_BYTES } from './format.ts';
import { DAMAGED, type Header } from './header.ts';
import { layOutStrings } from './strings.ts';

/** Where a name ends: the offset of its NUL. @throws FdtError `ERANGE` if it does not end in time */
export function nameEnd(bytes: Uint8Array, at: number, limit: number, what: string): number {
  // Looking no further than the longest name keeps many references into one huge string from costing much.
  const last = Math.min(limit, at + MAX_NAME + 1);
  for (let end = at; end < last; end++) if (bytes[end] === 0) return end;
  throw new FdtError('ERANGE', `a ${what} does not end inside its block and within ${MAX_NAME} bytes`, DAMAGED, {
    offset: at,
  });
}

/** A name's text; undefined where it is empty or has characters that names lack. */
export function nameText(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = '';
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (NAME_BYTES[byte] === 0) return undefined;
    text += String.fromCharCode(byte);
  }
  return text === '' ? undefined : text;
}

/** Any bytes, for an error's text. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** The names of a strings block, each read once: thousands of properties share a few hundred. */
export class NameReader {
  readonly #bytes: Uint8Array;
  readonly #header: Header;
  /** By offset in the block, in the order of their first use. */
  readonly #names = new Map<number, string>();

  constructor(bytes: Uint8Array, header: Header) {
    this.#bytes = bytes;
    this.#header = header;
  }

  /** @param field where the blob has `offset`, for errors. @throws FdtError `ERANGE` or `EINVAL` */
  read(offset: number, field: number): string {
    const known = this.#names.get(offset);
    if (known !== undefined) return known;
    const { stringsOffset, stringsEnd } = this.#header;
    const at = stringsOffset + offset;
    if (at >= stringsEnd) {
      throw new FdtError(
        'ERANGE',
        `property name offset 0x${offset.toString(16)} lies outside the strings block`,
        DAMAGED,
        { offset: field, value: offset },
      );
    }
    const end = nameEnd(this.#bytes, at, stringsEnd, 'property name');
    const name = nameText(this.#bytes, at, end);
    if (name === undefined) {
      const text = JSON.stringify(latin1(this.#bytes, at, end));
      throw new FdtError('EINVAL', `property name ${text} is empty or has characters names lack`, DAMAGED, {
        offset: field,
      });
    }
    this.#names.set(offset, name);
    return name;
  }

  /** The order of the names in the block; undefined where it is that of their first use. */
  order(): readonly string[] | undefined {
    const natural = layOutStrings(new Set(this.#names.values()));
    if ([...this.#names].every(([offset, name]) => natural.offsets.get(name) === offset)) return undefined;
    return [...this.#names].sort(([a], [b]) => a - b).map(([, name]) => name);
  }
}
