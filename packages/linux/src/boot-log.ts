import type { HostFiles } from './files/host-files.ts';
import { KMSG } from './files/kernel-log.ts';
import { shortened } from './read-value.ts';
import { known, type Reading, unknown } from './reading.ts';

/**
 * The lines that tell of memory: zones, nodes, the count of RAM, the contiguous allocator's areas, and all that is said of
 * `crashkernel=`; and those that tell which boot it is. Nothing else of a log is looked at, or put into a bundle.
 */
const TELLING = [
  'crashkernel|kexeckernel',
  '\\s(?:DMA|DMA32|Normal|Movable|Device)\\s+(?:empty|\\[mem 0x)',
  '\\snode\\s+\\d+: \\[mem 0x',
  'Memory: \\d+K/\\d+K available',
  'cma: Reserved|created CMA memory pool',
  'KASLR enabled|efi: EFI v',
  'Kernel command line: |Linux version \\d',
].join('|');

/** More than any machine has of them. */
const LINES_MAX = 4096;

/**
 * What stands in front of a record of /dev/kmsg: its facility and level are below 8 only where the kernel itself speaks. What
 * programs write there has another facility (Documentation/ABI/testing/dev-kmsg).
 */
const RECORD = /^[0-7],\d+,\d+,[^;]*;/;
/** What stands in front of a line that was printed. */
export const PRINTED: RegExp = /^(?:<[0-7]>)?(?:\[[\s\d.]+\]\s)?/;
/** What a program says of itself: its name and number, or a facility. */
const PROGRAM = /^(?:<\d+>|[\w.@()/-]{1,60}\[\d+\]: )/;

const IN_RECORDS = new RegExp(`${RECORD.source}.*(?:${TELLING})`);
const IN_LINES = new RegExp(TELLING);

/** Distributions that have no journal keep here what the kernel said at boot; it may be of an earlier one. */
export const SAVED_LOG = '/var/log/dmesg';

/**
 * What the kernel said of memory when it booted, as far as its log still has it. That it has not is normal: the log is a ring,
 * and not everybody may read it.
 */
export async function bootLog(
  files: HostFiles,
  release: string | undefined,
  cmdline: string | undefined,
): Promise<Reading<readonly string[]>> {
  const own = await linesOf(files, KMSG, IN_RECORDS, RECORD);
  if (own.ok && beginsAtBoot(own.value)) return own;
  const saved = await linesOf(files, SAVED_LOG, IN_LINES, PRINTED);
  if (saved.ok && isOfThisBoot(saved.value, release, cmdline)) return saved;
  if (!own.ok) return own;
  return unknown(KMSG, 'ENODATA', 'what the kernel said when it booted has left its log');
}

async function linesOf(
  files: HostFiles,
  path: string,
  pattern: RegExp,
  front: RegExp,
): Promise<Reading<readonly string[]>> {
  const found = await files.find(path, pattern, LINES_MAX);
  if (!found.ok) return found;
  const lines = found.value.map((line) => line.replace(front, '').trimEnd()).filter((line) => !PROGRAM.test(line));
  const said = saidOfCrashkernel(lines)[0] ?? lines[0];
  return known(lines, said === undefined ? undefined : { path, text: shortened(said) });
}

/** What the kernel said of `crashkernel=`, word for word; the command line itself it only repeats. */
export const saidOfCrashkernel = (lines: readonly string[]): string[] =>
  lines.filter((line) => /crashkernel/.test(line) && !line.startsWith('Kernel command line: '));

const beginsAtBoot = (lines: readonly string[]): boolean => lines.some((line) => /^Linux version /.test(line));

/** A line of the log this long has lost its end: a record takes 976 characters or more, by version. */
const CUT = 960;

/**
 * A file may be left from another boot: of another kernel, or of the same one with another command line, which may be the front
 * of today's. It tells nothing for certain where it has several boots, or does not say how its own one was asked for.
 */
export function isOfThisBoot(
  lines: readonly string[],
  release: string | undefined,
  cmdline: string | undefined,
): boolean {
  const [version, ...others] = matchesOf(lines, /^Linux version (\S+)/);
  const [given, ...more] = matchesOf(lines, /^Kernel command line: (.*)$/);
  if (others.length > 0 || more.length > 0 || version?.[1] === undefined || version[1] !== release) return false;
  const line = given?.[1];
  if (given === undefined || line === undefined || cmdline === undefined) return false;
  return line === cmdline.trimEnd() || (given[0].length >= CUT && cmdline.startsWith(line));
}

const matchesOf = (lines: readonly string[], pattern: RegExp): RegExpExecArray[] =>
  lines.map((line) => pattern.exec(line)).filter((match) => match !== null);
