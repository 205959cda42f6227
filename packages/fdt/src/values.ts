import { FdtError } from './error.ts';

// Property value types: Devicetree Specification v0.4, 2.2.4, table 2.3.

/** `<string>`: UTF-8 text and a NUL. @throws FdtError `EINVAL` for a NUL or half a surrogate pair in `text` */
export function stringValue(text: string): Uint8Array {
  return stringList([text]);
}

/** `<stringlist>`: each text as UTF-8 with its NUL, one after the other. @throws FdtError `EINVAL` as stringValue */
export function stringList(texts: readonly string[]): Uint8Array {
  for (const text of texts) checkText(text);
  return new TextEncoder().encode(texts.map((text) => `${text}\0`).join(''));
}

/** `<u32>`: one big-endian cell. @throws FdtError `ERANGE` if the number does not fit */
export function u32Value(cell: number | bigint): Uint8Array {
  return cellsValue(cell);
}

/** `<u64>`: two cells, the high one first. @throws FdtError `ERANGE` if the number does not fit */
export function u64Value(value: number | bigint): Uint8Array {
  const whole = wholeNumber(value, 64);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, whole);
  return bytes;
}

/** `<prop-encoded-array>`: any number of big-endian cells. @throws FdtError `ERANGE` if a number does not fit 32 bits */
export function cellsValue(...cells: (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(cells.length * 4);
  const view = new DataView(bytes.buffer);
  cells.forEach((cell, index) => {
    view.setUint32(index * 4, Number(wholeNumber(cell, 32)));
  });
  return bytes;
}

/** Reads a `<string>`. @throws FdtError `EINVAL` if it is not exactly one NUL-terminated text */
export function readString(value: Uint8Array): string {
  const texts = readStrings(value);
  const [text] = texts;
  if (text === undefined || texts.length !== 1) {
    throw new FdtError('EINVAL', `${texts.length} strings where one was expected`, 'use readStrings for a list', {
      value,
    });
  }
  return text;
}

/** Reads a `<stringlist>`; an empty value is an empty list. @throws FdtError `EINVAL` if it is not NUL-ended UTF-8 */
export function readStrings(value: Uint8Array): string[] {
  if (value.length === 0) return [];
  if (value.at(-1) !== 0) throw notText(value, 'does not end with a NUL');
  return decodeUtf8(value.subarray(0, -1)).split('\0');
}

/** Reads a `<u32>`. @throws FdtError `EINVAL` if the value is not four bytes long */
export function readU32(value: Uint8Array): number {
  needSize(value, 4);
  return viewOf(value).getUint32(0);
}

/** Reads a `<u64>`. @throws FdtError `EINVAL` if the value is not eight bytes long */
export function readU64(value: Uint8Array): bigint {
  needSize(value, 8);
  return viewOf(value).getBigUint64(0);
}

/** Reads every 32-bit cell of a value. @throws FdtError `EINVAL` if its size is not a multiple of four */
export function readCells(value: Uint8Array): number[] {
  if (value.length % 4 !== 0) {
    throw new FdtError(
      'EINVAL',
      `${value.length} bytes are not whole cells`,
      'read the value as text or bytes: a cell has four bytes',
      { value },
    );
  }
  const view = viewOf(value);
  const cells: number[] = [];
  for (let at = 0; at < value.length; at += 4) cells.push(view.getUint32(at));
  return cells;
}

function checkText(text: string): void {
  if (!/[\0\p{Surrogate}]/u.test(text)) return;
  throw new FdtError(
    'EINVAL',
    `string ${JSON.stringify(text)} contains a NUL or half a surrogate pair`,
    'give the parts as a list: a NUL ends a string in a device tree',
    { value: text },
  );
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notText(bytes, 'is not valid UTF-8');
  }
}

function notText(value: Uint8Array, what: string): FdtError {
  return new FdtError(
    'EINVAL',
    `a string value of ${value.length} bytes ${what}`,
    'read its cells or bytes: the property does not hold text',
    { value },
  );
}

function viewOf(value: Uint8Array): DataView {
  return new DataView(value.buffer, value.byteOffset, value.byteLength);
}

function needSize(value: Uint8Array, size: number): void {
  if (value.length !== size) {
    throw new FdtError(
      'EINVAL',
      `a value of ${value.length} bytes where ${size} were expected`,
      `read its cells or bytes: a ${size * 8}-bit number has exactly ${size} bytes`,
      { value },
    );
  }
}

function wholeNumber(value: number | bigint, bits: number): bigint {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!isWhole || value < 0 || BigInt(value) >= 1n << BigInt(bits)) {
    throw new FdtError(
      'ERANGE',
      `${value} is not a whole number of ${bits} bits`,
      `give 0 to 2^${bits} - 1, and a bigint above 2^53`,
      { value },
    );
  }
  return BigInt(value);
}
