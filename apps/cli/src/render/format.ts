import type { Page } from './page.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** A number with separators: `1,234,567`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Bytes in the unit that suits them. */
export function size(bytes: number): string {
  return bytes < MIB ? `${(bytes / KIB).toFixed(1)} KiB` : mebibytes(bytes);
}

/** Bytes as MiB. */
export const mebibytes = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

/** Bytes as GiB. */
export const gibibytes = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** An address. */
export const hex = (address: bigint): string => `0x${address.toString(16)}`;

/** A range of addresses, both ends included. */
export const range = ({ start, end }: { readonly start: bigint; readonly end: bigint }): string =>
  `${hex(start)} to ${hex(end)}`;

/** No more than so many characters. */
export function cut(text: string, most: number, { signs }: Page): string {
  return text.length > most ? `${text.slice(0, most - signs.ellipsis.length)}${signs.ellipsis}` : text;
}
