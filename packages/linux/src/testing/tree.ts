import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FdtNode, parseFdt } from '@kexeckit/fdt';
import { minimalDeviceTree } from '@kexeckit/reboot';
import { onTestFinished } from 'vitest';
import { type Host, readHost } from '../host.ts';

/** Contents by path; null for a file that is not there, a path with `/` at its end for a folder. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>;

/** A memory map of `fixtures/iomem`. */
export function iomemFixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/iomem/${name}.txt`, import.meta.url), 'utf8');
}

/** A device tree of `fixtures`. */
export function fdtFixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../fixtures/${name}.dtb`, import.meta.url)));
}

const DT = '/sys/firmware/devicetree/base';

/** What the kernel shows of a device tree: the blob, and its nodes as folders in place of those of the healthy host. */
export function deviceTreeFiles(blob: Uint8Array): Files {
  const files: Record<string, string | Uint8Array | null> = {};
  for (const path of Object.keys(healthy)) if (path.startsWith(DT)) files[path] = null;
  const add = (node: FdtNode, path: string): void => {
    for (const { name, value } of node.properties) files[`${path}/${name}`] = value;
    for (const child of node.children) add(child, `${path}/${child.name}`);
  };
  add(parseFdt(blob).root, DT);
  return { ...files, '/sys/firmware/fdt': blob };
}

/** Three CPUs of a Cortex-A72. */
const CPUINFO = [0, 1, 2]
  .map(
    (cpu) =>
      `processor\t: ${cpu}\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid\nCPU part\t: 0xd08\n\n`,
  )
  .join('');

/** A guest with four CPUs, 1 GiB of RAM, PSCI and a device tree, where nothing stands in the way. */
export const healthy: Files = {
  '/proc/iomem': iomemFixture('xen_domu_arm64_1g'),
  '/proc/cmdline': 'console=hvc0 root=/dev/xvda1\n',
  '/proc/cpuinfo': CPUINFO,
  '/proc/meminfo':
    'MemTotal:        1013760 kB\nMemFree:          812344 kB\nMemAvailable:     864532 kB\nCmaTotal:          65536 kB\n',
  '/proc/kallsyms': kallsyms('T', 'W'),
  '/proc/self/status':
    'Name:\tnode\nUid:\t0\t0\t0\t0\nCapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n',
  '/proc/self/auxv': auxv(4096),
  '/proc/self/limits': limits('8388608'),
  '/proc/self/pagemap': new Uint8Array(8),
  '/dev/mem': '',
  '/proc/self/uid_map': '         0          0 4294967295\n',
  '/proc/sys/kernel/arch': 'aarch64\n',
  '/proc/sys/kernel/osrelease': '6.12.41-cloud-arm64\n',
  '/proc/sys/kernel/kexec_load_disabled': '0\n',
  '/proc/sys/kernel/kexec_load_limit_reboot': '-1\n',
  '/proc/sys/kernel/kexec_load_limit_panic': '-1\n',
  '/proc/sys/kernel/io_uring_disabled': '0\n',
  '/boot/config-6.12.41-cloud-arm64': 'CONFIG_KEXEC=y\n# CONFIG_KEXEC_FILE is not set\n',
  '/sys/kernel/slab/io_kiocb/': '',
  '/sys/kernel/kexec_loaded': '0\n',
  '/sys/kernel/kexec_crash_loaded': '0\n',
  '/sys/kernel/kexec_crash_size': '0\n',
  '/sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
  '/sys/kernel/security/lsm': 'lockdown,capability,landlock,yama,apparmor',
  '/sys/devices/system/cpu/possible': '0-3\n',
  '/sys/devices/system/cpu/online': '0-2\n',
  ...Object.fromEntries([0, 1, 2, 3].map((cpu) => [`/sys/devices/system/cpu/cpu${cpu}/online`, '1\n'])),
  '/sys/devices/virtual/misc/': '',
  '/sys/firmware/fdt': minimalDeviceTree([{ start: 0x4000_0000n, end: 0x7fff_ffffn }], 4),
  [`${DT}/model`]: 'XENVM-4.17\0',
  [`${DT}/compatible`]: 'xen,xenvm-4.17\0xen,xenvm\0',
  [`${DT}/cpus/cpu@0/enable-method`]: 'psci\0',
  [`${DT}/cpus/cpu@1/enable-method`]: 'psci\0',
  [`${DT}/psci/compatible`]: 'arm,psci-1.0\0arm,psci-0.2\0arm,psci\0',
  [`${DT}/psci/method`]: 'hvc\0',
  [`${DT}/memory/device_type`]: 'memory\0',
  [`${DT}/memory/reg`]: Uint8Array.of(0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0),
};

