import { gzipSync } from 'node:zlib';
import { type MachineProfile, thunderX2 } from '@kexeckit/cost';
import { ensureNode, parseFdt, serializeFdt, setProperty, u64Value } from '@kexeckit/fdt';
import { minimalDeviceTree } from '@kexeckit/reboot';
import { strategies } from '@kexeckit/relocation/strategies';
import { describe, expect, test } from 'vitest';
import type { FindingId, Severity } from './finding.ts';
import { type Host, readHost } from './host.ts';
import { preflight } from './preflight.ts';
import {
  acpiServer,
  auxv,
  type Files,
  fadt,
  fdtFixture,
  hostWith,
  iomemFixture,
  kallsyms,
  madt,
} from './testing/tree.ts';

const DT = '/sys/firmware/devicetree/base';
const ITS: Files = { [`${DT}/intc@8000000/its@8080000/compatible`]: 'arm,gic-v3-its\0' };
const SPIN_TABLE: Files = {
  [`${DT}/cpus/cpu@0/enable-method`]: 'spin-table\0',
  [`${DT}/cpus/cpu@1/enable-method`]: 'spin-table\0',
};
const NO_TREE: Files = Object.fromEntries(Object.entries(acpiServer).filter(([, content]) => content === null));
const EFI: Files = { '/sys/firmware/efi/': '' };
const zeros = iomemFixture('raspberrypi_4b_4g').replace(/^( *)[0-9a-f]+-[0-9a-f]+/gm, '$100000000-00000000');

const REGION: Files = { '/sys/kernel/kexec_crash_size': '268435456\n' };
const CRASH_KERNEL: Files = { ...REGION, '/sys/kernel/kexec_crash_loaded': '1\n' };
const FILE_LOAD: Files = { '/proc/kallsyms': kallsyms('T', 'T') };
const LINUX_7: Files = { '/proc/sys/kernel/osrelease': '7.3.4\n' };
const CONFIG = '/boot/config-6.12.41-cloud-arm64';
const SECURE_BOOT = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
const DAMAGED = Uint8Array.of(...[0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0, 40], ...new Uint8Array(32));
const LONG = `crashkernel=256M quiet ${'x'.repeat(2100)}`.slice(0, 2047);
const PIECES = [
  '40000000-7fffffff : System RAM',
  '  40200000-411fffff : Kernel code',
  '  41200000-41ffffff : Kernel data',
  '  42000000-47ffffff : reserved',
  '  49000000-7fffffff : reserved',
  '',
].join('\n');
/** The blob of the healthy host, with an initramfs of so many bytes. */
const withInitrd = (size: bigint): Uint8Array => {
  const fdt = parseFdt(minimalDeviceTree([{ start: 0x4000_0000n, end: 0x7fff_ffffn }], 4));
  const chosen = ensureNode(fdt, '/chosen');
  setProperty(chosen, 'linux,initrd-start', u64Value(0x4400_0000n));
  setProperty(chosen, 'linux,initrd-end', u64Value(0x4400_0000n + size));
  return serializeFdt(fdt);
};

const LIMIT = '/proc/sys/kernel/kexec_load_limit';

const general: FindingId[] = [
  'architecture',
  'kexec-support',
  'permission',
  'kexec-load-disabled',
  'load-limits',
  'lockdown',
  'signature',
  'cma-segments',
  'memory-map',
  'half-ram',
  'command-line',
  'already-loaded',
  'crashkernel',
];
const arm64: FindingId[] = [
  'memory-hole',
  'page-size',
  'cpu-offline',
  'protected-kvm',
  'device-tree',
  'tree-memory',
  'tree-doubts',
  'gic-its',
  'relocation-speed',
  'checksum-speed',
];
/** Where there is a crash kernel's region, or one is loaded. */
const withRegion: FindingId[] = ['crash-region-room', 'crash-cpus', 'crash-size'];

test('finds nothing on a host where nothing stands in the way', async () => {
  const findings = preflight(await hostWith());
  expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([]);
  expect(findings.map(({ id }) => id)).toEqual([...general, ...arm64]);
  expect(findings.every(({ what, why, todo }) => what !== '' && why !== '' && todo === '')).toBe(true);
});

/** A tree whose `/reserved-memory` has a node, and no `ranges`. */
function ignoredReservations(): Uint8Array {
  const fdt = parseFdt(minimalDeviceTree([{ start: 0x4000_0000n, end: 0x4fff_ffffn }], 4));
  setProperty(ensureNode(fdt, '/reserved-memory/secure@40000000'), 'reg', new Uint8Array(16).fill(1));
  return serializeFdt(fdt);
}

const kexecFiles = ['/sys/kernel/kexec_loaded', '/sys/kernel/kexec_crash_loaded', '/sys/kernel/kexec_crash_size'];
const noKexec: Files = Object.fromEntries(
  [...kexecFiles, '/proc/sys/kernel/kexec_load_disabled'].map((path) => [path, null]),
);

