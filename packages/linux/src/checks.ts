import { type CrashkernelVerdict, findParameters, getParameter, parseCrashkernel } from '@kexeckit/cmdline';
import { strategies } from '@kexeckit/relocation/strategies';
import { LinuxError } from './error.ts';
import {
  cpuControl,
  hostRam,
  humanSize,
  isArm64,
  itsCount,
  kernelVersion,
  ramSize,
  startLevel,
  totalSize,
} from './facts.ts';
import { blocker, type Finding, notKnown, ok, warning } from './finding.ts';
import type { Host } from './host.ts';

/** What is to be loaded, where that is known. */
export interface Load {
  /** Bytes that all segments take in memory: kernel (`image_size`), initramfs, device tree. */
  readonly size: bigint;
}

/** A check looks at one thing. Undefined: another check has already said it all. */
export type Check = (host: Host, load?: Load) => Finding | undefined;

const AS_ROOT = 'run as root on the host itself, not in a container';
const ON_HOST = 'run on the host itself, not in a container';

function checkArchitecture(host: Host): Finding {
  const id = 'architecture';
  const arm64 = isArm64(host);
  if (arm64 === undefined) return notKnown(id, host, 'architecture', 'the architecture', 'look at uname -m');
  if (arm64) return ok(id, `the kernel is for ${host.architecture}`, 'kexeckit plans reboots of arm64');
  return blocker(
    id,
    `the kernel is for ${host.architecture}`,
    'boot protocol, page tables and relocation routine are those of arm64',
    'use kexec-tools on this host, or rehearse with the simulated machine or QEMU',
  );
}

/** A kernel without kexec has neither its files in /sys nor its switch in /proc. */
function lacksKexec(host: Host): boolean {
  const { kexecLoaded, kexecLoadDisabled } = host.unread;
  return kexecLoaded?.code === 'ENOENT' && kexecLoadDisabled?.code === 'ENOENT' && host.osrelease !== undefined;
}

function checkSupport(host: Host): Finding {
  const id = 'kexec-support';
  if (lacksKexec(host)) {
    return blocker(
      id,
      'the kernel was built without kexec',
      'neither /sys/kernel/kexec_loaded nor /proc/sys/kernel/kexec_load_disabled exists: the system calls give ENOSYS',
      'boot a kernel with CONFIG_KEXEC or CONFIG_KEXEC_FILE',
    );
  }
  if (host.kexecLoaded === undefined && host.kexecLoadDisabled === undefined) {
    return notKnown(id, host, 'kexecLoaded', 'whether the kernel has kexec', ON_HOST);
  }
  return ok(id, 'the kernel has kexec', 'at least one of kexec_load and kexec_file_load is built in');
}

function checkPermission(host: Host): Finding {
  const id = 'permission';
  const why = 'loading a kernel takes CAP_SYS_BOOT in the initial user namespace: else EPERM';
  if (host.capSysBoot === false) {
    return blocker(id, 'this process does not have CAP_SYS_BOOT', why, 'run as root, or give the capability to it');
  }
  if (host.initialNamespace === false) {
    return blocker(id, 'this process is in a user namespace of its own', why, AS_ROOT);
  }
  if (host.capSysBoot === undefined) return notKnown(id, host, 'capSysBoot', 'whether CAP_SYS_BOOT is held', AS_ROOT);
  if (host.initialNamespace === undefined) {
    return notKnown(id, host, 'initialNamespace', 'whether CAP_SYS_BOOT counts here', AS_ROOT);
  }
  return ok(id, 'this process has CAP_SYS_BOOT', why);
}

function checkLoadDisabled(host: Host): Finding | undefined {
  const id = 'kexec-load-disabled';
  const open = 'kernels can be loaded as far as the kernel.kexec_load_disabled switch is concerned';
  if (lacksKexec(host)) return undefined;
  if (host.kexecLoadDisabled === undefined) {
    return host.unread.kexecLoadDisabled?.code === 'ENOENT' && host.kexecLoaded !== undefined
      ? ok(id, 'this kernel has no kexec_load_disabled switch', open)
      : notKnown(id, host, 'kexecLoadDisabled', 'whether loading is switched off', ON_HOST);
  }
  if (!host.kexecLoadDisabled) return ok(id, 'kexec_load_disabled is 0', open);
  return blocker(
    id,
    'kexec_load_disabled is 1',
    'loading gives EPERM to everyone; the switch goes one way and holds until the next boot',
    'remove kernel.kexec_load_disabled=1 from the sysctl files and reboot; what is already loaded can still run',
  );
}

