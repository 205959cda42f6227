import { stat } from 'node:fs/promises';
import { machine } from 'node:os';
import { type AcpiFacts, readAcpi } from './acpi.ts';
import { type DeviceTreeFacts, readDeviceTree, readFdt, readFirmwareFolder } from './device-tree.ts';
import { LinuxError } from './error.ts';
import {
  errnoOf,
  exists,
  firstOf,
  known,
  list,
  type Reading,
  readLine,
  readText,
  readValue,
  type Unread,
} from './reading.ts';
import {
  countCpus,
  type Lockdown,
  parseCapSysBoot,
  parseFlag,
  parseInitialNamespace,
  parseLockdown,
  parseMemTotal,
  parseSize,
  parseWord,
} from './values.ts';

/** What decides about kexec on a Linux host. */
export interface HostValues {
  /** The kernel's architecture as `uname -m` names it: aarch64, x86_64, … */
  readonly architecture: string;
  /** As `uname -r` prints it. */
  readonly osrelease: string;
  /** The running kernel's command line, one character a byte. */
  readonly cmdline: string;
  /** Text of /proc/iomem. All addresses are zero if an unprivileged process read it. */
  readonly iomem: string;
  /** RAM that the kernel manages, in bytes. */
  readonly memTotal: bigint;
  /** The one-way switch that forbids to load kernels. */
  readonly kexecLoadDisabled: boolean;
  readonly kexecLoaded: boolean;
  readonly kexecCrashLoaded: boolean;
  /** Bytes reserved for the crash kernel; 0 for none. */
  readonly kexecCrashSize: bigint;
  /** The device tree blob that the kernel was booted with. */
  readonly fdt: Uint8Array;
  readonly deviceTree: DeviceTreeFacts;
  /** Whether the kernel was booted by UEFI. */
  readonly efi: boolean;
  /** Whether the kernel uses ACPI. */
  readonly acpi: boolean;
  readonly acpiTables: AcpiFacts;
  readonly cpusPossible: number;
  readonly cpusOnline: number;
  /** Whether KVM runs, which on arm64 takes a kernel that was started at EL2. */
  readonly kvm: boolean;
  readonly lockdown: Lockdown;
  /** Active security modules: `lockdown` among them, or not. */
  readonly securityModules: readonly string[];
  /** Whether this process has CAP_SYS_BOOT in its user namespace. */
  readonly capSysBoot: boolean;
  /** Whether this process is in the initial user namespace, where alone CAP_SYS_BOOT counts for kexec. */
  readonly initialNamespace: boolean;
}

/** What was found on a host. A value that could not be read is undefined, and `unread` says why. */
export type Host = { readonly [Field in keyof HostValues]: HostValues[Field] | undefined } & {
  readonly unread: Readonly<Partial<Record<keyof HostValues, Unread>>>;
};