/** A high region for kernels of 128 MiB, and a low one of 256 MiB for devices of theirs; a kernel like the running one takes 45 MiB. */
const twoRegions = (size: bigint): Files => ({
  '/sys/kernel/kexec_crash_size': `${size}\n`,
  '/proc/iomem': [
    '40000000-bfffffff : System RAM',
    '  40210000-42cfffff : Kernel code',
    '  42d00000-42dfffff : Kernel data',
    '  90000000-9fffffff : Crash kernel',
    '  b0000000-b7ffffff : Crash kernel',
    '',
  ].join('\n'),
});

/** What is different about the host, which check says what about it. Each check fires, and is at ease, here. */
const cases: [name: string, changes: Files, id: FindingId, severity: Severity, what: RegExp][] = [
  ['another architecture', { '/proc/sys/kernel/arch': 'x86_64\n' }, 'architecture', 'blocker', /for x86_64/],
  ['arm64, big-endian', { '/proc/sys/kernel/arch': 'aarch64_be\n' }, 'architecture', 'ok', /aarch64_be/],
  ['no word of the architecture', { '/proc/sys/kernel/arch': null }, 'architecture', 'warning', /not known/],

  ['a kernel without kexec', noKexec, 'kexec-support', 'blocker', /built without kexec/],
  ['no /sys', Object.fromEntries(kexecFiles.map((path) => [path, null])), 'kexec-support', 'ok', /has kexec_load$/],
  ['both system calls', FILE_LOAD, 'kexec-support', 'ok', /kexec_load and kexec_file_load/],
  ['kexec_file_load only', { '/proc/kallsyms': kallsyms('W', 'T') }, 'kexec-support', 'warning', /file_load only/],
  ['no list of functions', { '/proc/kallsyms': null }, 'kexec-support', 'warning', /kexec_load is not known/],
  ['no /proc, no /sys', { ...noKexec, '/proc/sys/kernel/osrelease': null }, 'kexec-support', 'warning', /not known/],

  ['no capability', { '/proc/self/status': 'CapEff:\t000001ffffbfffff\n' }, 'permission', 'blocker', /CAP_SYS_BOOT/],
  ['only that capability', { '/proc/self/status': 'CapEff:\t0000000000400000\n' }, 'permission', 'ok', /CAP_SYS_BOOT/],
  ['a user namespace', { '/proc/self/uid_map': '0 100000 65536\n' }, 'permission', 'blocker', /namespace/],
  ['a kernel without user namespaces', { '/proc/self/uid_map': null }, 'permission', 'ok', /CAP_SYS_BOOT/],
  ['a status without CapEff', { '/proc/self/status': 'Name:\tnode\n' }, 'permission', 'warning', /not known/],
  ['a broken uid_map', { '/proc/self/uid_map': 'all\n' }, 'permission', 'warning', /not known/],

  ['loading switched off', { '/proc/sys/kernel/kexec_load_disabled': '1\n' }, 'kexec-load-disabled', 'blocker', /is 1/],
  [
    'a kernel without the switch',
    { '/proc/sys/kernel/kexec_load_disabled': null },
    'kexec-load-disabled',
    'ok',
    /no k/,
  ],
  ['a broken switch', { '/proc/sys/kernel/kexec_load_disabled': 'x' }, 'kexec-load-disabled', 'warning', /not known/],

  [
    'integrity',
    { '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' },
    'lockdown',
    'blocker',
    /inte/,
  ],
  [
    'confidence',
    { '/sys/kernel/security/lockdown': 'none integrity [confidentiality]' },
    'lockdown',
    'blocker',
    /conf/,
  ],
  [
    'no lockdown module',
    { '/sys/kernel/security/lockdown': null, '/sys/kernel/security/lsm': 'capability,yama' },
    'lockdown',
    'ok',
    /not active/,
  ],
  [
    'no securityfs',
    { '/sys/kernel/security/lockdown': null, '/sys/kernel/security/lsm': null },
    'lockdown',
    'warning',
    /not known/,
  ],

  ['addresses hidden', { '/proc/iomem': zeros }, 'memory-map', 'blocker', /every address in .* is zero$/],
  ['no memory map', { '/proc/iomem': null }, 'memory-map', 'blocker', /does not exist$/],
  ['a damaged map', { '/proc/iomem': 'garbage\n' }, 'memory-map', 'blocker', /damaged: line 1/],
  ['a map without RAM', { '/proc/iomem': '00001000-00001fff : GICD\n' }, 'memory-map', 'blocker', /no System RAM/],
  [
    'a crash region without its RAM',
    { '/proc/iomem': 'e6200000-f61fffff : Crash kernel\nfa190000-fe0bffff : System RAM\n' },
    'memory-map',
    'warning',
    /lists Crash kernel without the System RAM around it/,
  ],
  ['RAM alone', { '/proc/iomem': '40000000-7fffffff : System RAM\n' }, 'memory-map', 'warning', /it is an excerpt$/],
  [
    'a map that ends too soon',
    { '/proc/iomem': '40000000-7fffffff : System RAM\n  40210000-415fffff : Kernel code\n' },
    'memory-map',
    'warning',
    /it is an excerpt$/,
  ],
  [
    'a map without its reserved lines',
    { '/proc/iomem': iomemFixture('raspberrypi_4b_4g').replaceAll(/^.* : reserved\n/gm, '') },
    'memory-map',
    'warning',
    /does not list anything as reserved in System RAM: it is an excerpt$/,
  ],
  ['a map of 4 GiB', { '/proc/iomem': iomemFixture('raspberrypi_4b_4g') }, 'memory-map', 'ok', /3956 MiB/],

  ['spin-table', SPIN_TABLE, 'cpu-offline', 'blocker', /4 CPUs are started by spin-table/],
  ['spin-table, one CPU', { ...SPIN_TABLE, '/sys/devices/system/cpu/possible': '0\n' }, 'cpu-offline', 'ok', /one CPU/],
  ['PSCI disabled', { [`${DT}/psci/status`]: 'disabled\0' }, 'cpu-offline', 'blocker', /no PSCI/],
  [
    'no enable method',
    { [`${DT}/cpus/cpu@0/enable-method`]: null, [`${DT}/cpus/cpu@1/enable-method`]: null },
    'cpu-offline',
    'warning',
    /how the 4 CPUs are started is not known/,
  ],
  ['a device tree out of sight', NO_TREE, 'cpu-offline', 'warning', /whether the 4 CPUs can go offline/],
  ['no list of CPUs', { '/sys/devices/system/cpu/possible': null }, 'cpu-offline', 'warning', /not known/],
  ['ACPI with PSCI', acpiServer, 'cpu-offline', 'ok', /PSCI/],
  [
    'ACPI without PSCI',
    { ...acpiServer, '/sys/firmware/acpi/tables/FACP': fadt(0) },
    'cpu-offline',
    'blocker',
    /parking-protocol/,
  ],
  [
    'ACPI tables that cannot be read',
    { ...acpiServer, '/sys/firmware/acpi/tables/FACP': null },
    'cpu-offline',
    'warning',
    /not known/,
  ],

  [
    'protected KVM at EL2',
    { '/proc/cmdline': 'quiet kvm-arm.mode=protected\n', [`${DT}/psci/method`]: 'smc\0' },
    'protected-kvm',
    'blocker',
    /kvm-arm.mode=protected/,
  ],
  ['asked for in a guest', { '/proc/cmdline': 'kvm-arm.mode=protected\n' }, 'protected-kvm', 'ok', /not protected/],
  [
    'KVM without protection',
    { '/proc/cmdline': 'kvm-arm.mode=nvhe\n', [`${DT}/psci/method`]: 'smc\0' },
    'protected-kvm',
    'ok',
    /not protected/,
  ],
  ['no command line', { '/proc/cmdline': null }, 'protected-kvm', 'warning', /not known/],

  ['no limit', { [`${LIMIT}_reboot`]: null, [`${LIMIT}_panic`]: null }, 'load-limits', 'ok', /not counted/],
  ['no load left', { [`${LIMIT}_reboot`]: '0\n' }, 'load-limits', 'blocker', /limit_reboot is 0, and .* takes 2/],
  ['no undoing left', { [`${LIMIT}_reboot`]: '1\n' }, 'load-limits', 'blocker', /limit_reboot is 1, and .* takes 2/],
  ['loads enough', { [`${LIMIT}_reboot`]: '2\n' }, 'load-limits', 'ok', /limit_reboot is 2$/],
  [
    'locked down, where an unload is asked for twice',
    { [`${LIMIT}_reboot`]: '2\n', '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' },
    'load-limits',
    'blocker',
    /limit_reboot is 2, and .* takes 3/,
  ],
  [
    'too few for a panic',
    { [`${LIMIT}_panic`]: '1\n', '/sys/kernel/kexec_crash_size': '1048576\n' },
    'load-limits',
    'warning',
    /limit_panic is 1, and .* takes 2/,
  ],
  [
    'too few for the reload of kdump',
    {
      [`${LIMIT}_panic`]: '3\n',
      '/sys/kernel/kexec_crash_size': '1048576\n',
      '/sys/kernel/kexec_crash_loaded': '1\n',
    },
    'load-limits',
    'warning',
    /limit_panic is 3, and .* kdump, takes 4/,
  ],
  ['no region for a panic', { [`${LIMIT}_panic`]: '1\n' }, 'load-limits', 'ok', /limit_panic is 1$/],
  ['a limit that is no number', { [`${LIMIT}_panic`]: 'x\n' }, 'load-limits', 'warning', /not known/],

  ['only the unflattened tree', { '/sys/firmware/fdt': null }, 'device-tree', 'warning', /no blob in/],
  ['no device tree', { ...NO_TREE, '/sys/firmware/fdt': null }, 'device-tree', 'blocker', /no device tree/],
  ['a blob that is not a device tree', { '/sys/firmware/fdt': 'not a dtb' }, 'device-tree', 'warning', /d00dfeed/],

  ['memory nodes', {}, 'tree-memory', 'ok', /names the memory/],
  [
    'UEFI, no memory nodes',
    { ...EFI, '/sys/firmware/fdt': fdtFixture('uefi-stub-generated') },
    'tree-memory',
    'ok',
    /UEFI's memory map stands in/,
  ],
  [
    'UEFI, neither nodes nor map',
    { ...EFI, '/sys/firmware/fdt': minimalDeviceTree([], 4) },
    'tree-memory',
    'blocker',
    /neither/,
  ],
  ['UEFI, memory nodes', EFI, 'tree-memory', 'ok', /all the same/],
  ['a tree from a file', { '/sys/firmware/fdt': minimalDeviceTree([], 4) }, 'tree-memory', 'warning', /neither/],
  ['no blob', { ...NO_TREE, '/sys/firmware/fdt': null }, 'tree-memory', 'warning', /not known/],
  ['a damaged tree', { '/sys/firmware/fdt': DAMAGED }, 'tree-memory', 'blocker', /damaged/],
  [
    'a hidden /sys/firmware',
    { ...NO_TREE, '/sys/firmware/fdt': null, '/sys/firmware/': '' },
    'tree-memory',
    'warning',
    /not known/,
  ],

  ['a tree as it should be', {}, 'tree-doubts', 'ok', /as it is meant/],
  [
    'reserved memory that Linux ignores',
    { '/sys/firmware/fdt': ignoredReservations() },
    'tree-doubts',
    'warning',
    /\/reserved-memory: it has no #address-cells/,
  ],
  ['no blob to doubt', { ...NO_TREE, '/sys/firmware/fdt': null }, 'tree-doubts', 'warning', /not known/],

  ['a loaded kernel', { '/sys/kernel/kexec_loaded': '1\n' }, 'already-loaded', 'warning', /already loaded/],
  [
    'a newer kernel, with a loaded one',
    { '/sys/kernel/kexec_loaded': null, '/sys/kernel/kexec/loaded': '1\n' },
    'already-loaded',
    'warning',
    /already loaded/,
  ],
  ['no word of it', { '/sys/kernel/kexec_loaded': null }, 'already-loaded', 'warning', /not known/],

  ['an ITS', ITS, 'gic-its', 'blocker', /has an ITS, and there is no UEFI/],
  ['an ITS and UEFI', { ...ITS, ...EFI }, 'gic-its', 'ok', /UEFI keeps/],
  ['an ITS, LPIs off', { ...ITS, '/proc/cmdline': 'irqchip.gicv3_nolpi=y\n' }, 'gic-its', 'ok', /gicv3_nolpi is set/],
  ['an ITS, LPIs on', { ...ITS, '/proc/cmdline': 'irqchip.gicv3_nolpi=0\n' }, 'gic-its', 'blocker', /has an ITS/],
  [
    'LPIs left to the default',
    { ...ITS, '/proc/cmdline': 'irqchip.gicv3_nolpi\n' },
    'gic-its',
    'blocker',
    /has an ITS/,
  ],
  [
    'an ITS that is disabled',
    { ...ITS, [`${DT}/intc@8000000/its@8080000/status`]: 'disabled\0' },
    'gic-its',
    'ok',
    /no ITS/,
  ],
  ['an ITS in the ACPI tables', acpiServer, 'gic-its', 'ok', /UEFI keeps/],
  ['ACPI, no ITS', { ...acpiServer, '/sys/firmware/acpi/tables/APIC': madt([12, 24]) }, 'gic-its', 'ok', /has no ITS/],
  ['no tree to look into', NO_TREE, 'gic-its', 'warning', /not known/],

  [
    'a crash kernel region',
    { '/sys/kernel/kexec_crash_size': '268435456\n' },
    'crashkernel',
    'ok',
    /256 MiB.*no crash/,
  ],
  [
    'a crash kernel',
    { '/sys/kernel/kexec_crash_size': '268435456\n', '/sys/kernel/kexec_crash_loaded': '1\n' },
    'crashkernel',
    'ok',
    /256 MiB are reserved.*is loaded/,
  ],
  ['crashkernel= in vain', { '/proc/cmdline': 'crashkernel=256M\n' }, 'crashkernel', 'warning', /nothing is reserved/],
  [
    'crashkernel= of nothing',
    { '/proc/cmdline': 'crashkernel=much\n' },
    'crashkernel',
    'warning',
    /nothing is reserved/,
  ],
  ['no crash kernels', { '/sys/kernel/kexec_crash_size': null }, 'crashkernel', 'ok', /cannot load crash kernels/],
  ['a broken size', { '/sys/kernel/kexec_crash_size': 'x' }, 'crashkernel', 'warning', /not known/],

  ['Linux 5.15', { '/proc/sys/kernel/osrelease': '5.15.0-91-generic\n' }, 'relocation-speed', 'warning', /5\.15.*off/],
  ['Linux 4.19', { '/proc/sys/kernel/osrelease': '4.19.0\n' }, 'relocation-speed', 'warning', /4\.19.*off/],
  ['Linux 5.16', { '/proc/sys/kernel/osrelease': '5.16.0-rc1+\n' }, 'relocation-speed', 'ok', /5\.16.*on/],
  ['Linux 6.1', { '/proc/sys/kernel/osrelease': '6.1\n' }, 'relocation-speed', 'ok', /6\.1.*on/],
  ['no release', { '/proc/sys/kernel/osrelease': null }, 'relocation-speed', 'warning', /not known/],
  ['a release of another kind', { '/proc/sys/kernel/osrelease': 'mine\n' }, 'relocation-speed', 'warning', /not known/],

  ['1 GiB of RAM', {}, 'half-ram', 'ok', /495 MiB/],
  ['an initramfs like the last', { '/sys/firmware/fdt': withInitrd(500n << 20n) }, 'half-ram', 'warning', /take 5/],
  ['no size of RAM', { '/proc/meminfo': null }, 'half-ram', 'warning', /not known/],

  ['kexec_load only', {}, 'signature', 'ok', /no signature is asked for/],
  ['unsigned files', FILE_LOAD, 'signature', 'ok', /takes unsigned kernels/],
  [
    'signatures forced',
    { ...FILE_LOAD, [CONFIG]: 'CONFIG_KEXEC_SIG=y\nCONFIG_KEXEC_SIG_FORCE=y\n' },
    'signature',
    'warning',
    /only signed kernels/,
  ],
  [
    'signatures forced, as the kernel itself says',
    { ...FILE_LOAD, '/proc/config.gz': gzipSync('CONFIG_KEXEC_SIG=y\nCONFIG_KEXEC_SIG_FORCE=y\n') },
    'signature',
    'warning',
    /only signed kernels/,
  ],
  [
    'signatures, lockdown',
    { ...FILE_LOAD, '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' },
    'signature',
    'warning',
    /lockdown \(integrity\) makes/,
  ],
  [
    'Secure Boot',
    {
      ...FILE_LOAD,
      ...EFI,
      [CONFIG]: 'CONFIG_KEXEC_SIG=y\n# CONFIG_KEXEC_SIG_FORCE is not set\n',
      [SECURE_BOOT]: Uint8Array.of(6, 0, 0, 0, 1),
    },
    'signature',
    'warning',
    /Secure Boot/,
  ],
  ['files, no configuration', { ...FILE_LOAD, [CONFIG]: null }, 'signature', 'warning', /not known/],
  ['files, a broken configuration', { ...FILE_LOAD, [CONFIG]: '?' }, 'signature', 'warning', /not known/],
  ['no list of functions', { '/proc/kallsyms': '' }, 'signature', 'warning', /not known/],

  ['Linux 6.12', FILE_LOAD, 'cma-segments', 'ok', /no segment in CMA/],
  ['Linux 7.3, kexec_load only', LINUX_7, 'cma-segments', 'ok', /no segment in CMA/],
  ['Linux 7.3', { ...LINUX_7, ...FILE_LOAD }, 'cma-segments', 'warning', /7\.3: .*in CMA/],
  ['Linux 7.3, no CMA', { ...LINUX_7, ...FILE_LOAD, '/proc/meminfo': 'MemTotal: 1 kB\n' }, 'cma-segments', 'ok', /no/],
  [
    'Linux 7.3, no list of functions',
    { ...LINUX_7, '/proc/kallsyms': null },
    'cma-segments',
    'warning',
    /would place .* not known/,
  ],
  [
    'Linux 7.3, no word of CMA',
    { ...LINUX_7, ...FILE_LOAD, '/proc/meminfo': null },
    'cma-segments',
    'warning',
    /not known/,
  ],

  ['one hole', {}, 'memory-hole', 'ok', /largest hole/],
  ['what does not fit one hole', { '/proc/iomem': PIECES }, 'memory-hole', 'ok', /32 MiB/],
  [
    'an initramfs that does not fit the largest hole',
    { '/proc/iomem': PIECES, '/sys/firmware/fdt': withInitrd(20n << 20n) },
    'memory-hole',
    'warning',
    /32 MiB, .* take 52 MiB/,
  ],
  [
    'nothing free',
    { '/proc/iomem': '40000000-7fffffff : System RAM\n  40000000-7fffffff : reserved\n' },
    'memory-hole',
    'blocker',
    /is 0/,
  ],
  ['addresses hidden', { '/proc/iomem': zeros }, 'memory-hole', 'warning', /not known/],

  ['a short line', {}, 'command-line', 'ok', /has 28 bytes/],
  [
    'a line that was cut',
    { '/proc/cmdline': `${LONG}\n` },
    'command-line',
    'warning',
    /2047 bytes: its end may have been cut/,
  ],
  ['one byte less', { '/proc/cmdline': `${LONG.slice(1)}\n` }, 'command-line', 'ok', /2046/],
  ['no line', { '/proc/cmdline': null }, 'command-line', 'warning', /not known/],

  ['nothing loaded', {}, 'checksum-speed', 'ok', /no slow checksum/],
  ['something loaded', { '/sys/kernel/kexec_loaded': '1\n' }, 'checksum-speed', 'warning', /caches off/],
  ['no word of it', { '/sys/kernel/kexec_loaded': null }, 'checksum-speed', 'warning', /not known/],

  ['a region for two', REGION, 'crash-region-room', 'ok', /256 MiB/],
  [
    'a region for one',
    { '/sys/kernel/kexec_crash_size': String(64 << 20), '/sys/firmware/fdt': withInitrd(20n << 20n) },
    'crash-region-room',
    'warning',
    /64 MiB, .* take/,
  ],
  ['two regions, from Linux 6.5 on', twoRegions(384n << 20n), 'crash-region-room', 'warning', /has 128 MiB, .* take/],
  ['two regions, of before', twoRegions(128n << 20n), 'crash-region-room', 'warning', /has 128 MiB, .* take/],
  ['two regions of other sizes', twoRegions(64n << 20n), 'crash-region-room', 'warning', /none of the crash regions/],
  ['a region, addresses hidden', { ...REGION, '/proc/iomem': zeros }, 'crash-region-room', 'warning', /not known/],

  ['a region that is large', REGION, 'crash-size', 'ok', /256 MiB are reserved, and a crash kernel wants 152 MiB/],
  ['a region that is small', { '/sys/kernel/kexec_crash_size': '67108864\n' }, 'crash-size', 'warning', /^64 MiB are/],
  ['how large, addresses hidden', { ...REGION, '/proc/iomem': zeros }, 'crash-size', 'warning', /not known/],

  [
    'no crash kernel yet, spin-table',
    { ...REGION, ...SPIN_TABLE },
    'crash-cpus',
    'warning',
    /memory is reserved .*spin/,
  ],
  [
    'one is asked for, spin-table',
    { '/proc/cmdline': 'crashkernel=64M\n', ...SPIN_TABLE },
    'crash-cpus',
    'warning',
    /the command line asks for .*spin/,
  ],
  ['a crash kernel, PSCI', CRASH_KERNEL, 'crash-cpus', 'ok', /can start all CPUs/],
  ['a crash kernel, spin-table', { ...CRASH_KERNEL, ...SPIN_TABLE }, 'crash-cpus', 'warning', /started by spin-table/],
  ['a crash kernel, no tree', { ...NO_TREE, ...CRASH_KERNEL }, 'crash-cpus', 'warning', /not known/],

  ['4 KiB', {}, 'page-size', 'ok', /pages of 4 KiB/],
  ['64 KiB', { '/proc/self/auxv': auxv(65536) }, 'page-size', 'blocker', /64 KiB/],
  ['16 KiB', { '/proc/self/auxv': auxv(16384) }, 'page-size', 'blocker', /16 KiB/],
  ['no vector', { '/proc/self/auxv': '' }, 'page-size', 'warning', /not known/],

  [
    'a CPU that stays',
    { '/sys/devices/system/cpu/cpu2/online': null, '/sys/devices/system/cpu/cpu2/': '' },
    'cpu-offline',
    'blocker',
    /CPU 2 cannot/,
  ],
  [
    'the first CPU stays',
    { '/sys/devices/system/cpu/cpu0/online': null, '/sys/devices/system/cpu/cpu0/': '' },
    'cpu-offline',
    'ok',
    /stopped by PSCI/,
  ],
  [
    'a CPU that stays, and reboots',
    {
      '/proc/cmdline': 'reboot=hard,smp2\n',
      '/sys/devices/system/cpu/cpu2/online': null,
      '/sys/devices/system/cpu/cpu2/': '',
    },
    'cpu-offline',
    'ok',
    /stopped by PSCI/,
  ],
  [
    'no folders of CPUs',
    Object.fromEntries([0, 1, 2, 3].map((cpu) => [`/sys/devices/system/cpu/cpu${cpu}/online`, null])),
    'cpu-offline',
    'warning',
    /not known/,
  ],
];

