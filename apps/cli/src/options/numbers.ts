import { invalid } from '../error.ts';

const ADDRESSES_END = 2n ** 64n;

/** An address or the value of a register, all of its 64 bits: decimal, or hexadecimal behind `0x`, with `K`, `M` or `G` behind it. */
export function word64(given: string): bigint {
  const [, digits = '', unit = ''] = /^(0x[0-9a-f]+|\d+)([KMG]?)$/i.exec(given) ?? [];
  const value =
    digits === '' ? ADDRESSES_END : BigInt(digits) << BigInt(10 * ' KMG'.indexOf(unit.toUpperCase() || ' '));
  if (value >= ADDRESSES_END) throw invalid('give a number of at most 64 bits: 0x40200000, 4096, 2M');
  return value;
}

/** Bytes of a file: the same, as a number. */
export function fileBytes(given: string): number {
  const value = word64(given);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('give less: no file has as many bytes');
  return Number(value);
}
