import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LinuxError } from './error.ts';
import { readHost } from './host.ts';
import { acpiServer, fadt, healthy, hostWith, madt, plant } from './testing/tree.ts';

const DT = '/sys/firmware/devicetree/base';

test('reads every value of a host', async () => {
  const host = await hostWith({
    '/sys/devices/virtual/misc/kvm/': '',
    '/sys/class/iommu/smmu3.0x000000002b400000/': '',
    '/proc/modules': 'mlx5_core 2420736 1 mlx5_ib, Live 0x0000000000000000\n',
    '/dev/kmsg': '5,3,0,-;Linux version 6.12.41-cloud-arm64 (x@y)\n6,9,0,-;Memory: 900K/1000K available (1K code)\n',
  });
  expect(host).toEqual({
    bootLog: ['Linux version 6.12.41-cloud-arm64 (x@y)', 'Memory: 900K/1000K available (1K code)'],
    modules: [{ name: 'mlx5_core', size: 2_420_736 }],
    smmu: true,
    architecture: 'aarch64',
    osrelease: '6.12.41-cloud-arm64',
    cmdline: 'console=hvc0 root=/dev/xvda1',
    iomem: healthy['/proc/iomem'],
    memAvailable: 864_532n * 1024n,
    kexecLimitReboot: -1,
    kexecLimitPanic: -1,
    memTotal: 1013760n * 1024n,
    cmaTotal: 65536n * 1024n,
    kexecCalls: { kexecLoad: true, kexecFileLoad: false },
    signatureRule: 'none',
    kexecLoadDisabled: false,
    kexecLoaded: false,
    kexecCrashLoaded: false,
    kexecCrashSize: 0n,
    fdt: healthy['/sys/firmware/fdt'],
    deviceTree: {
      model: 'XENVM-4.17',
      psci: 'hvc',
      enableMethods: ['psci'],
      its: [],
      memoryNodes: 1,
      evidence: {
        psci: [{ path: `${DT}/psci/compatible`, text: 'arm,psci-1.0, arm,psci-0.2, arm,psci' }],
        enableMethods: [{ path: `${DT}/cpus/cpu@0/enable-method`, text: 'psci' }],
        its: [],
        memory: [{ path: `${DT}/memory/reg`, text: '16 bytes' }],
      },
    },
    efi: false,
    secureBoot: undefined,
    acpi: false,
    acpiTables: undefined,
    cpusPossible: 4,
    cpusOnline: 3,
    cpusFixed: [],
    sha256: true,
    pageSize: 4096,
    kvm: true,
    lockdown: 'none',
    securityModules: ['lockdown', 'capability', 'landlock', 'yama', 'apparmor'],
    capabilities: { sysBoot: true, sysRawio: true, ipcLock: true, sysAdmin: true },
    initialNamespace: true,
    seccomp: false,
    memlockLimit: 8388608n,
    ioUring: true,
    ioUringAccess: 'all',
    pagemap: true,
    devMem: true,
    said: expect.objectContaining({
      cmdline: { path: '/proc/cmdline', text: 'console=hvc0 root=/dev/xvda1' },
      memTotal: { path: '/proc/meminfo', text: 'MemTotal:        1013760 kB' },
      capabilities: { path: '/proc/self/status', text: 'CapEff:\t000001ffffffffff' },
      kexecCalls: {
        path: '/proc/kallsyms',
        text: 'W __arm64_sys_kexec_file_load; T __arm64_sys_kexec_load',
      },
    }),
    unread: {
      secureBoot: {
        path: '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c',
        code: 'ENOENT',
        reason: 'it does not exist',
      },
      acpiTables: { path: '/sys/firmware/acpi/tables/FACP', code: 'ENOENT', reason: 'it does not exist' },
    },
  });
});

test('keeps the reason for every value of an empty folder', async () => {
  const { unread, said, ...values } = await readHost({ root: await plant({}) });
  expect(said).toEqual({});
  const missing = Object.entries(values).filter(([, value]) => value === undefined);
  expect(missing.map(([field]) => field).sort()).toEqual(Object.keys(unread).sort());
  expect(missing.length).toBe(Object.keys(values).length);
  for (const why of Object.values(unread)) expect(why).toMatchObject({ code: 'ENOENT', reason: /./ });
});