describe('one check', () => {
  test.each([
    ['crashkernel', { '/sys/kernel/kexec_crash_size': '268435456\n' }, 'crashkernel'],
    ['relocation-speed', { '/proc/sys/kernel/osrelease': '5.15.0\n' }, undefined],
  ] as const)('%s names the strategies that could use a region', async (id, changes, region) => {
    const finding = preflight(await hostWith(changes)).find((each) => each.id === id);
    const told = `${finding?.why} ${finding?.todo}`;
    for (const strategy of strategies) {
      // Where the kernel's own relocation is slow, ours helps, too.
      const suits =
        region === undefined ? strategy.name !== 'mmu-off' && !strategy.delivers : strategy.region === region;
      const named = new RegExp(`\\bstrategy [^:;]*\\b${strategy.name}\\b`);
      expect(named.test(told), strategy.name).toBe(suits);
    }
  });

  test.each(cases)('%s', async (_, changes, id, severity, what) => {
    const finding = preflight(await hostWith(changes)).find((each) => each.id === id);
    expect(finding).toMatchObject({ severity, what: expect.stringMatching(what) });
    expect(finding?.todo === '').toBe(severity === 'ok');
    expect(finding?.evidence.length).toBeGreaterThan(0);
    for (const { path, text } of finding?.evidence ?? []) expect([path, text]).not.toContain('');
    if (/not known/.test(finding?.what ?? '')) expect([finding?.isKnown, severity]).toEqual([false, 'warning']);
  });

  test('every check has a case where it fires, one where it is at ease, and one where it cannot know', () => {
    const all = [...general, ...arm64, ...withRegion].sort();
    const ids = (wanted: (severity: Severity, isUnclear: boolean) => boolean, ...more: FindingId[]): FindingId[] => {
      const found = cases.filter(([, , , severity, what]) => wanted(severity, /not known/.test(what.source)));
      return [...new Set([...found.map(([, , id]) => id), ...more])].sort();
    };
    expect(ids((severity, isUnclear) => severity !== 'ok' && !isUnclear)).toEqual(all);
    expect(ids((severity) => severity === 'ok', ...general, ...arm64)).toEqual(all);
    // A map or a blob that cannot be read has a finding of its own.
    expect(ids((_, isUnclear) => isUnclear, 'memory-map', 'device-tree')).toEqual(all);
  });
});

