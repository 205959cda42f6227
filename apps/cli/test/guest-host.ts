import { minimalDeviceTree } from '@kexeckit/reboot';

/** Memory of a small guest. */
export const MAP =
  '40000000-bfffffff : System RAM\n  40210000-415fffff : Kernel code\n  41a00000-41cfffff : Kernel data\n';

/** What of /proc and /sys of such a guest tells how it can kexec: by every route. */
export const guest: Readonly<Record<string, string | Uint8Array>> = {
  'proc/meminfo': 'MemTotal: 2000000 kB\nMemAvailable: 1500000 kB\nCmaTotal: 0 kB\n',
  'proc/cmdline': 'quiet\n',
  'proc/iomem': MAP,
  'proc/kallsyms': 'ffff T __arm64_sys_kexec_load\n',
  'proc/self/status': 'Name:\tcat\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n',
  'proc/self/uid_map': '0 0 4294967295\n',
  'proc/self/auxv': new Uint8Array(new BigUint64Array([6n, 4096n, 0n, 0n]).buffer),
  'proc/sys/kernel/arch': 'aarch64\n',
  'proc/sys/kernel/osrelease': '6.1.0-50-arm64\n',
  'proc/sys/kernel/kexec_load_disabled': '0\n',
  'sys/kernel/kexec_loaded': '0\n',
  'sys/kernel/kexec_crash_loaded': '0\n',
  'sys/kernel/kexec_crash_size': '0\n',
  'sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
  'sys/devices/system/cpu/possible': '0\n',
  'sys/devices/system/cpu/online': '0\n',
  'sys/firmware/fdt': minimalDeviceTree([{ start: 0x4000_0000n, end: 0xbfff_ffffn }], 1),
  'sys/firmware/devicetree/base/psci/compatible': 'arm,psci\0',
};