test('reads this host', async () => {
  const host = await readHost();
  expect(host.osrelease).toBe(execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim());
  expect(host.architecture).toMatch(/^\w+$/);
  expect(host.memTotal).toBeGreaterThan(0n);
});

test('says EACCES of what an unprivileged process may not read', async () => {
  const root = await plant(healthy);
  for (const file of ['/sys/firmware/fdt', '/proc/iomem']) await chmod(join(root, file), 0);
  await chmod(join(root, DT), 0);
  const host = await unprivileged(() => readHost({ root }));
  for (const field of ['fdt', 'iomem', 'deviceTree'] as const) {
    expect(host[field]).toBeUndefined();
    expect(host.unread[field]).toMatchObject({ code: 'EACCES', reason: 'permission denied' });
  }
  expect(host.kexecLoaded).toBe(false);
});

/** Root reads everything: be the user nobody meanwhile. */
async function unprivileged<T>(action: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid?.(65534);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}

describe('files that hold something else', () => {
  test.each([
    ['/sys/kernel/kexec_loaded', 'yes\n', 'kexecLoaded', '"yes" is not 0 or 1'],
    ['/sys/kernel/kexec_loaded', '', 'kexecLoaded', '"" is not 0 or 1'],
    ['/sys/kernel/kexec_crash_size', '-1\n', 'kexecCrashSize', '"-1" is not a number of bytes'],
    ['/sys/devices/system/cpu/possible', '3-0\n', 'cpusPossible', '"3-0" is not a list of CPUs'],
    ['/sys/devices/system/cpu/online', '\n', 'cpusOnline', '"" is not a list of CPUs'],
    ['/sys/kernel/security/lockdown', '[total]', 'lockdown', '"[total]" is not a lockdown state'],
    ['/proc/meminfo', 'MemTotal: many kB', 'memTotal', '"MemTotal: many kB" is not a table with MemTotal'],
    ['/sys/firmware/fdt', Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0, 40), 'fdt', /8 bytes of the 40/],
    ['/sys/firmware/fdt', Uint8Array.of(0xd0, 0x0d), 'fdt', /magic/],
  ] as const)('%s: %j', async (path, content, field, reason) => {
    const host = await hostWith({ [path]: content });
    expect(host[field]).toBeUndefined();
    expect(host.unread[field]).toMatchObject({ path, code: 'EINVAL', reason: expect.stringMatching(literal(reason)) });
  });

  function literal(pattern: string | RegExp): RegExp {
    return typeof pattern === 'string' ? new RegExp(`^${pattern.replace(/[[\]{}()*+?.\\^$|]/g, '\\$&')}$`) : pattern;
  }
});

describe('things that are not files', () => {
  test('a folder, a pipe and a circle of links are refused without waiting', async () => {
    const root = await plant({
      ...healthy,
      '/proc/cmdline': null,
      '/proc/cmdline/': '',
      '/proc/iomem': null,
      '/proc/meminfo': null,
    });
    execFileSync('mkfifo', [join(root, '/proc/iomem')]);
    await symlink('meminfo', join(root, '/proc/meminfo'));
    const { unread } = await readHost({ root });
    expect(unread.cmdline).toMatchObject({ code: 'EINVAL', reason: 'it is not a regular file' });
    expect(unread.iomem).toMatchObject({ code: 'EINVAL', reason: 'it is not a regular file' });
    expect(unread.memTotal).toMatchObject({ code: 'ELOOP' });
  });

  test('a file beyond any sense is refused', async () => {
    const host = await hostWith({ '/proc/iomem': new Uint8Array(16 * 2 ** 20 + 1) });
    expect(host.unread.iomem).toMatchObject({ code: 'EFBIG' });
  });

  test('a root that is not a folder is an error', async () => {
    const root = await plant({ '/file': '' });
    const refuse = (path: string, code: string): Promise<void> =>
      expect(readHost({ root: path })).rejects.toThrow(expect.objectContaining({ name: 'LinuxError', code }));
    await refuse(join(root, 'nowhere'), 'ENOENT');
    await refuse(join(root, 'file'), 'ENOTDIR');
    await refuse('', 'EINVAL');
    await refuse('a\0b', 'EINVAL');
    await expect(readHost({ root: join(root, 'nowhere') })).rejects.toBeInstanceOf(LinuxError);
  });
});