/** Where to read. */
export interface ReadHostOptions {
  /**
   * The folder that has the host's `proc` and `sys`; `/` by default. Absolute symbolic links in a copied tree would
   * lead out of it: copy without them.
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
export async function readHost(options: ReadHostOptions = {}): Promise<Host> {
  const root = options.root ?? '/';
  await checkRoot(root);
  const unread: Partial<Record<keyof HostValues, Unread>> = {};
  const keep = <T>(field: keyof HostValues, reading: Reading<T>): T | undefined => {
    if (reading.ok) return reading.value;
    unread[field] = reading.unread;
    return undefined;
  };
  return {
    architecture: keep('architecture', await readArchitecture(root)),
    osrelease: keep('osrelease', await readValue(root, '/proc/sys/kernel/osrelease', parseWord, 'a release')),
    cmdline: keep('cmdline', await readLine(root, '/proc/cmdline')),
    iomem: keep('iomem', await readText(root, '/proc/iomem')),
    memTotal: keep('memTotal', await readValue(root, '/proc/meminfo', parseMemTotal, 'a table with MemTotal')),
    kexecLoadDisabled: keep('kexecLoadDisabled', await readFlag(root, '/proc/sys/kernel/kexec_load_disabled')),
    kexecLoaded: keep('kexecLoaded', await readKexec(root, 'loaded', parseFlag, '0 or 1')),
    kexecCrashLoaded: keep('kexecCrashLoaded', await readKexec(root, 'crash_loaded', parseFlag, '0 or 1')),
    kexecCrashSize: keep('kexecCrashSize', await readKexec(root, 'crash_size', parseSize, 'a number of bytes')),
    fdt: keep('fdt', await readFdt(root)),
    deviceTree: keep('deviceTree', await readDeviceTree(root, options.signal)),
    efi: keep('efi', await readFirmwareFolder(root, 'efi')),
    acpi: keep('acpi', await readFirmwareFolder(root, 'acpi')),
    acpiTables: keep('acpiTables', await readAcpi(root)),
    cpusPossible: keep('cpusPossible', await readCpus(root, 'possible')),
    cpusOnline: keep('cpusOnline', await readCpus(root, 'online')),
    kvm: keep('kvm', await readKvm(root)),
    lockdown: keep('lockdown', await readLockdown(root)),
    securityModules: keep(
      'securityModules',
      await readValue(root, '/sys/kernel/security/lsm', parseWords, 'names with commas'),
    ),
    capSysBoot: keep('capSysBoot', await readValue(root, '/proc/self/status', parseCapSysBoot, 'a table with CapEff')),
    initialNamespace: keep('initialNamespace', await readNamespace(root)),
    unread,
  };
}

/** @throws LinuxError unless `root` is a folder that can be entered. */
export async function checkRoot(root: string): Promise<void> {
  const hint = 'give the folder that has proc and sys in it, or leave it out for this host';
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw new LinuxError('EINVAL', 'root is not a path', hint, { value: String(root) });
  }
  try {
    if ((await stat(root)).isDirectory()) return;
  } catch (cause) {
    const errno = errnoOf(cause);
    const code = errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EACCES' ? errno : 'EIO';
    throw new LinuxError(code, `root ${root} cannot be entered (${errno})`, hint, { path: root, value: root, cause });
  }
  throw new LinuxError('ENOTDIR', `root ${root} is not a folder`, hint, { path: root, value: root });
}

/** The kernel's own word first (Linux 6.1 and later): `uname -m` differs for a process with another personality. */
async function readArchitecture(root: string): Promise<Reading<string>> {
  const said = await readValue(root, '/proc/sys/kernel/arch', parseWord, 'an architecture');
  return said.ok || root !== '/' ? said : known(machine());
}

function readFlag(root: string, path: string): Promise<Reading<boolean>> {
  return readValue(root, path, parseFlag, '0 or 1');
}

/** Newer kernels have these files in a folder of their own. */
function readKexec<T>(
  root: string,
  name: string,
  parse: (text: string) => T | undefined,
  wanted: string,
): Promise<Reading<T>> {
  return firstOf(
    () => readValue(root, `/sys/kernel/kexec_${name}`, parse, wanted),
    () => readValue(root, `/sys/kernel/kexec/${name}`, parse, wanted),
  );
}

function readCpus(root: string, name: string): Promise<Reading<number>> {
  return readValue(root, `/sys/devices/system/cpu/${name}`, countCpus, 'a list of CPUs');
}

async function readKvm(root: string): Promise<Reading<boolean>> {
  const devices = await list(root, '/sys/devices/virtual/misc');
  return devices.ok ? known(devices.value.includes('kvm')) : devices;
}

function readLockdown(root: string): Promise<Reading<Lockdown>> {
  return readValue(root, '/sys/kernel/security/lockdown', parseLockdown, 'a lockdown state');
}

function parseWords(text: string): string[] | undefined {
  return text === '' ? undefined : text.split(',');
}

/** A kernel without user namespaces has no uid_map: there everyone is in the initial one. */
async function readNamespace(root: string): Promise<Reading<boolean>> {
  const map = await readValue(root, '/proc/self/uid_map', parseInitialNamespace, 'a map of user ids');
  if (map.ok || map.unread.code !== 'ENOENT') return map;
  const self = await exists(root, '/proc/self/status');
  return self.ok && self.value ? known(true) : map;
}
