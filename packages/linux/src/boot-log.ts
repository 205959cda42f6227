import type { HostFiles } from './files/host-files.ts';
import { KMSG } from './files/kernel-log.ts';
import { shortened } from './read-value.ts';
import { known, type Reading, unknown } from './reading.ts';

/**
 * The lines that tell of memory: zones, nodes, the count of RAM, the contiguous allocator's areas, and all that is said of
 * `crashkernel=`; and those that tell which boot it is. Nothing else of a log is looked at, or put into a bundle.
 */
const TELLING = new RegExp(
  [
    'crashkernel|kexeckernel',
    '\\s(?:DMA|DMA32|Normal|Movable|Device)\\s+(?:empty|\\[mem 0x)',
    '\\snode\\s+\\d+: \\[mem 0x',
    'Memory: \\d+K/\\d+K available',
    'cma: Reserved|created CMA memory pool',
    'KASLR enabled|efi: EFI v',
    'Kernel command line: |Linux version \\d',
  ].join('|'),
);

/** More than any machine has of them. */
const LINES_MAX = 4096;

/** What stands in front of a record of /dev/kmsg. */
const RECORD = /^\d+,\d+,\d+,[^;]*;/;
/** What stands in front of a line that was printed. */
const PRINTED = /^(?:<\d+>)?(?:\[[\s\d.]+\]\s)?/;

/** Distributions that have no journal keep here what the kernel said at boot; it may be of an earlier one. */
const SAVED = '/var/log/dmesg';

/**
 * What the kernel said of memory when it booted, as far as its log still has it. That it has not is normal: the log is a ring,
 * and not everybody may read it.
 */
export async function bootLog(
  files: HostFiles,
  release: string | undefined,
  cmdline: string | undefined,
): Promise<Reading<readonly string[]>> {
  const own = await linesOf(files, KMSG);
  if (own.ok && beginsAtBoot(own.value)) return own;
  const saved = await linesOf(files, SAVED);
  if (saved.ok && isOfThisBoot(saved.value, release, cmdline)) return saved;
  if (!own.ok) return own;
  return unknown(KMSG, 'ENODATA', 'what the kernel said when it booted has left its log');
}

async function linesOf(files: HostFiles, path: string): Promise<Reading<readonly string[]>> {
  const found = await files.find(path, TELLING, LINES_MAX);
  if (!found.ok) return found;
  const lines = found.value.map((line) => line.replace(RECORD, '').replace(PRINTED, '').trimEnd());
  const said = saidOfCrashkernel(lines)[0] ?? lines[0];
  return known(lines, said === undefined ? undefined : { path, text: shortened(said) });
}

/** What the kernel said of `crashkernel=`, word for word; the command line itself it only repeats. */
export const saidOfCrashkernel = (lines: readonly string[]): string[] =>
  lines.filter((line) => /crashkernel/.test(line) && !line.startsWith('Kernel command line: '));

const beginsAtBoot = (lines: readonly string[]): boolean => lines.some((line) => /^Linux version /.test(line));

/** A file may be left from another kernel, or from the same one with another command line that asks for other memory. */
function isOfThisBoot(lines: readonly string[], release: string | undefined, cmdline: string | undefined): boolean {
  const version = /^Linux version (\S+)/.exec(lines[0] ?? '')?.[1];
  const given = lines.map((line) => /^Kernel command line: (.*)$/.exec(line)?.[1]).find((line) => line !== undefined);
  if (version === undefined || version !== release) return false;
  return given === undefined || cmdline === undefined || cmdline.startsWith(given.slice(0, 900).trimEnd());
}
