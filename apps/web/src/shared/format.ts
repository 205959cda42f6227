import type { Range } from '@kexeckit/ioport';

/** An address as people read it: `0x80000000`. */
export const hex = (address: bigint): string => `0x${address.toString(16)}`;

/** Both ends of an inclusive range. */
export const rangeText = ({ start, end }: Range): string => `${hex(start)}–${hex(end)}`;

/** A whole number with thousands separated. The engine's own formatter is made anew for each, which a page of numbers waits for. */
export const count = (value: number): string => value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ',');

/** A number and its noun. */
export const pagesText = (pages: number): string => (pages === 1 ? '1 page' : `${count(pages)} pages`);

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in the largest binary unit that leaves at least 1, with at most one decimal. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit]}`;
}

/** Seconds to the millisecond; what is shorter but not nothing says so. */
export function secondsText(seconds: number): string {
  return seconds > 0 && seconds < 0.0005 ? '<0.001' : seconds.toFixed(3);
}
