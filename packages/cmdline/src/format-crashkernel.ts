import { CmdlineError } from './error.ts';
import type { CrashkernelSuffix } from './grammar.ts';
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
 * @throws {CmdlineError} EINVAL for a list without ranges, or a range that ends where it starts or before.
 */
export function formatCrashkernel(spec: CrashkernelSpec): string {
  if ('suffix' in spec) return formatSize(spec.size) + spec.suffix;
  const base = spec.base === undefined || spec.base === 0n ? '' : `@${formatSize(spec.base)}`;
  if ('size' in spec) return formatSize(spec.size) + base;
  if (spec.ranges.length === 0) throw invalid('', 'a range list needs a range', 'give { from, size }');
  return spec.ranges.map(formatRange).join(',') + base;
}

function formatRange({ from, to, size }: RamRange): string {
  const text = `${formatSize(from)}-${to === undefined ? '' : formatSize(to)}:${formatSize(size)}`;
  if (to !== undefined && to <= from)
    throw invalid(text, `the range ${text} is empty`, 'its end must be above its start');
  return text;
}

function invalid(value: string, message: string, hint: string): CmdlineError {
  return new CmdlineError('EINVAL', message, hint, { value, start: 0, end: value.length });
}
