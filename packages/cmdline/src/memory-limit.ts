import { findParameters } from './edit.ts';
import { memparse } from './number.ts';

/**
 * Bytes of RAM that `mem=` leaves an arm64 kernel, of several the last one; undefined for none, and for what it reads as 0
 * (kernel-parameters.rst).
 */
export function memoryLimit(cmdline: string): bigint | undefined {
  const value = findParameters(cmdline, 'mem').at(-1)?.value;
  const limit = typeof value === 'string' ? memparse(value).value : 0n;
  return limit === 0n ? undefined : limit;
}