function checkLockdown(host: Host): Finding {
  const id = 'lockdown';
  if (host.lockdown === undefined) {
    return host.unread.lockdown?.code === 'ENOENT' && host.securityModules?.includes('lockdown') === false
      ? ok(id, 'the lockdown module is not active', 'it does not restrict loading')
      : notKnown(id, host, 'lockdown', 'the lockdown state', 'mount securityfs at /sys/kernel/security');
  }
  if (host.lockdown === 'none') return ok(id, 'lockdown is none', 'it does not restrict loading');
  return blocker(
    id,
    `lockdown is ${host.lockdown}`,
    'kexec_load gives EPERM; kexec_file_load takes only a kernel whose signature the running kernel trusts',
    'load a signed kernel with kexec_file_load, or boot without lockdown (Secure Boot can switch it on)',
  );
}

function checkMemoryMap(host: Host): Finding {
  const id = 'memory-map';
  const why = 'without the true System RAM no segment can be placed, by kexeckit or by kexec_load';
  try {
    const ram = hostRam(host);
    return ok(id, `/proc/iomem shows ${humanSize(totalSize(ram))} of System RAM`, 'segments can be placed');
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return blocker(
      id,
      error.message,
      error.code === 'EPERM' ? `it was read without privilege: ${why}` : why,
      error.hint,
    );
  }
}

function checkCpuOffline(host: Host): Finding {
  const id = 'cpu-offline';
  const todo = 'update firmware to one with PSCI, or boot with a single possible CPU (nr_cpus=1)';
  const why =
    'all CPUs but one must go offline, which here they cannot: the load gives EBUSY, "CPUs are stuck in the kernel"';
  if (host.cpusPossible === undefined) {
    return notKnown(id, host, 'cpusPossible', 'the number of CPUs', 'mount sysfs at /sys');
  }
  if (host.cpusPossible === 1) return ok(id, 'there is one CPU', 'no other CPU has to go offline');
  const control = cpuControl(host);
  const cpus = `${host.cpusPossible} CPUs`;
  if (control === undefined) {
    const field = host.acpi === true ? 'acpiTables' : 'deviceTree';
    return notKnown(id, host, field, `whether the ${cpus} can go offline`, AS_ROOT);
  }
  const others = control.methods.filter((method) => method !== 'psci');
  if (others.length > 0) return blocker(id, `the ${cpus} are started by ${others.join(', ')}`, why, todo);
  if (!control.psci) return blocker(id, `the firmware of the ${cpus} has no PSCI`, why, todo);
  if (control.methods.length === 0) {
    return notKnown(id, host, 'deviceTree', `how the ${cpus} are started`, 'look for enable-method below /cpus');
  }
  return ok(id, `the ${cpus} are started and stopped by PSCI`, 'all but one can go offline before the jump');
}

function checkProtectedKvm(host: Host): Finding {
  const id = 'protected-kvm';
  if (host.cmdline === undefined) {
    return notKnown(id, host, 'cmdline', 'whether KVM is protected', 'read /proc/cmdline on the host');
  }
  if (getParameter(host.cmdline, 'kvm-arm.mode') !== 'protected' || startLevel(host)?.level === 1) {
    return ok(id, 'KVM is not protected', 'the kernel can hand EL2 over');
  }
  return blocker(
    id,
    'the command line has kvm-arm.mode=protected',
    'a protected hypervisor does not give EL2 back: the load gives EBUSY',
    'boot without kvm-arm.mode=protected',
  );
}

