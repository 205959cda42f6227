import { PageTableError } from './error.ts';

const END = 2n ** 64n;
const UNITS = ' KMGTPE';

/** Characters of what was given that an error shows. */
const SHOWN = 120;

/** What was given, for an error: its beginning, where it is long. */
export function asGiven(given: string): string {
  if (given === '') return 'an empty text';
  return given.length <= SHOWN ? given : `${given.slice(0, SHOWN)}…`;
}

/**
 * Reads an address or a size in bytes of at most 64 bits: decimal, or hexadecimal behind `0x`, with one of the kernel's units (K, M, G,
 * T, P, E) behind it. A leading zero, which the kernel takes for octal, is refused.
 *
 * @throws PageTableError `EINVAL` for what is none.
 */
export function parseAddress(given: string): bigint {
  const [, digits = '', unit = ''] = /^(0x0*[0-9a-f]{1,16}|0|[1-9]\d{0,19})([KMGTPE]?)$/i.exec(given) ?? [];
  const value = digits === '' ? END : BigInt(digits) << BigInt(10 * UNITS.indexOf(unit.toUpperCase() || ' '));
  if (value < END) return value;
  throw new PageTableError(
    'EINVAL',
    `${asGiven(given)} is no number of at most 64 bits`,
    'give a number of at most 64 bits: 0x40200000, 4096, 2M',
  );
}
