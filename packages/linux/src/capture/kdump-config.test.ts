import { describe, expect, test } from 'vitest';
import { type Files, plant } from '../testing/tree.ts';
import { captureCmdline, checkCmdline } from './cmdline.ts';
import { readKdumpSetup } from './kdump-config.ts';
import { parseAssignments } from './shell-assignments.ts';

const release = '6.1.0-50-arm64';
const cmdline = 'BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet crashkernel=512M hugepages=4 console=ttyAMA0';
const setupOf = async (files: Files) => readKdumpSetup({ root: await plant(files), release, cmdline });

describe("Debian's kdump-tools", () => {
  const files: Files = {
    '/etc/default/kdump-tools': [
      '# kdump-tools configuration',
      'USE_KDUMP=1',
      'KDUMP_KERNEL=/var/lib/kdump/vmlinuz',
      'KDUMP_INITRD=/var/lib/kdump/initrd.img',
      '#KDUMP_CMDLINE="commented out"',
      'KDUMP_COREDIR="/var/crash"',
      '',
    ].join('\n'),
    [`/boot/vmlinuz-${release}`]: 'kernel',
    [`/var/lib/kdump/initrd.img-${release}`]: 'initrd',
    '/var/lib/kdump/vmlinuz': 'of another kernel',
  };

  test('as it is installed: the running kernel, with an initramfs of its own', async () => {
    expect(await setupOf(files)).toEqual({
      config: '/etc/default/kdump-tools',
      kernel: `/boot/vmlinuz-${release}`,
      initrd: `/var/lib/kdump/initrd.img-${release}`,
      cmdline:
        'root=/dev/vda1 ro quiet console=ttyAMA0 reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb',
    });
  });

  test('as somebody has set it', async () => {
    const text = `USE_KDUMP="1" # yes
KDUMP_KERNEL=/opt/k
KDUMP_INITRD='/opt/i'
KDUMP_CMDLINE="root=/dev/vdb crashkernel=1G quiet"
KDUMP_CMDLINE_APPEND='nr_cpus=2'
`;
    const named = { '/etc/default/kdump-tools': text, '/opt/k': 'kernel', '/opt/i': 'initrd' };
    expect(await setupOf({ ...files, ...named })).toEqual({
      config: '/etc/default/kdump-tools',
      kernel: '/opt/k',
      initrd: '/opt/i',
      cmdline: 'root=/dev/vdb quiet nr_cpus=2',
    });
  });

  test.each<[why: string, changes: Files, expected: object | undefined]>([
    ['switched off', { '/etc/default/kdump-tools': 'USE_KDUMP=0\nKDUMP_KERNEL=/nowhere\n' }, undefined],
    ['not installed', { '/etc/default/kdump-tools': null }, undefined],
  ])('%s: there is none', async (_, changes, expected) => {
    expect(await setupOf({ ...files, ...changes })).toEqual(expected);
  });

  test('a kernel that is not there is refused, and so is what only a shell could read', async () => {
    const missing = setupOf({ ...files, '/etc/default/kdump-tools': 'USE_KDUMP=1\nKDUMP_KERNEL=/opt/k\n' });
    await expect(missing).rejects.toMatchObject({ code: 'ENOENT', path: '/opt/k' });
    const text = 'USE_KDUMP=1\nKDUMP_KERNEL="/boot/vmlinuz-$(uname -r)"\n';
    await expect(setupOf({ ...files, '/etc/default/kdump-tools': text })).rejects.toMatchObject({
      code: 'EINVAL',
      value: 'KDUMP_KERNEL',
    });
    const config = 'USE_KDUMP=1\nif true; then\n  KDUMP_KERNEL=/opt/k\nfi\n';
    await expect(setupOf({ ...files, '/etc/default/kdump-tools': config })).rejects.toMatchObject({
      code: 'EINVAL',
      message: expect.stringMatching(/line 2 is more than an assignment/),
    });
    const long = `USE_KDUMP=1\n${'#'.repeat(2 ** 16)}\n`;
    await expect(setupOf({ ...files, '/etc/default/kdump-tools': long })).rejects.toMatchObject({ code: 'EFBIG' });
  });
});

