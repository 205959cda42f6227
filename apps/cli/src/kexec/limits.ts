import { UsageError } from '../error.ts';
import type { Wanted } from './wanted.ts';

/** Addresses from the lowest to the highest. */
export interface Limits {
  readonly start: bigint;
  readonly end: bigint;
}

const HIGHEST = 2n ** 64n - 1n;

/** Where segments may stand; undefined: anywhere. @throws UsageError for a value that is no address. */
export function limitsOf({ memMin, memMax }: Pick<Wanted, 'memMin' | 'memMax'>): Limits | undefined {
  if (memMin === undefined && memMax === undefined) return undefined;
  const start = memMin === undefined ? 0n : addressOf('--mem-min', memMin);
  const end = memMax === undefined ? HIGHEST : addressOf('--mem-max', memMax);
  return { start, end };
}

/** As strtoul(3) reads numbers of any base: `0x…`, `0…` octal, or decimal. @throws UsageError */
function addressOf(option: string, text: string): bigint {
  const octal = /^0([0-7]+)$/.exec(text)?.[1];
  const digits = octal === undefined ? text : `0o${octal}`;
  const value = /^(0x[0-9a-f]+|0o[0-7]+|[1-9]\d*|0)$/i.test(digits) ? BigInt(digits) : undefined;
  if (value !== undefined && value <= HIGHEST) return value;
  throw new UsageError('EINVAL', `Bad option value in ${option}=${text}`, 'give an address: 0x80000000');
}
