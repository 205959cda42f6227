import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { minimalDeviceTree } from '@kexeckit/reboot';
import { onTestFinished } from 'vitest';
import { type Host, readHost } from '../host.ts';

/** Contents by path; null for a file that is not there, a path with `/` at its end for a folder. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>;

/** A memory map of `fixtures/iomem`. */
export function iomemFixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/iomem/${name}.txt`, import.meta.url), 'utf8');
}

const DT = '/sys/firmware/devicetree/base';

/** A guest with four CPUs, 1 GiB of RAM, PSCI and a device tree, where nothing stands in the way. */
export const healthy: Files = {
  '/proc/iomem': iomemFixture('xen_domu_arm64_1g'),
  '/proc/cmdline': 'console=hvc0 root=/dev/xvda1\n',
  '/proc/meminfo': 'MemTotal:        1013760 kB\nMemFree:          812344 kB\n',
  '/proc/self/status': 'Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\n',
  '/proc/self/uid_map': '         0          0 4294967295\n',
  '/proc/sys/kernel/arch': 'aarch64\n',
  '/proc/sys/kernel/osrelease': '6.12.41-cloud-arm64\n',
  '/proc/sys/kernel/kexec_load_disabled': '0\n',
  '/sys/kernel/kexec_loaded': '0\n',
  '/sys/kernel/kexec_crash_loaded': '0\n',
  '/sys/kernel/kexec_crash_size': '0\n',
  '/sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
  '/sys/kernel/security/lsm': 'lockdown,capability,landlock,yama,apparmor',
  '/sys/devices/system/cpu/possible': '0-3\n',
  '/sys/devices/system/cpu/online': '0-2\n',
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
  '/sys/firmware/acpi/tables/FACP': fadt(1),
  '/sys/firmware/acpi/tables/APIC': madt([0x0b, 80], [0x0c, 24], [0x0f, 20], [0x0f, 20]),
};

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
