import { profileOf } from '@kexeckit/cmdline';
import {
  findByName,
  IoportError,
  parseIomem,
  type Range,
  type ResourceTree,
  rangeSize,
  systemRam,
} from '@kexeckit/ioport';
import { LinuxError } from './error.ts';
import type { Host } from './host-values.ts';
import type { KexecCalls } from './values.ts';

/** What several checks, and the description, conclude from a host's values. */

/** Whether the kernel is one for arm64, of either byte order; undefined if it is not known. */
export function isArm64(host: Host): boolean | undefined {
  return host.architecture === undefined ? undefined : /^(aarch64|arm64)/.test(host.architecture);
}

/** A kernel without kexec has neither its files in /sys nor its switch in /proc. */
export function lacksKexec(host: Host): boolean {
  const { kexecLoaded, kexecLoadDisabled } = host.unread;
  return kexecLoaded?.code === 'ENOENT' && kexecLoadDisabled?.code === 'ENOENT' && host.osrelease !== undefined;
}

/** Which system calls load kernels here. */
export function kexecCalls(host: Host): KexecCalls {
  if (lacksKexec(host)) return { kexecLoad: false, kexecFileLoad: false };
  return host.kexecCalls ?? { kexecLoad: undefined, kexecFileLoad: undefined };
}

/** How CPUs are started and stopped. */
export interface CpuControl {
  /** The different enable methods of the CPUs. */
  readonly methods: readonly string[];
  /** Whether the firmware has PSCI. */
  readonly psci: boolean;
}

/** From the ACPI tables where the kernel uses them, else from the device tree; undefined if neither can be read. */
export function cpuControl(host: Host): CpuControl | undefined {
  if (host.acpi === true) {
    const psci = host.acpiTables && host.acpiTables.psci !== undefined;
    return psci === undefined ? undefined : { methods: [psci ? 'psci' : 'parking-protocol'], psci };
  }
  const tree = host.deviceTree;
  return tree && { methods: tree.enableMethods, psci: tree.psci !== undefined };
}

/** Number of GICv3 interrupt translation services; undefined if it is not known. */
export function itsCount(host: Host): number | undefined {
  return host.acpi === true ? host.acpiTables?.its : host.deviceTree?.its.length;
}

/** The exception level that the kernel was started at, where the host shows it. */
export function startLevel(host: Host): { readonly level: 1 | 2; readonly why: string } | undefined {
  const psci = host.acpi === true ? host.acpiTables?.psci : host.deviceTree?.psci;
  if (psci === 'hvc') return { level: 1, why: 'PSCI is called by HVC, so a hypervisor has EL2' };
  if (host.kvm === true) return { level: 2, why: 'KVM runs, so the kernel was started at EL2' };
  return undefined;
}

/** Major and minor version. */
export type Version = readonly [major: number, minor: number];

/** Whether a version is older than another one. */
export const isBefore = ([major, minor]: Version, than: Version): boolean =>
  major < than[0] || (major === than[0] && minor < than[1]);

/** Major and minor version; undefined for a release that does not begin with one. */
export function kernelVersion({ osrelease = '' }: Host): Version | undefined {
  return profileOf(osrelease).version ?? undefined;
}

/** System RAM of the host's memory map. @throws as {@link hostMemory}. */
export const hostRam = (host: Host): Range[] => systemRam(hostMemory(host));

/**
 * The host's memory map.
 *
 * @throws {LinuxError} the code of why the map was not read; EPERM if it hides its addresses, EINVAL if it is damaged or
 * has no System RAM.
 */
export function hostMemory(host: Host): ResourceTree {
  const path = '/proc/iomem';
  const hint = 'read /proc/iomem as root, in the initial user namespace';
  if (host.iomem === undefined) {
    const reason = host.unread.iomem?.reason ?? 'it was not read';
    const code = host.unread.iomem?.code;
    throw new LinuxError(
      code === 'ENOENT' || code === 'EACCES' || code === 'EPERM' ? code : 'EIO',
      `${path} cannot be read: ${reason}`,
      hint,
      { path },
    );
  }
  const tree = parseMap(host.iomem, path, hint);
  if (systemRam(tree).length === 0) throw new LinuxError('EINVAL', `${path} has no System RAM`, hint, { path });
  return tree;
}

function parseMap(iomem: string, path: string, hint: string): ResourceTree {
  try {
    return parseIomem(iomem);
  } catch (cause) {
    if (!(cause instanceof IoportError)) throw cause;
    if (cause.code === 'EPERM') {
      throw new LinuxError('EPERM', `every address in ${path} is zero`, hint, { path, cause });
    }
    const { value } = cause;
    throw new LinuxError('EINVAL', `${path} is damaged: ${cause.message}`, hint, { path, value, cause });
  }
}

/** The map, where it can be read and shows System RAM. */
export function memoryOrUndefined(host: Host): ResourceTree | undefined {
  try {
    return hostMemory(host);
  } catch (error) {
    if (error instanceof LinuxError) return undefined;
    throw error;
  }
}

/** The crash kernel's regions, as the map lists them. */
export function crashRegions(host: Host): Range[] {
  const memory = memoryOrUndefined(host);
  return memory === undefined ? [] : findByName(memory, 'Crash kernel').map(({ start, end }) => ({ start, end }));
}

/** Bytes of all ranges. */
export function totalSize(ranges: readonly Range[]): bigint {
  return ranges.reduce((sum, range) => sum + rangeSize(range), 0n);
}

/** Bytes for people: whole MiB, below that KiB. */
export function humanSize(bytes: bigint): string {
  const mib = 1n << 20n;
  return bytes >= mib ? `${bytes / mib} MiB` : `${bytes / 1024n} KiB`;
}