test('compares what is to be loaded with half of RAM', async () => {
  const host = await hostWith();
  const half = (1013760n * 1024n) / 2n;
  const severity = (size: bigint): string | undefined =>
    preflight(host, { size }).find(({ id }) => id === 'half-ram')?.severity;
  expect(severity(half)).toBe('ok');
  expect(severity(half + 1n)).toBe('blocker');
  expect(() => preflight(host, { size: -1n })).toThrow(expect.objectContaining({ code: 'EINVAL', value: '-1' }));
});

test('compares the next command line with what a kernel keeps', async () => {
  const found = preflight(await hostWith(), { size: 0n, cmdline: 'x'.repeat(2048) }).find(
    ({ id }) => id === 'command-line',
  );
  expect(found).toMatchObject({ severity: 'blocker', what: expect.stringContaining('2048 bytes') });
  expect(preflight(await hostWith(), { size: 0n, cmdline: 'x'.repeat(2047) })[0]?.severity).toBe('ok');
});

test('a load that no holes hold together is refused', async () => {
  const host = await hostWith({ '/proc/iomem': PIECES });
  const hole = (size: bigint) => preflight(host, { size }).find(({ id }) => id === 'memory-hole')?.severity;
  expect([hole(32n << 20n), hole(33n << 20n), hole(49n << 20n)]).toEqual(['ok', 'warning', 'blocker']);
});

