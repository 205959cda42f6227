import { memparse } from '@kexeckit/cmdline';
import { UsageError } from './usage.ts';

const MIB = 1n << 20n;

/** `2G`, `512M`, …: as the kernel's memparse, in whole MiB. */
export function parseSize(text: string): bigint {
  const { value, consumed } = memparse(text);
  if (consumed !== text.length || value < 64n * MIB || value % MIB !== 0n || value > 1n << 40n) {
    throw new UsageError(`--memory ${text}`, 'give whole MiB from 64M to 1T: 2G, 1536M');
  }
  return value;
}

/** A 32-bit whole number. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isInteger(seed) || Math.abs(seed) > 0x7fffffff)
    throw new UsageError(`--seed ${text}`, 'give a whole number of 32 bits');
  return seed;
}

/** A regular expression. */
export function parseMark(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(
      `--expect ${text} is no regular expression: ${error instanceof Error ? error.message : ''}`,
      'quote it for the shell',
    );
  }
}

/** Seconds, more than none. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86400)) throw new UsageError(`--timeout ${text}`, 'give seconds, at most 86400');
  return seconds;
}

/** How many reboots in a row. */
export function parseGenerations(text: string): number {
  const generations = Number(text);
  if (!Number.isInteger(generations) || generations < 1 || generations > 100)
    throw new UsageError(`--generations ${text}`, 'give a whole number from 1 to 100');
  return generations;
}