test('stops when told', async () => {
  const root = await plant(healthy);
  const reason = new Error('enough');
  await expect(readHost({ root, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect((await readHost({ root, signal: new AbortController().signal })).deviceTree).toBeDefined();
});

test('counts CPUs with gaps', async () => {
  expect((await hostWith({ '/sys/devices/system/cpu/online': '0-3,8,10-11\n' })).cpusOnline).toBe(7);
});

test('keeps the bytes of a command line that is not UTF-8', async () => {
  const host = await hostWith({ '/proc/cmdline': Uint8Array.of(0x61, 0xe0, 0xff, 0x0a) });
  expect(host.cmdline).toBe('a\u00e0\u00ff');
});

describe('device tree', () => {
  test('/proc/device-tree serves where /sys has none', async () => {
    const root = await plant({ '/proc/device-tree/model': 'Old Board\0' });
    expect((await readHost({ root })).deviceTree).toMatchObject({ model: 'Old Board', psci: undefined });
  });

  test('psci, ITS and memory nodes are found wherever they stand', async () => {
    const host = await hostWith({
      [`${DT}/psci/compatible`]: null,
      [`${DT}/psci/method`]: null,
      [`${DT}/firmware/psci/compatible`]: 'arm,psci-1.0\0',
      [`${DT}/firmware/psci/method`]: 'smc\0',
      [`${DT}/soc/gic@1/its@2/compatible`]: 'arm,gic-v3-its\0',
      [`${DT}/soc/gic@1/its@3/compatible`]: 'vendor,its\0arm,gic-v3-its\0',
      [`${DT}/memory@80000000/device_type`]: 'memory\0',
      [`${DT}/memory@80000000/reg`]: Uint8Array.of(0x80),
      [`${DT}/soc/other/enable-method`]: 'not-a-cpu\0',
    });
    expect(host.deviceTree).toMatchObject({
      psci: 'smc',
      its: expect.arrayContaining(['/soc/gic@1/its@2', '/soc/gic@1/its@3']),
      memoryNodes: 2,
      enableMethods: ['psci'],
    });
  });

  test('links are not followed, and a tree without end is refused', async () => {
    const root = await plant(healthy);
    await symlink('.', join(root, DT, 'cpus', 'again'));
    expect((await readHost({ root })).deviceTree?.enableMethods).toEqual(['psci']);
    await mkdir(join(root, DT, 'n/'.repeat(70)), { recursive: true });
    expect((await readHost({ root })).unread.deviceTree).toMatchObject({ code: 'EIO', reason: /64 levels/ });
    await rm(join(root, DT, 'n'), { recursive: true });
    await writeFile(join(root, DT, 'psci', 'method'), 'smc\0');
    expect((await readHost({ root })).deviceTree?.psci).toBe('smc');
  });
});

describe('ACPI', () => {
  test('PSCI is read from the FADT, the ITS from the MADT', async () => {
    const host = await hostWith(acpiServer);
    expect(host).toMatchObject({ acpi: true, efi: true, acpiTables: { psci: 'smc', its: 2 } });
    expect((await hostWith({ ...acpiServer, '/sys/firmware/acpi/tables/FACP': fadt(3) })).acpiTables?.psci).toBe('hvc');
    const old = await hostWith({ ...acpiServer, '/sys/firmware/acpi/tables/FACP': fadt(0, 116) });
    expect(old.acpiTables).toEqual({ psci: undefined, its: 2 });
  });

  test.each([
    ['a structure of no length', { '/sys/firmware/acpi/tables/APIC': madt([0x0f, 0]) }],
    ['a structure beyond the end', { '/sys/firmware/acpi/tables/APIC': madt([0x0f, 20]).subarray(0, 50) }],
    ['another table', { '/sys/firmware/acpi/tables/APIC': fadt(1) }],
  ])('%s is refused', async (_, changes) => {
    const host = await hostWith({ ...acpiServer, ...changes });
    expect(host.unread.acpiTables).toMatchObject({ code: 'EINVAL', path: '/sys/firmware/acpi/tables/APIC' });
  });
});