test("by the host's own profile, its times are told in the place of what was published of other machines", async () => {
  const host = await hostWith({ '/proc/sys/kernel/osrelease': '5.10.0\n', '/sys/kernel/kexec_loaded': '1\n' });
  const why = (id: FindingId, profile?: MachineProfile): string | undefined =>
    preflight(host, { size: 64n << 20n }, profile).find((finding) => finding.id === id)?.why;
  const { perUncachedDigestByte: _, ...prices } = thunderX2.prices;
  expect(why('relocation-speed')).toMatch(/Stingray/);
  expect(why('relocation-speed', thunderX2)).toBe('64 MiB take about 5.7 s here (profile thunderx2)');
  expect(why('checksum-speed', { ...thunderX2, prices })).toMatch(
    /nobody knows how long \(profile thunderx2 does not say\)/,
  );
  const perUncachedDigestByte = { seconds: 1e-7, low: 0.9e-7, high: 1.2e-7, basis: 'fitted' } as const;
  const own = {
    ...prices,
    perChecksum: { seconds: 0.5, low: 0.5, high: 0.5, basis: 'fitted' },
    perUncachedDigestByte,
  } as const;
  const scatter = { relocation: { relative: 0, rows: 9, spare: 5 } };
  expect(why('checksum-speed', { ...thunderX2, prices: own, scatter })).toMatch(
    /takes about 7\.2 s here \(profile thunderx2, 6\.5 to 8\.6 s\)/,
  );
});

