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

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Bytes in the unit that suits them, whole where they are: `64 MiB`, `31.8 GiB`. */
export function amount(bytes: bigint): string {
  let unit = 0;
  while (unit < UNITS.length - 1 && bytes >> BigInt(10 * (unit + 1)) > 0n) unit += 1;
  const scale = 1n << BigInt(10 * unit);
  if (bytes === 1n) return '1 byte';
  if (bytes % scale === 0n) return `${bytes / scale} ${UNITS[unit]}`;
  const tenths = (bytes * 10n + scale / 2n) / scale;
  return `${tenths / 10n}.${tenths % 10n} ${UNITS[unit]}`;
}

/** An address. */
export const hex = (address: bigint): string => `0x${address.toString(16)}`;

/** A range of addresses, both ends included. */
export const range = ({ start, end }: { readonly start: bigint; readonly end: bigint }): string =>
  `${hex(start)} to ${hex(end)}`;

/** No more than so many characters. */
export function cut(text: string, most: number, { signs }: Page): string {
  return text.length > most ? `${text.slice(0, most - signs.ellipsis.length)}${signs.ellipsis}` : text;
}

/** A summary as the beginning of a text. */
export const capitalised = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** A summary as a sentence. */
export const sentence = (summary: string): string => `${capitalised(summary)}${/[.?]$/.test(summary) ? '' : '.'}`;