describe("Fedora's kdump-utils", () => {
  const files: Files = {
    '/etc/kdump.conf': 'path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n',
    '/etc/sysconfig/kdump': [
      'KDUMP_KERNELVER=""',
      'KDUMP_COMMANDLINE=""',
      'KDUMP_COMMANDLINE_REMOVE="hugepages hugepagesz slub_debug quiet"',
      'KDUMP_COMMANDLINE_APPEND="irqpoll nr_cpus=1 reset_devices"',
      'KDUMP_IMG="vmlinuz"',
      'KDUMP_IMG_EXT=""',
      '',
    ].join('\n'),
    [`/boot/vmlinuz-${release}`]: 'kernel',
    [`/boot/initramfs-${release}kdump.img`]: 'initrd',
  };

  test('as it is installed', async () => {
    expect(await setupOf(files)).toEqual({
      config: '/etc/sysconfig/kdump',
      kernel: `/boot/vmlinuz-${release}`,
      initrd: `/boot/initramfs-${release}kdump.img`,
      cmdline: 'ro console=ttyAMA0 irqpoll nr_cpus=1 reset_devices',
    });
  });

  test('an initramfs that kdumpctl has not built yet is missed', async () => {
    const built = `/boot/initramfs-${release}kdump.img`;
    await expect(setupOf({ ...files, [built]: null })).rejects.toMatchObject({ code: 'ENOENT', path: built });
    const elsewhere = await setupOf({
      ...files,
      [built]: null,
      [`/var/lib/kdump/initramfs-${release}kdump.img`]: 'initrd',
    });
    expect(elsewhere?.initrd).toBe(`/var/lib/kdump/initramfs-${release}kdump.img`);
  });
});

test('a host without kdump has no setup', async () => {
  expect(await setupOf({ '/etc/': '' })).toBeUndefined();
});

test.each<[text: string, name: string, value: string | undefined]>([
  ['A=b', 'A', 'b'],
  ['A=', 'A', ''],
  ['  export A=b', 'A', 'b'],
  ['A=b#c', 'A', 'b#c'],
  ['A=b # c', 'A', 'b'],
  ['A=b; C=d', 'A', 'b'],
  ['A="b c"', 'A', 'b c'],
  [`A="it's"`, 'A', "it's"],
  [`A='b $c'`, 'A', 'b $c'],
  [`A=b'c d'"e"`, 'A', 'bc de'],
  ['A="b\\"c\\$d"', 'A', 'b"c$d'],
  ['A="b\\\nc"', 'A', 'bc'],
  ['A=b\nA=c', 'A', 'c'],
  ['# A=b', 'A', undefined],
  ['A = b', 'A', undefined],
  ['A=b command', 'A', undefined],
  ['A=$B', 'A', undefined],
  ['A=`b`', 'A', undefined],
  ['A="x$(b)"', 'A', undefined],
])('%j', (text, name, value) => {
  expect(parseAssignments(text).values.get(name)).toBe(value);
});

test('what a shell would compute is told apart, and the last assignment counts', () => {
  expect([...parseAssignments('A=$B\nC=d').computed]).toEqual(['A']);
  expect([...parseAssignments('A=$B\nA=d').computed]).toEqual([]);
  expect([...parseAssignments('A=d\nA=$B').values]).toEqual([]);
});

test('a capture kernel that is named by hand has the running line, one CPU, and devices reset', () => {
  expect(captureCmdline('root=/dev/vda1 crashkernel=512M elfcorehdr=1 -- init-arg', 'panic=10')).toBe(
    'root=/dev/vda1 panic=10 nr_cpus=1 reset_devices -- init-arg',
  );
  expect(captureCmdline('quiet nr_cpus=2', 'reset_devices')).toBe('quiet nr_cpus=2 reset_devices');
  expect(() => checkCmdline('x'.repeat(2048))).toThrow(/has 2048 bytes, and it keeps 2047/);
});
