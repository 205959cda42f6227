import type { ReservationKernel, ReservationRequest } from '../index.ts';

const U64 = (1n << 64n) - 1n;
const SHIFTS = 'KMGTPE';

interface Parsed {
  value: bigint;
  rest: string;
}

/**
 * What the command lines of the boots ask for, by kernel. A model as small as those lines allow: the real parser is
 * another package's and tested there.
 */
export function requestOf(cmdline: string, ram: bigint, kernel: ReservationKernel): ReservationRequest | null {
  const tokens = [...cmdline.matchAll(/crashkernel=([^ ]*)/g)].map(([, token]) => token ?? '');
  const suffixes = kernel === '7.3' ? /,(high|low|cma)$/ : /,(high|low)$/;
  const last = (suffix: string): string | undefined => tokens.findLast((token) => suffixes.exec(token)?.[1] === suffix);
  const plain = tokens.findLast((token) => !suffixes.test(token));
  const isTooLarge = (size: bigint): boolean => size >= ram && (kernel === '7.3' || kernel === '6.12');
  if (plain !== undefined) {
    const request = plain.includes(':') ? ranged(plain, ram, kernel) : simple(plain, kernel);
    return request === null || request.size === 0n || isTooLarge(request.size) ? null : request;
  }
  const high = last('high');
  if (high === undefined || kernel === '5.10') return null;
  const size = suffixed(high, kernel);
  const low = last('low');
  const byDefault = kernel === '6.1' ? 0n : 128n << 20n;
  const lowSize = low === undefined ? byDefault : suffixed(low, kernel);
  if (size === null || size === 0n || lowSize === null || isTooLarge(size)) return null;
  return { size, base: 0n, high: true, lowSize };
}

function suffixed(token: string, kernel: ReservationKernel): bigint | null {
  const { value, rest } = memparse(token, kernel);
  return /^,(high|low)$/.test(rest) ? value : null;
}

function simple(token: string, kernel: ReservationKernel): ReservationRequest | null {
  const { value: size, rest } = memparse(token, kernel);
  if (rest === '') return { size, base: 0n };
  return rest.startsWith('@') ? { size, base: memparse(rest.slice(1), kernel).value } : null;
}

function ranged(token: string, ram: bigint, kernel: ReservationKernel): ReservationRequest | null {
  const rounded = (ram + 0x7ff_ffffn) & ~0x7ff_ffffn;
  for (const clause of token.split(',')) {
    const [, from, to, size] = /^([^-]+)-([^:]*):([^@]+)/.exec(clause) ?? [];
    if (from === undefined || size === undefined) return null;
    const end = to === undefined || to === '' ? U64 : memparse(to, kernel).value;
    if (memparse(from, kernel).value <= rounded && rounded < end) return simple(size, kernel);
  }
  return null;
}

function memparse(text: string, kernel: ReservationKernel): Parsed {
  const [all, digits, unit] = /^(0x[0-9a-f]+|\d*)([KMGTPE]?)/i.exec(text) ?? ['', '', ''];
  const shift = unit ? 10n * BigInt(SHIFTS.indexOf(unit.toUpperCase()) + 1) : 0n;
  const exact = BigInt(digits || 0) << shift;
  const value = kernel === '7.3' && exact > U64 ? U64 : exact & U64;
  return { value, rest: text.slice(all.length) };
}