function checkDeviceTree(host: Host): Finding {
  const id = 'device-tree';
  const source = '/sys/firmware/fdt';
  if (host.fdt !== undefined) return ok(id, `${source} can be read`, 'the next kernel gets it, edited');
  const unread = host.unread.fdt;
  const reason = unread?.reason ?? 'it was not read';
  const why = 'the next kernel needs a device tree; the one of the running kernel has what the firmware put in';
  if (unread?.code === 'EACCES' || unread?.code === 'EPERM') {
    return warning(id, `${source} cannot be read: ${reason}`, why, 'run as root');
  }
  if (host.deviceTree !== undefined) {
    return warning(
      id,
      `there is /proc/device-tree but no blob in ${source} (${reason})`,
      `${why}; kexec-tools flattens the tree, kexeckit needs the blob`,
      'flatten it (dtc -I fs -O dtb /proc/device-tree) and give the result as dtb',
    );
  }
  return blocker(
    id,
    `there is no device tree: ${source} (${reason}), /proc/device-tree`,
    why,
    'give a dtb of this very machine: one without its memory and reserved memory nodes does not boot',
  );
}

function checkUefi(host: Host): Finding {
  const id = 'uefi';
  if (host.efi === undefined) return notKnown(id, host, 'efi', 'whether UEFI booted this host', ON_HOST);
  if (!host.efi) return ok(id, 'not booted by UEFI', 'the device tree names the memory');
  const nodes = host.deviceTree?.memoryNodes ?? 0;
  if (nodes > 0) return ok(id, 'booted by UEFI, the device tree names memory all the same', 'both can be read');
  return warning(
    id,
    'booted by UEFI: the device tree has no memory nodes',
    'the EFI stub removes them; a loader that looks for memory there finds none ("no free area of memory")',
    'take System RAM from /proc/iomem, as kexeckit does, and pass the running device tree on, not one from a file',
  );
}

function checkAlreadyLoaded(host: Host): Finding | undefined {
  const id = 'already-loaded';
  if (lacksKexec(host)) return undefined;
  if (host.kexecLoaded === undefined) {
    return notKnown(id, host, 'kexecLoaded', 'whether a kernel is loaded', 'mount sysfs at /sys');
  }
  if (!host.kexecLoaded) return ok(id, 'no kernel is loaded', 'nothing is replaced by loading one');
  return warning(
    id,
    'a kernel is already loaded',
    'loading replaces it, and until then systemctl reboot runs it',
    'unload it with kexec -u, or keep it from running with SYSTEMCTL_SKIP_AUTO_KEXEC=1',
  );
}

/** Linux reads it with kstrtobool: y, t, 1 or on. */
function lpisAreOff(cmdline: string): boolean {
  const value = getParameter(cmdline, 'irqchip.gicv3_nolpi');
  return typeof value === 'string' && /^([yt1]|on)/i.test(value);
}

function checkIts(host: Host): Finding {
  const id = 'gic-its';
  const its = itsCount(host);
  if (its === undefined) {
    const field = host.acpi === true ? 'acpiTables' : 'deviceTree';
    return notKnown(id, host, field, 'whether the GIC has an ITS', AS_ROOT);
  }
  if (its === 0) return ok(id, 'the GIC has no ITS', 'there are no LPI tables that outlive the reboot');
  if (host.cmdline !== undefined && lpisAreOff(host.cmdline)) {
    return ok(id, 'the GIC has an ITS, but irqchip.gicv3_nolpi is set', 'LPIs were never enabled: no tables in RAM');
  }
  if (host.efi === true) {
    return ok(
      id,
      'the GIC has an ITS, and UEFI keeps its tables reserved',
      'the EFI memory reservation table tells the next kernel where the LPI tables are',
    );
  }
  return warning(
    id,
    'the GIC has an ITS, and there is no UEFI to keep its tables reserved',
    'once enabled, LPI tables cannot be moved: the GIC goes on writing pending bits into memory that the next kernel uses',
    'boot through UEFI, or boot the running kernel with irqchip.gicv3_nolpi=1 where nothing needs LPIs (MSIs), or ITS off',
  );
}

/** The strategies that load into the crash kernel's region, and all that load into a region: nothing has to be moved. */
const inCrashRegion = namesOf(strategies.filter(({ region }) => region === 'crashkernel'));
const inPlace = namesOf(strategies.filter(({ region }) => region !== undefined));

function namesOf(chosen: readonly { readonly name: string }[]): string {
  return chosen.map(({ name }) => name).join(' or ');
}