/** No device tree, as on servers: a stub for the EFI stub's sake, and ACPI tables. */
export const acpiServer: Files = {
  ...Object.fromEntries(Object.keys(healthy).flatMap((path) => (path.startsWith(DT) ? [[path, null]] : []))),
  '/sys/firmware/efi/': '',
  '/sys/firmware/fdt': fdtFixture('uefi-stub-generated'),
  '/sys/firmware/acpi/tables/FACP': fadt(1),
  '/sys/firmware/acpi/tables/APIC': madt([0x0b, 80], [0x0c, 24], [0x0f, 20], [0x0f, 20]),
};

/** A list of functions: kexec_load and kexec_file_load with these types, `W` for what is not built in. */
export function kallsyms(kexecLoad: string, kexecFileLoad: string): string {
  return [
    'ffff800010000000 T _text',
    `ffff8000101b27d0 ${kexecFileLoad} __arm64_sys_kexec_file_load`,
    'ffff8000101b2800 t __do_sys_kexec_load',
    `ffff8000102603f0 ${kexecLoad} __arm64_sys_kexec_load`,
    'ffff8000106a8040 T __arm64_sys_io_uring_setup',
    '',
  ].join('\n');
}

/** An auxiliary vector with this page size. */
export function auxv(pageSize: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([33n, 0xffff_bbb1_8000n, 6n, BigInt(pageSize), 0n, 0n]).buffer);
}

/** The limits of a process that may lock so many bytes. */
export function limits(locked: string): string {
  const row = (...cells: string[]): string =>
    `${(cells[0] ?? '').padEnd(26)}${(cells[1] ?? '').padEnd(21)}${(cells[2] ?? '').padEnd(21)}${(cells[3] ?? '').padEnd(10)}\n`;
  const rows = [
    ['Limit', 'Soft Limit', 'Hard Limit', 'Units'],
    ['Max open files', '1024', '524288', 'files'],
    ['Max locked memory', locked, locked, 'bytes'],
  ];
  return rows.map((cells) => row(...cells)).join('');
}

/** An ACPI table with nothing but its signature, ARM_BOOT_ARCH and zeros. */
export function fadt(armBootArch: number, size = 276): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(new TextEncoder().encode('FACP'));
  if (size > 129) bytes[129] = armBootArch;
  return bytes;
}

/** An ACPI table with interrupt controller structures of these types and lengths. */
export function madt(...structures: readonly (readonly [type: number, length: number])[]): Uint8Array {
  const bytes = [...new TextEncoder().encode('APIC'), ...new Uint8Array(40)];
  for (const [type, length] of structures) bytes.push(type, length, ...new Uint8Array(Math.max(0, length - 2)));
  return Uint8Array.from(bytes);
}

/** Writes files into a temporary folder, which the end of the test removes. */
export async function plant(files: Files): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'kexeckit-linux-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await chmod(root, 0o755);
  for (const [path, content] of Object.entries(files)) {
    if (content === null) continue;
    const file = join(root, path);
    await mkdir(path.endsWith('/') ? file : dirname(file), { recursive: true });
    if (!path.endsWith('/')) await writeFile(file, content);
  }
  return root;
}

/** Reads the healthy host with changes. */
export async function hostWith(changes: Files = {}): Promise<Host> {
  return readHost({ root: await plant({ ...healthy, ...changes }) });
}
