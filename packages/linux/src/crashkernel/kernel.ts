import { cmdlineLimit, type ExplainOptions, KERNELS, type ProfileChoice, profileOf } from '@kexeckit/cmdline';
import { dmaReach, FdtError, parseFdt } from '@kexeckit/fdt';
import {
  type BootLog,
  type CountedRam,
  countedRam,
  findByName,
  loneCrashRegions,
  lowLimitOfDma,
  type ResourceTree,
  rangeContains,
  readBootLog,
  systemRam,
} from '@kexeckit/ioport';
import { SAVED_LOG, saidOfCrashkernel } from '../boot-log.ts';
import { isArm64, memoryOrUndefined } from '../facts.ts';
import type { Host } from '../host-values.ts';
import type { Evidence } from '../reading.ts';

/** Whose rules hold on a host: one reading of the kernel's version, for parsing and for placement. */
export function kernelOf({ osrelease }: Pick<Host, 'osrelease'>): ProfileChoice {
  const choice = profileOf(osrelease ?? '');
  return osrelease === undefined
    ? { ...choice, reason: 'the release of the kernel is not known: the newest rules are a guess' }
    : choice;
}

/** That rules are a guess, in words to put behind others; empty where they were measured. */
export function guessWords(host: Host): string {
  const { measured, reason } = kernelOf(host);
  return measured ? '' : `; ${reason}`;
}

/** What x86 adds to `,high` in low memory. */
const X86_DEFAULT_LOW = 256n << 20n;

/** How the running kernel reads its command line. */
export function readingOf(host: Host): ExplainOptions {
  const { profile } = kernelOf(host);
  const max = lineMax(host) ?? null;
  if (isArm64(host) !== false) return { kernel: profile, max };
  // Architectures with `,high` had it long before arm64.
  const mode = KERNELS[profile].cma ? 'generic' : 'generic-nocma';
  return { kernel: profile, max, mode, defaultLow: X86_DEFAULT_LOW };
}

/** Bytes of command line that the kernels of this host keep; undefined where that is not known. */
export function lineMax({ architecture = 'aarch64', osrelease }: Host): number | undefined {
  const limit = cmdlineLimit(/^(aarch64|arm64)/.test(architecture) ? 'aarch64' : architecture, osrelease);
  return limit && limit.size - 1;
}

/** What the kernel said of memory when it booted; nothing, where its log is not known, or is not of this boot. */
export const logOf = (host: Host): BootLog => readBootLog(bootLines(host));

/** What the kernel said of `crashkernel=` when it booted, word for word. */
export function kernelWords(host: Host): Evidence[] {
  const path = host.said.bootLog?.path ?? '/dev/kmsg';
  return saidOfCrashkernel(bootLines(host)).map((text) => ({ path, text }));
}

/** A log whose memory is not that of the map is of another boot, or another machine: none of it counts. */
function bootLines(host: Host): readonly string[] {
  const { bootLog = [], said } = host;
  return isOfTheMap(readBootLog(bootLog), memoryOrUndefined(host), said.bootLog?.path === SAVED_LOG) ? bootLog : [];
}

function isOfTheMap(
  { countedRam: count, bootRam }: BootLog,
  memory: ResourceTree | undefined,
  saved: boolean,
): boolean {
  // What is in a file was perhaps never said by this kernel.
  if (memory === undefined) return !saved;
  const [code] = findByName(memory, 'Kernel code');
  if (code !== undefined && bootRam !== undefined && !bootRam.some((piece) => rangeContains(piece, code))) return false;
  // RAM is missing in the map, or there is nothing to compare.
  if (count === undefined || loneCrashRegions(memory).length > 0) return true;
  const { bytes } = countedRam(memory);
  // Memory can be plugged in after boot, and none vanishes.
  return saved ? count === bytes : count <= bytes;
}

/** The RAM that decides which range of a list holds, and how well that is known. 0 where nothing tells. */
export function ramOf(host: Host): CountedRam {
  const memory = memoryOrUndefined(host);
  const log = logOf(host);
  if (memory !== undefined) {
    const counted = countedRam(memory, log);
    const isOther = (host.bootLog ?? []).length > 0 && bootLines(host).length === 0;
    return isOther ? { ...counted, from: `${counted.from}; the log that was found tells of other memory` } : counted;
  }
  if (log.countedRam !== undefined)
    return { bytes: log.countedRam, exact: true, from: "the kernel's own count, in its log" };
  const from = 'MemTotal, which lacks what the kernel keeps to itself';
  return { bytes: host.memTotal ?? 0n, exact: false, from };
}

/** The first address that 32-bit devices do not reach: the kernel's word, or what it makes of the device tree. */
export function lowLimitOf(host: Host, memory: ResourceTree): bigint | undefined {
  const { lowLimit } = logOf(host);
  if (lowLimit !== undefined || host.fdt === undefined || host.acpi === true) return lowLimit;
  try {
    const reach = dmaReach(parseFdt(host.fdt));
    return reach && lowLimitOfDma(reach, systemRam(memory)[0]?.start ?? 0n, kernelOf(host).profile);
  } catch (error) {
    if (error instanceof FdtError) return undefined;
    throw error;
  }
}
