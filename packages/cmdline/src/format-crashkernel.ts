import { CmdlineError } from './error.ts';
import type { CrashkernelSuffix } from './grammar.ts';
import { MAX_U64 } from './number.ts';
import { formatSize } from './size.ts';

/** RAM range of a list, and what to reserve if the machine's RAM lies in it. */
export interface RamRange {
  /** Lowest RAM in bytes. */
  from: bigint;
  /** RAM from which on it holds no longer; left out for no limit. */
  to?: bigint | undefined;
  /** Bytes to reserve. */
  size: bigint;
}

/** What to write: one size, with an offset or a suffix, or a list of ranges with an offset. */
export type CrashkernelSpec =
  | { size: bigint; base?: bigint | undefined }
  | { size: bigint; suffix: CrashkernelSuffix }
  | { ranges: readonly RamRange[]; base?: bigint | undefined };

/**
 * The value of `crashkernel=` or `kexeckernel=` that asks for this, as short as Linux reads it back.
 *
 * @throws {CmdlineError} EINVAL for a list without ranges, a range that ends where it starts or before, or a
 * number that is negative or beyond 64 bits.
 */
export function formatCrashkernel(spec: CrashkernelSpec): string {
  if ('suffix' in spec) return number(spec.size) + spec.suffix;
  const base = spec.base === undefined || spec.base === 0n ? '' : `@${number(spec.base)}`;
  if ('size' in spec) return number(spec.size) + base;
  if (spec.ranges.length === 0) throw invalid('', 'a range list needs a range', 'give { from, size }');
  return spec.ranges.map(formatRange).join(',') + base;
}

function formatRange({ from, to, size }: RamRange): string {
  const text = `${number(from)}-${to === undefined ? '' : number(to)}:${number(size)}`;
  if (to !== undefined && to <= from)
    throw invalid(text, `the range ${text} is empty`, 'its end must be above its start');
  return text;
}

function number(bytes: bigint): string {
  if (bytes < 0n || bytes > MAX_U64)
    throw invalid(String(bytes), `${bytes} does not fit 64 bits`, 'give 0 to 2^64 - 1');
  return formatSize(bytes);
}

function invalid(value: string, message: string, hint: string): CmdlineError {
  return new CmdlineError('EINVAL', message, hint, { value, start: 0, end: value.length });
}
