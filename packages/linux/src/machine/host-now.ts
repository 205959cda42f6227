import type { Host, HostValues } from '../host-values.ts';
import { valueIn, type Wanted } from '../read-value.ts';
import type { Evidence, Unread } from '../reading.ts';
import type { Kernel } from '../syscalls/kernel.ts';
import { wanted } from '../wanted.ts';

/** A host as it was read, and the kernel that shows what has changed since. */
export interface HostAndKernel {
  readonly host: Host;
  readonly kernel: Kernel;
}

const SYSCTL = '/proc/sys/kernel/kexec_load';

/** Newer kernels have these in a folder of their own. */
const kexecFiles = (name: string): string[] => [`/sys/kernel/kexec_${name}`, `/sys/kernel/kexec/${name}`];

/** The host with what may have changed read again: a failure is explained by what is, and not by what was. */
export function hostNow({ host, kernel }: HostAndKernel): Host {
  const said: Partial<Record<keyof HostValues, Evidence>> = { ...host.said };
  const unread: Partial<Record<keyof HostValues, Unread>> = { ...host.unread };
  const again = <T>(field: keyof HostValues, before: T | undefined, what: Wanted<T>, ...paths: string[]) => {
    for (const path of paths) {
      const text = kernel.text(path);
      const reading = text === undefined ? undefined : valueIn(path, text, what);
      if (!reading?.ok) continue;
      if (reading.said !== undefined) said[field] = reading.said;
      delete unread[field];
      return reading.value;
    }
    return before;
  };
  return {
    ...host,
    kexecLoadDisabled: again('kexecLoadDisabled', host.kexecLoadDisabled, wanted.flag, `${SYSCTL}_disabled`),
    kexecLimitReboot: again('kexecLimitReboot', host.kexecLimitReboot, wanted.limit, `${SYSCTL}_limit_reboot`),
    kexecLimitPanic: again('kexecLimitPanic', host.kexecLimitPanic, wanted.limit, `${SYSCTL}_limit_panic`),
    lockdown: again('lockdown', host.lockdown, wanted.lockdown, '/sys/kernel/security/lockdown'),
    kexecLoaded: again('kexecLoaded', host.kexecLoaded, wanted.flag, ...kexecFiles('loaded')),
    kexecCrashLoaded: again('kexecCrashLoaded', host.kexecCrashLoaded, wanted.flag, ...kexecFiles('crash_loaded')),
    kexecCrashSize: again('kexecCrashSize', host.kexecCrashSize, wanted.size, ...kexecFiles('crash_size')),
    cpusOnline: again('cpusOnline', host.cpusOnline, wanted.cpus, '/sys/devices/system/cpu/online'),
    memAvailable: again('memAvailable', host.memAvailable, wanted.memAvailable, '/proc/meminfo'),
    capabilities: again('capabilities', host.capabilities, wanted.capabilities, '/proc/self/status'),
    seccomp: again('seccomp', host.seccomp, wanted.seccomp, '/proc/self/status'),
    said,
    unread,
  };
}