function checkCrashkernel(host: Host): Finding | undefined {
  const id = 'crashkernel';
  const why = `no crash dumps, and strategy ${inCrashRegion} has no region`;
  if (lacksKexec(host)) return undefined;
  if (host.kexecCrashSize === undefined) {
    if (host.unread.kexecCrashSize?.code === 'ENOENT' && host.kexecLoaded !== undefined) {
      return ok(id, 'this kernel cannot load crash kernels', why);
    }
    return notKnown(id, host, 'kexecCrashSize', 'whether memory is reserved for a crash kernel', ON_HOST);
  }
  if (host.kexecCrashSize > 0n) {
    const state = host.kexecCrashLoaded === true ? 'a crash kernel is loaded' : 'no crash kernel is loaded';
    return ok(
      id,
      `${humanSize(host.kexecCrashSize)} are reserved for a crash kernel; ${state}`,
      `strategy ${inCrashRegion} can borrow the region: the next kernel starts there without being moved`,
    );
  }
  const asked = host.cmdline !== undefined && findParameters(host.cmdline, 'crashkernel').length > 0;
  if (!asked) {
    return ok(id, 'nothing is reserved for a crash kernel', why);
  }
  return warning(
    id,
    'the command line has crashkernel=, but nothing is reserved',
    whyNotReserved(parseCrashkernel(host.cmdline ?? '', ramSize(host))),
    'look for crashkernel in dmesg; ask for less, or for ,high',
  );
}

function whyNotReserved(verdict: CrashkernelVerdict): string {
  const said = verdict.log.map(([, text]) => text.trim()).join('; ');
  if (verdict.ret !== 0) return `the kernel cannot use the value${said && `: ${said}`}`;
  return `the kernel found no room for ${humanSize(verdict.size)}, or the region was given back`;
}

function checkRelocationSpeed(host: Host): Finding {
  const id = 'relocation-speed';
  const version = kernelVersion(host);
  if (version === undefined) return notKnown(id, host, 'osrelease', 'the kernel version', 'look at uname -r');
  const name = `the kernel is ${version.join('.')}`;
  const [major, minor] = version;
  if (major > 5 || (major === 5 && minor >= 16)) {
    const tables = host.memTotal === undefined ? 'RAM/512' : `RAM/512, here ${humanSize(host.memTotal / 512n)}`;
    return ok(
      id,
      `${name}: it relocates with the MMU on`,
      `1.1 to 2.1 GB/s were measured; each load that is not in place copies the linear map's tables (${tables})`,
    );
  }
  return warning(
    id,
    `${name}: before 5.16 it relocates with the MMU off`,
    '11 to 200 MB/s were measured: 0.44 s for 25 MB on Stingray (MMU on: 0.022 s), 7.5 s for 84 MB on ThunderX2 (0.04 s)',
    `update to 5.16 or later (unless the vendor has ported it back), or load in place: strategy ${inPlace}`,
  );
}

function checkHalfRam(host: Host, load?: Load): Finding {
  const id = 'half-ram';
  if (host.memTotal === undefined) return notKnown(id, host, 'memTotal', 'the size of RAM', 'mount procfs at /proc');
  const half = host.memTotal / 2n;
  const why = 'a segment, and all segments together, may take at most half of RAM: else EINVAL';
  const limit = `half of RAM is ${humanSize(half)}`;
  if (load === undefined || load.size <= half) return ok(id, limit, why);
  return blocker(id, `${limit}, the segments take ${humanSize(load.size)}`, why, 'load a smaller initramfs');
}

/** Checks that make sense on any Linux. */
export const generalChecks: readonly Check[] = [
  checkArchitecture,
  checkSupport,
  checkPermission,
  checkLoadDisabled,
  checkLockdown,
  checkMemoryMap,
  checkAlreadyLoaded,
  checkCrashkernel,
  checkHalfRam,
];

/** Checks that ask for what only arm64 has. */
export const arm64Checks: readonly Check[] = [
  checkCpuOffline,
  checkProtectedKvm,
  checkDeviceTree,
  checkUefi,
  checkIts,
  checkRelocationSpeed,
];
