import { readAcpi } from './acpi.ts';
import { bootLog } from './boot-log.ts';
import { cpuSha256 } from './cpu-features.ts';
import { readDeviceTree, readFdt, readFirmwareFolder } from './device-tree.ts';
import { DiskFiles } from './files/disk.ts';
import type { HostFiles } from './files/host-files.ts';
import { checkRoot } from './files/root.ts';
import type { Host, HostValues } from './host-values.ts';
import { readLine, readText, readValue } from './read-value.ts';
import type { Evidence, Reading, Unread } from './reading.ts';
import * as reads from './readings.ts';
import { wanted } from './wanted.ts';

export type { Host, HostValues };

/** Where to read. */
export interface ReadHostOptions {
  /**
   * The folder that has the host's `proc` and `sys`; `/` by default. Symbolic links that lead out of it are not
   * followed: copy without them.
   */
  readonly root?: string;
  /** Stops the reading: a large device tree can take a second. */
  readonly signal?: AbortSignal;
}

/**
 * Reads what decides about kexec on this host. Only reads, and asks for no privilege: what a process may not see is
 * undefined in the result, with the reason.
 *
 * @throws {LinuxError} EINVAL, ENOENT, ENOTDIR or EACCES if `root` is not a folder that can be entered; never for a file
 * below it. The signal's reason if it stops the reading.
 */
export async function readHost({ root = '/', signal }: ReadHostOptions = {}): Promise<Host> {
  await checkRoot(root);
  return await readHostFrom(new DiskFiles(root), signal);
}

/** The same, wherever the files are. */
export async function readHostFrom(files: HostFiles, signal?: AbortSignal): Promise<Host> {
  const unread: Partial<Record<keyof HostValues, Unread>> = {};
  const said: Partial<Record<keyof HostValues, Evidence>> = {};
  const keep = <T>(field: keyof HostValues, reading: Reading<T>): T | undefined => {
    if (!reading.ok) unread[field] = reading.unread;
    else if (reading.said !== undefined) said[field] = reading.said;
    return reading.ok ? reading.value : undefined;
  };
  return {
    ...(await kernelValues(files, keep)),
    ...(await firmwareValues(files, keep, signal)),
    ...(await processValues(files, keep)),
    unread,
    said,
  };
}

type Keep = <T>(field: keyof HostValues, reading: Reading<T>) => T | undefined;

type Values<Field extends keyof HostValues> = { readonly [Name in Field]: HostValues[Name] | undefined };

/** How many loads are left (Linux 6.3), for a reboot and for a panic. */
const LIMIT = '/proc/sys/kernel/kexec_load_limit';

/** What the kernel says of itself. */
async function kernelValues(
  files: HostFiles,
  keep: Keep,
): Promise<Values<Exclude<keyof HostValues, FirmwareField | ProcessField>>> {
  const osrelease = keep('osrelease', await readValue(files, '/proc/sys/kernel/osrelease', wanted.release));
  const cmdline = keep('cmdline', await readLine(files, '/proc/cmdline'));
  return {
    architecture: keep('architecture', await reads.architecture(files)),
    osrelease,
    cmdline,
    bootLog: keep('bootLog', await bootLog(files, osrelease, cmdline)),
    modules: keep('modules', await reads.modules(files)),
    smmu: keep('smmu', await reads.smmu(files)),
    iomem: keep('iomem', await readText(files, '/proc/iomem')),
    memTotal: keep('memTotal', await readValue(files, '/proc/meminfo', wanted.memTotal)),
    memAvailable: keep('memAvailable', await readValue(files, '/proc/meminfo', wanted.memAvailable)),
    cmaTotal: keep('cmaTotal', await reads.cmaTotal(files)),
    kexecLoadDisabled: keep(
      'kexecLoadDisabled',
      await readValue(files, '/proc/sys/kernel/kexec_load_disabled', wanted.flag),
    ),
    kexecLimitReboot: keep('kexecLimitReboot', await readValue(files, `${LIMIT}_reboot`, wanted.limit)),
    kexecLimitPanic: keep('kexecLimitPanic', await readValue(files, `${LIMIT}_panic`, wanted.limit)),
    kexecCalls: keep('kexecCalls', await reads.kexecCalls(files)),
    signatureRule: keep('signatureRule', await reads.signatureRule(files, osrelease)),
    kexecLoaded: keep('kexecLoaded', await reads.kexec(files, 'loaded', wanted.flag)),
    kexecCrashLoaded: keep('kexecCrashLoaded', await reads.kexec(files, 'crash_loaded', wanted.flag)),
    kexecCrashSize: keep('kexecCrashSize', await reads.kexec(files, 'crash_size', wanted.size)),
    cpusPossible: keep('cpusPossible', await readValue(files, '/sys/devices/system/cpu/possible', wanted.cpus)),
    cpusOnline: keep('cpusOnline', await readValue(files, '/sys/devices/system/cpu/online', wanted.cpus)),
    cpusFixed: keep('cpusFixed', await reads.cpusFixed(files)),
    sha256: keep('sha256', await cpuSha256(files)),
    kvm: keep('kvm', await reads.kvm(files)),
    lockdown: keep('lockdown', await readValue(files, '/sys/kernel/security/lockdown', wanted.lockdown)),
    securityModules: keep('securityModules', await readValue(files, '/sys/kernel/security/lsm', wanted.modules)),
    ioUring: keep('ioUring', await reads.ioUring(files)),
    ioUringAccess: keep('ioUringAccess', await reads.ioUringAccess(files)),
  };
}

type FirmwareField = 'fdt' | 'deviceTree' | 'efi' | 'secureBoot' | 'acpi' | 'acpiTables';

/** What the firmware left. */
async function firmwareValues(files: HostFiles, keep: Keep, signal?: AbortSignal): Promise<Values<FirmwareField>> {
  return {
    fdt: keep('fdt', await readFdt(files)),
    deviceTree: keep('deviceTree', await readDeviceTree(files, signal)),
    efi: keep('efi', await readFirmwareFolder(files, 'efi')),
    secureBoot: keep('secureBoot', await reads.secureBoot(files)),
    acpi: keep('acpi', await readFirmwareFolder(files, 'acpi')),
    acpiTables: keep('acpiTables', await readAcpi(files)),
  };
}

type ProcessField =
  | 'capabilities'
  | 'initialNamespace'
  | 'seccomp'
  | 'memlockLimit'
  | 'pagemap'
  | 'devMem'
  | 'pageSize';

/** What this process is, and may. */
async function processValues(files: HostFiles, keep: Keep): Promise<Values<ProcessField>> {
  return {
    capabilities: keep('capabilities', await readValue(files, '/proc/self/status', wanted.capabilities)),
    initialNamespace: keep('initialNamespace', await reads.initialNamespace(files)),
    seccomp: keep('seccomp', await readValue(files, '/proc/self/status', wanted.seccomp)),
    memlockLimit: keep('memlockLimit', await readValue(files, '/proc/self/limits', wanted.memlock)),
    pagemap: keep('pagemap', await reads.pagemap(files)),
    devMem: keep('devMem', await files.opens('/dev/mem')),
    pageSize: keep('pageSize', await reads.pageSize(files)),
  };
}
