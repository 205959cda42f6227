import { strategies } from '@kexeckit/relocation/strategies';
import { describe, expect, test } from 'vitest';
import type { FindingId, Severity } from './finding.ts';
import { type Host, readHost } from './host.ts';
import { preflight } from './preflight.ts';
import { acpiServer, type Files, fadt, hostWith, iomemFixture, madt } from './testing/tree.ts';

const DT = '/sys/firmware/devicetree/base';
const ITS: Files = { [`${DT}/intc@8000000/its@8080000/compatible`]: 'arm,gic-v3-its\0' };
const SPIN_TABLE: Files = {
  [`${DT}/cpus/cpu@0/enable-method`]: 'spin-table\0',
  [`${DT}/cpus/cpu@1/enable-method`]: 'spin-table\0',
};
const NO_MEMORY_NODES: Files = { [`${DT}/memory/reg`]: null };
const NO_TREE: Files = Object.fromEntries(Object.entries(acpiServer).filter(([, content]) => content === null));
const EFI: Files = { '/sys/firmware/efi/': '' };
const zeros = iomemFixture('raspberrypi_4b_4g').replace(/^( *)[0-9a-f]+-[0-9a-f]+/gm, '$100000000-00000000');

const general: FindingId[] = [
  'architecture',
  'kexec-support',
  'permission',
  'kexec-load-disabled',
  'lockdown',
  'memory-map',
  'already-loaded',
  'crashkernel',
  'half-ram',
];
const arm64: FindingId[] = ['cpu-offline', 'protected-kvm', 'device-tree', 'uefi', 'gic-its', 'relocation-speed'];

test('finds nothing on a host where nothing stands in the way', async () => {
  const findings = preflight(await hostWith());
  expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([]);
  expect(findings.map(({ id }) => id)).toEqual([...general, ...arm64]);
  expect(findings.every(({ what, why, todo }) => what !== '' && why !== '' && todo === '')).toBe(true);
});

const kexecFiles = ['/sys/kernel/kexec_loaded', '/sys/kernel/kexec_crash_loaded', '/sys/kernel/kexec_crash_size'];
const noKexec: Files = Object.fromEntries(
  [...kexecFiles, '/proc/sys/kernel/kexec_load_disabled'].map((path) => [path, null]),
);

