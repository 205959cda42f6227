import { FdtError } from './error.ts';
import { readStrings, stringList } from './values.ts';

/** What values are printed as, or read as, in the way of fdtget and fdtput. */
export interface ValueType {
  /** Text, numbers with a sign, without one, in hexadecimal. */
  readonly kind: 'text' | 'signed' | 'unsigned' | 'hexadecimal';
  /** Bytes of each number; where it is not said, 4, or 1 for what is not whole cells. */
  readonly size: 1 | 2 | 4 | undefined;
}

const KINDS = { s: 'text', i: 'signed', u: 'unsigned', x: 'hexadecimal' } as const;
const SIZES = { '': undefined, hh: 1, b: 1, h: 2, l: 4 } as const;

/** Reads a type as fdtget's `-t` has it: `s`, `i`, `u` or `x`, before it `b` or `hh`, `h`, or `l`. @throws FdtError `EINVAL` */
export function parseValueType(text: string): ValueType {
  const [letter, size] = [text.slice(-1), text.slice(0, -1)];
  if (has(KINDS, letter) && has(SIZES, size) && (letter !== 's' || size === ''))
    return { kind: KINDS[letter], size: SIZES[size] };
  const hint = 'give s, i, u or x, and before the last three b (1 byte), h (2) or l (4)';
  throw new FdtError('EINVAL', `${JSON.stringify(text)} is no type`, hint, { value: text });
}

const has = <Table extends object>(table: Table, key: PropertyKey): key is keyof Table => Object.hasOwn(table, key);

/** A value as fdtget prints it: texts or numbers, blanks between them. @throws FdtError `EINVAL` for bytes that are not of this type */
export function valueText(value: Uint8Array, { kind, size }: ValueType): string {
  if (kind === 'text') return readStrings(value).join(' ');
  const each = size ?? (value.length % 4 === 0 ? 4 : 1);
  if (value.length % each !== 0)
    throw new FdtError('EINVAL', `${value.length} bytes are no numbers of ${each} bytes`, 'ask for bytes: bx', {
      value,
    });
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const numbers = Array.from({ length: value.length / each }, (_, index) => numberAt(view, index * each, each, kind));
  return numbers.map((number) => number.toString(kind === 'hexadecimal' ? 16 : 10)).join(' ');
}

/** Only cells can have a sign. */
function numberAt(view: DataView, at: number, size: 1 | 2 | 4, kind: ValueType['kind']): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at);
  return kind === 'signed' ? view.getInt32(at) : view.getUint32(at);
}

/** A value of these texts or numbers, as fdtput reads them: `0x`, or hexadecimal by the type. @throws FdtError `EINVAL`, `ERANGE` */
export function valueOfTexts(texts: readonly string[], { kind, size = 4 }: ValueType): Uint8Array {
  if (kind === 'text') return stringList(texts);
  const bytes = new Uint8Array(texts.length * size);
  const bits = BigInt(size * 8);
  for (const [index, text] of texts.entries()) {
    const number = numberOf(text, kind);
    if (number >= 1n << bits || number < -(1n << (bits - 1n)))
      throw new FdtError('ERANGE', `${text} does not fit ${size} bytes`, 'give another type', { value: text });
    for (let byte = 0; byte < size; byte++)
      bytes[index * size + byte] = Number((number >> BigInt(8 * (size - 1 - byte))) & 0xffn);
  }
  return bytes;
}

function numberOf(text: string, kind: ValueType['kind']): bigint {
  const isHexadecimal = kind === 'hexadecimal' && /^[0-9a-f]+$/i.test(text);
  if (isHexadecimal) return BigInt(`0x${text}`);
  const [, sign = '', digits = ''] = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  if (digits === '' || (sign !== '' && kind !== 'signed'))
    throw new FdtError(
      'EINVAL',
      `${JSON.stringify(text)} is no number of this type`,
      'give numbers: 10, 0x1f; with i also -1',
      {
        value: text,
      },
    );
  return sign === '' ? BigInt(digits) : -BigInt(digits);
}
