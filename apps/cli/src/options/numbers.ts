import { invalid } from '../error.ts';

const ADDRESSES_END = 2n ** 64n;
const UNITS = ' KMGTPE';

/**
 * An address, a size in bytes, or the value of a register, all of its 64 bits: decimal, or hexadecimal behind `0x`, with one of the
 * kernel's units behind it. What the kernel takes for octal is refused.
 */
export function word64(given: string): bigint {
  const [, digits = '', unit = ''] = /^(0x[0-9a-f]+|0|[1-9]\d*)([KMGTPE]?)$/i.exec(given) ?? [];
  const value = digits === '' ? ADDRESSES_END : BigInt(digits) << BigInt(10 * UNITS.indexOf(unit.toUpperCase() || ' '));
  if (value >= ADDRESSES_END) throw invalid('give a number of at most 64 bits: 0x40200000, 4096, 2M');
  return value;
}

/** Bytes, at least so many. */
export function byteSize(least: bigint): (given: string) => bigint {
  return (given) => {
    const value = word64(given);
    if (value < least) throw invalid(`give at least ${least} byte${least === 1n ? '' : 's'}: 64M, 48G, 0x200000`);
    return value;
  };
}

/** Bytes of a file: the same, as a number. */
export function fileBytes(given: string): number {
  const value = word64(given);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('give less: no file has as many bytes');
  return Number(value);
}

/** The same, and not none of them. */
export function someFileBytes(given: string): number {
  const bytes = fileBytes(given);
  if (bytes === 0) throw invalid('give at least 4, one instruction; leave it out for all');
  return bytes;
}