/** What is different about the host, which check says what about it. Each check fires, and is at ease, here. */
const cases: [name: string, changes: Files, id: FindingId, severity: Severity, what: RegExp][] = [
  ['another architecture', { '/proc/sys/kernel/arch': 'x86_64\n' }, 'architecture', 'blocker', /for x86_64/],
  ['arm64, big-endian', { '/proc/sys/kernel/arch': 'aarch64_be\n' }, 'architecture', 'ok', /aarch64_be/],
  ['no word of the architecture', { '/proc/sys/kernel/arch': null }, 'architecture', 'warning', /not known/],

  ['a kernel without kexec', noKexec, 'kexec-support', 'blocker', /built without kexec/],
  ['no /sys', Object.fromEntries(kexecFiles.map((path) => [path, null])), 'kexec-support', 'ok', /has kexec/],
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

  ['only the unflattened tree', { '/sys/firmware/fdt': null }, 'device-tree', 'warning', /no blob in/],
  ['no device tree', { ...NO_TREE, '/sys/firmware/fdt': null }, 'device-tree', 'blocker', /no device tree/],
  ['a blob that is not a device tree', { '/sys/firmware/fdt': 'not a dtb' }, 'device-tree', 'warning', /d00dfeed/],

  ['UEFI', { ...EFI, ...NO_MEMORY_NODES }, 'uefi', 'warning', /no memory nodes/],
  ['UEFI, an empty memory node', { ...EFI, [`${DT}/memory/reg`]: new Uint8Array(16) }, 'uefi', 'warning', /no memory/],
  ['UEFI, memory nodes', EFI, 'uefi', 'ok', /all the same/],
  [
    'a hidden /sys/firmware',
    { ...NO_TREE, '/sys/firmware/fdt': null, '/sys/firmware/': '' },
    'uefi',
    'warning',
    /not known/,
  ],

  ['a loaded kernel', { '/sys/kernel/kexec_loaded': '1\n' }, 'already-loaded', 'warning', /already loaded/],
  [
    'a newer kernel, with a loaded one',
    { '/sys/kernel/kexec_loaded': null, '/sys/kernel/kexec/loaded': '1\n' },
    'already-loaded',
    'warning',
    /already loaded/,
  ],
  ['no word of it', { '/sys/kernel/kexec_loaded': null }, 'already-loaded', 'warning', /not known/],

  ['an ITS', ITS, 'gic-its', 'warning', /has an ITS, and there is no UEFI/],
  ['an ITS and UEFI', { ...ITS, ...EFI }, 'gic-its', 'ok', /UEFI keeps/],
  ['an ITS, LPIs off', { ...ITS, '/proc/cmdline': 'irqchip.gicv3_nolpi=y\n' }, 'gic-its', 'ok', /gicv3_nolpi is set/],
  ['an ITS, LPIs on', { ...ITS, '/proc/cmdline': 'irqchip.gicv3_nolpi=0\n' }, 'gic-its', 'warning', /has an ITS/],
  [
    'LPIs left to the default',
    { ...ITS, '/proc/cmdline': 'irqchip.gicv3_nolpi\n' },
    'gic-its',
    'warning',
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
  ['no size of RAM', { '/proc/meminfo': null }, 'half-ram', 'warning', /not known/],
];

describe('one check', () => {
  test.each([
    ['crashkernel', { '/sys/kernel/kexec_crash_size': '268435456\n' }, 'crashkernel'],
    ['relocation-speed', { '/proc/sys/kernel/osrelease': '5.15.0\n' }, undefined],
  ] as const)('%s names the strategies that could use a region', async (id, changes, region) => {
    const finding = preflight(await hostWith(changes)).find((each) => each.id === id);
    const told = `${finding?.why} ${finding?.todo}`;
    for (const strategy of strategies) {
      const suits = region === undefined ? strategy.region !== undefined : strategy.region === region;
      const named = new RegExp(`\\bstrategy [^:;,]*\\b${strategy.name}\\b`);
      expect(named.test(told), strategy.name).toBe(suits);
    }
  });

  test.each(cases)('%s', async (_, changes, id, severity, what) => {
    const finding = preflight(await hostWith(changes)).find((each) => each.id === id);
    expect(finding).toMatchObject({ severity, what: expect.stringMatching(what) });
    expect(finding?.todo === '').toBe(severity === 'ok');
  });

  test('every check has a case where it fires and one where it is at ease', () => {
    const ids = (fires: boolean): FindingId[] => cases.filter((each) => (each[3] !== 'ok') === fires).map((c) => c[2]);
    expect(new Set(ids(true))).toEqual(new Set([...general, ...arm64]));
    // The healthy host above is where the others are at ease.
    expect([...general, ...arm64]).toEqual(expect.arrayContaining(ids(false)));
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

test('says what the kernel made of crashkernel=', async () => {
  const why = async (cmdline: string): Promise<string | undefined> =>
    preflight(await hostWith({ '/proc/cmdline': cmdline })).find(({ id }) => id === 'crashkernel')?.why;
  expect(await why('crashkernel=256M')).toMatch(/no room for 256 MiB/);
  expect(await why('crashkernel=2G-:256M')).toMatch(/cannot use the value/);
});

test('puts blockers first, then warnings', async () => {
  const severities = preflight(
    await hostWith({ ...SPIN_TABLE, ...ITS, '/proc/iomem': zeros, '/proc/sys/kernel/osrelease': '5.10.0\n' }),
  ).map(({ severity }) => severity);
  expect(severities.slice(0, 5)).toEqual(['blocker', 'blocker', 'warning', 'warning', 'ok']);
});

test('leaves out what only arm64 has on another architecture', async () => {
  const findings = preflight(await hostWith({ '/proc/sys/kernel/arch': 'x86_64\n' }));
  expect(findings.map(({ id }) => id)).toEqual(general);
});

test('a kernel without kexec is reported once', async () => {
  const ids = preflight(await hostWith(noKexec)).map(({ id }) => id);
  expect(ids).toContain('kexec-support');
  for (const id of ['kexec-load-disabled', 'already-loaded', 'crashkernel']) expect(ids).not.toContain(id);
});

test('a server with ACPI has nothing but the UEFI warning', async () => {
  const findings = preflight(await hostWith(acpiServer)).filter(({ severity }) => severity !== 'ok');
  expect(findings.map(({ id }) => id)).toEqual(['uefi']);
});

test('any values missing give findings, never an exception', async () => {
  const host = await hostWith({ ...ITS, '/proc/cmdline': 'crashkernel=64M' });
  const fields = Object.keys(host).filter((field) => field !== 'unread');
  const pairs = fields.flatMap((a, i) => fields.slice(i).map((b) => [a, b]));
  for (const code of ['ENOENT', 'EACCES', 'EINVAL']) {
    for (const missing of [...pairs, fields]) {
      const gone = Object.fromEntries(missing.map((field) => [field, undefined]));
      const unread = Object.fromEntries(missing.map((field) => [field, { path: `/${field}`, code, reason: code }]));
      const ids = preflight({ ...host, ...gone, unread }).map(({ id }) => id);
      const told = ids.includes('already-loaded')
        ? ids
        : [...ids, 'kexec-load-disabled', 'already-loaded', 'crashkernel'];
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
  expect(preflight(await readHost()).length).toBeGreaterThanOrEqual(general.length - 3);
});