test('says for how many seconds a slow checksum runs', async () => {
  const found = preflight(await hostWith({ '/sys/kernel/kexec_loaded': '1\n' }), { size: 74n << 20n });
  expect(found.find(({ id }) => id === 'checksum-speed')?.why).toContain('74 MiB takes about 4.6 s');
});

test('maxcpus= does not help where CPUs spin', async () => {
  const found = preflight(await hostWith({ ...SPIN_TABLE, '/proc/cmdline': 'quiet maxcpus=1\n' }))[0];
  expect(found?.why).toMatch(/maxcpus= does not change that/);
  expect(found?.evidence).toEqual([
    { path: '/sys/devices/system/cpu/possible', text: '0-3' },
    { path: `${DT}/cpus/cpu@0/enable-method`, text: 'spin-table' },
    { path: `${DT}/psci/compatible`, text: 'arm,psci-1.0, arm,psci-0.2, arm,psci' },
    { path: '/proc/cmdline', text: 'maxcpus=1' },
  ]);
});

test('a region that is too small says what to write', async () => {
  const found = preflight(await hostWith({ '/sys/kernel/kexec_crash_size': String(64 << 20) }), { size: 50n << 20n });
  const room = found.find(({ id }) => id === 'crash-region-room');
  expect(room?.why).toMatch(/but not one for a panic/);
  expect(room?.todo).toMatch(
    /^write crashkernel=192M \(it reserves 192M where there is room; it would land as 192 MiB /,
  );
});

test('where no region can be large enough, none is advised', async () => {
  const found = preflight(await hostWith({ '/sys/kernel/kexec_crash_size': String(64 << 20) }), { size: 5n << 30n });
  const room = found.find(({ id }) => id === 'crash-region-room');
  expect(room?.why).toMatch(/does not hold a next kernel/);
  expect(room?.todo).toMatch(/^load less, or by another route$/);
});

test('a region and the size of a crash kernel are told alike', async () => {
  const files = { '/sys/kernel/kexec_crash_size': String(148 << 20) };
  const found = preflight(await hostWith(files));
  const told = (id: string): string => found.find((one) => one.id === id)?.why ?? '';
  expect(told('crash-size')).toMatch(/a dump can end for want of memory/);
  expect(told('crash-region-room')).toMatch(/and one for a panic, which may end for want of memory: it wants 152 MiB/);
  const larger = preflight(await hostWith(files), { size: 90n << 20n }).filter(({ id }) =>
    /^crash-(?:size|region)/.test(id),
  );
  expect(larger.map(({ todo }) => /crashkernel=\w+/.exec(todo)?.[0])).toEqual(['crashkernel=256M', 'crashkernel=256M']);
});

test('a crash kernel that would not start is not said to load where nothing is reserved', async () => {
  const found = preflight(await hostWith({ ...SPIN_TABLE, '/proc/cmdline': 'crashkernel=auto\n' }));
  expect(found.find(({ id }) => id === 'crash-cpus')?.why).toMatch(/^none can be loaded now; once memory is reserved/);
});

test('puts blockers first, then warnings', async () => {
  const severities = preflight(
    await hostWith({ ...SPIN_TABLE, ...ITS, '/proc/iomem': zeros, '/proc/sys/kernel/osrelease': '5.10.0\n' }),
  ).map(({ severity }) => severity);
  expect(severities.slice(0, 6)).toEqual(['blocker', 'blocker', 'blocker', 'warning', 'warning', 'ok']);
});

test('leaves out what only arm64 has on another architecture', async () => {
  const findings = preflight(await hostWith({ '/proc/sys/kernel/arch': 'x86_64\n' }));
  expect(findings.map(({ id }) => id)).toEqual(general);
});

test('a kernel without kexec is reported once', async () => {
  const ids = preflight(await hostWith(noKexec)).map(({ id }) => id);
  expect(ids).toContain('kexec-support');
  for (const id of ['kexec-load-disabled', 'load-limits', 'already-loaded', 'crashkernel', 'checksum-speed'])
    expect(ids).not.toContain(id);
});

test('a server with UEFI and ACPI has nothing in the way', async () => {
  expect(preflight(await hostWith(acpiServer)).filter(({ severity }) => severity !== 'ok')).toEqual([]);
});

test('any values missing give findings, never an exception', async () => {
  const host = await hostWith({ ...ITS, '/proc/cmdline': 'crashkernel=64M' });
  const fields = Object.keys(host).filter((field) => field !== 'unread' && field !== 'said');
  const pairs = fields.flatMap((a, i) => fields.slice(i).map((b) => [a, b]));
  for (const code of ['ENOENT', 'EACCES', 'EINVAL']) {
    for (const missing of [...pairs, fields]) {
      const gone = Object.fromEntries(missing.map((field) => [field, undefined]));
      const unread = Object.fromEntries(missing.map((field) => [field, { path: `/${field}`, code, reason: code }]));
      const ids = preflight({ ...host, ...gone, unread }).map(({ id }) => id);
      const told = ids.includes('already-loaded')
        ? ids
        : [...ids, 'kexec-load-disabled', 'load-limits', 'already-loaded', 'crashkernel', 'checksum-speed'];
      expect(told.toSorted(), missing.join()).toEqual([...general, ...arm64].sort());
    }
  }
});

test('findings do not change the host', async () => {
  const host: Host = await hostWith();
  const before = structuredClone(host);
  preflight(host);
  expect(host).toEqual(before);
});

test('this host is checked without an exception', async () => {
  expect(preflight(await readHost()).length).toBeGreaterThanOrEqual(general.length - 4);
});
