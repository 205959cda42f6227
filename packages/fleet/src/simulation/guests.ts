import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { collectHost } from '@kexeckit/linux';
import { minimalDeviceTree } from '@kexeckit/reboot';

/** Files of a host, by their paths. */
export type HostFiles = Readonly<Record<string, string | Uint8Array>>;

/** Memory of a small guest, with a region for a crash kernel. @param end its last address, in hex. */
const mapUpTo = (end: string): string =>
  [
    `40000000-${end} : System RAM`,
    '  40210000-415fffff : Kernel code',
    '  41a00000-41cfffff : Kernel data',
    '  90000000-9fffffff : Crash kernel',
    '',
  ].join('\n');

/** What of /proc and /sys of a guest tells how it can kexec. */
export const guestFiles: HostFiles = {
  'proc/meminfo': 'MemTotal: 2000000 kB\nMemAvailable: 1500000 kB\nCmaTotal: 0 kB\n',
  'proc/cmdline': 'quiet\n',
  'proc/iomem': mapUpTo('bfffffff'),
  'proc/kallsyms': 'ffff T __arm64_sys_kexec_load\n',
  'proc/self/status': 'Name:\tcat\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n',
  'proc/self/uid_map': '0 0 4294967295\n',
  'proc/self/auxv': new Uint8Array(new BigUint64Array([6n, 4096n, 0n, 0n]).buffer),
  'proc/sys/kernel/arch': 'aarch64\n',
  'proc/sys/kernel/osrelease': '6.1.0-50-arm64\n',
  'proc/sys/kernel/kexec_load_disabled': '0\n',
  'sys/kernel/kexec_loaded': '0\n',
  'sys/kernel/kexec_crash_loaded': '0\n',
  'sys/kernel/kexec_crash_size': `${0x1000_0000}\n`,
  'sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
  'sys/devices/system/cpu/possible': '0\n',
  'sys/devices/system/cpu/online': '0\n',
  'sys/firmware/fdt': minimalDeviceTree([{ start: 0x4000_0000n, end: 0xbfff_ffffn }], 1),
  'sys/firmware/devicetree/base/psci/compatible': 'arm,psci\0',
};

/** What `doctor --collect` writes of a host with these files. */
export async function bundleOf(files: HostFiles = guestFiles): Promise<Uint8Array> {
  const root = mkdtempSync(join(tmpdir(), 'kexeckit-fleet-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return (await collectHost({ root })).bundle;
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Kinds of guests by their names, and where their memory ends. */
const kinds = { board: 'afffffff', vm: 'bfffffff', blade: 'cfffffff' } as const;

/** What guests of three kinds say of themselves: a farm of them has three classes that plans can be made for. */
export function guestBundles(): Promise<{ readonly name: string; readonly bundle: Uint8Array }[]> {
  return Promise.all(
    Object.entries(kinds).map(async ([name, end]) => ({
      name,
      bundle: await bundleOf({ ...guestFiles, 'proc/iomem': mapUpTo(end) }),
    })),
  );
}
