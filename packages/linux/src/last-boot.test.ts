import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureNode, parseFdt, serializeFdt, setProperty } from '@kexeckit/fdt';
import { formatMark, minimalDeviceTree } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { MARK_PATHS, readLastBoot } from './last-boot.ts';
import type { StartedBy } from './started-by.ts';
import { type Files, plant } from './testing/tree.ts';

const mark = {
  realtime: 1_790_000_000_000_000,
  boottime: 100_000_000,
  monotonic: 100_000_000,
  bootId: 'old',
  strategy: 'mmu-on',
  checks: true,
};

const CHOSEN = '/sys/firmware/devicetree/base/chosen';

const host: Files = {
  '/dev/kmsg': '6,1,0,-;Booting Linux on physical CPU 0x0\n6,2,250000,-;Run /init as init process\n',
  '/proc/stat': 'cpu  1 2 3\nctxt 5\nbtime 1790000001\nprocesses 7\n',
  '/sys/class/rtc/rtc0/hctosys': '1\n',
  '/proc/sys/kernel/random/boot_id': 'new\n',
  [`${CHOSEN}/linux,booted-from-kexec`]: '',
  '/sys/fs/pstore/console-ramoops-0': '[   99.030000] Bye!\n',
  '/sys/fs/pstore/dmesg-ramoops-0': 'Panic#1 Part1\n',
  '/var/lib/kexeckit/mark': `${formatMark(mark)}\n`,
};

test('reads all that a host has after a reboot', async () => {
  expect(await readLastBoot({ root: await plant(host) })).toEqual({
    kernelLog: host['/dev/kmsg'],
    previousLog: host['/sys/fs/pstore/console-ramoops-0'],
    mark,
    bootedAt: { micros: 1_790_000_001_000_000, plusMinus: 1 },
    bootId: 'new',
    startedBy: 'kexec',
    unread: {},
  });
});

test('a host without any of it says why', async () => {
  const { unread, ...values } = await readLastBoot({ root: await plant({ '/proc/': '' }) });
  expect(values).toEqual({});
  expect(unread).toMatchObject({
    kernelLog: { path: '/dev/kmsg', code: 'ENOENT' },
    previousLog: { path: '/sys/fs/pstore', code: 'ENOENT' },
    mark: { path: MARK_PATHS[0], code: 'ENOENT' },
    bootedAt: { path: '/sys/class/rtc', code: 'ENODATA' },
    bootId: { code: 'ENOENT' },
    startedBy: { path: '/proc/sys/kernel/bootloader_type', code: 'ENOENT' },
  });
});

test.each<[why: string, changes: Files, isRead: boolean]>([
  ['of this kernel and command line', {}, true],
  ['of another kernel', { '/proc/sys/kernel/osrelease': '6.12.0\n' }, false],
  ['of another command line', { '/proc/cmdline': 'ro\n' }, false],
  ['of a kernel that does not say its release', { '/proc/sys/kernel/osrelease': null }, false],
])(
  'where the kernel’s log may not be read, one that was saved at boot is, if it is of this boot: %s',
  async (_, changes, isRead) => {
    const saved = '[    0.000000] Linux version 6.1.0 (x@y)\n[    0.000000] Kernel command line: quiet\n';
    const files: Files = {
      ...host,
      '/dev/kmsg': null,
      '/var/log/dmesg': saved,
      '/proc/sys/kernel/osrelease': '6.1.0\n',
      '/proc/cmdline': 'quiet\n',
      ...changes,
    };
    const { kernelLog, unread } = await readLastBoot({ root: await plant(files) });
    expect(kernelLog).toBe(isRead ? saved : undefined);
    expect(unread.kernelLog?.path).toBe(isRead ? undefined : '/var/log/dmesg');
  },
);

const RTC = '/sys/class/rtc/rtc0/hctosys';

test.each<[why: string, changes: Files, plusMinus: number | undefined]>([
  ['set from a hardware clock', {}, 1],
  ['set from the second one', { [RTC]: '0\n', '/sys/class/rtc/rtc1/hctosys': '1\n' }, 1],
  ['set from the network', { [RTC]: '0\n', '/run/systemd/timesync/synchronized': '' }, 1],
  ['beside a hardware clock that it was not set from', { [RTC]: '0\n' }, undefined],
])('a clock is believed that was set: %s', async (_, changes, plusMinus) => {
  const { bootedAt, unread } = await readLastBoot({ root: await plant({ ...host, ...changes }) });
  expect(bootedAt?.plusMinus).toBe(plusMinus);
  expect(unread.bootedAt?.code).toBe(plusMinus === undefined ? 'ENODATA' : undefined);
});

/** A blob whose `/chosen` has these properties. */
function blobWith(...names: readonly string[]): Uint8Array {
  const fdt = parseFdt(minimalDeviceTree([{ start: 0x4000_0000n, end: 0x7fff_ffffn }], 1));
  const chosen = ensureNode(fdt, '/chosen');
  for (const name of names) setProperty(chosen, name, new Uint8Array());
  return serializeFdt(fdt);
}

const FDT = '/sys/firmware/fdt';
const LOADER = '/proc/sys/kernel/bootloader_type';

test.each<[why: string, changes: Files, by: StartedBy | undefined]>([
  ['a blob of kexec’s', { [FDT]: blobWith('linux,booted-from-kexec') }, 'kexec'],
  ['a blob of firmware’s', { [FDT]: blobWith('bootargs') }, 'firmware'],
  ['a blob for a kernel that dumps', { [FDT]: blobWith('linux,booted-from-kexec', 'linux,elfcorehdr') }, 'panic'],
  ['a damaged blob, and what the kernel shows of it', { [FDT]: 'x', [`${CHOSEN}/bootargs`]: '' }, 'firmware'],
  ['x86, kexec', { [LOADER]: '208\n', '/proc/cmdline': 'quiet\n' }, 'kexec'],
  ['x86, a panic', { [LOADER]: '208\n', '/proc/cmdline': 'elfcorehdr=0x1000 quiet\n' }, 'panic'],
  ['x86, GRUB', { [LOADER]: '114\n', '/proc/cmdline': 'quiet\n' }, 'firmware'],
  ['ACPI, and no right to read the blob', {}, undefined],
])('who started this kernel: %s', async (_, changes, by) => {
  const marked = { '/proc/': '', '/var/lib/kexeckit/mark': `${formatMark(mark)}\n` };
  const { startedBy } = await readLastBoot({ root: await plant({ ...marked, ...changes }) });
  expect(startedBy).toBe(by);
});

describe('a tree without a word of kexec', () => {
  const BOOT_ID = '/proc/sys/kernel/random/boot_id';
  test.each<[why: string, changes: Files]>([
    ['without a mark: kexec-tools leave nothing', {}],
    ['of a kernel that leaves nothing', { '/var/lib/kexeckit/mark': formatMark({ ...mark, isTraceless: true }) }],
    ['where the marked reboot did not happen', { '/var/lib/kexeckit/mark': formatMark(mark), [BOOT_ID]: 'old\n' }],
  ])('proves nothing %s', async (_, changes) => {
    for (const tree of [{ [FDT]: blobWith('bootargs') }, { [`${CHOSEN}/bootargs`]: '' }]) {
      const { startedBy, unread } = await readLastBoot({
        root: await plant({ [BOOT_ID]: 'new\n', ...tree, ...changes }),
      });
      expect([startedBy, unread.startedBy?.code]).toEqual([undefined, 'ENODATA']);
    }
  });
});

describe('where a mark is', () => {
  const other = { ...mark, strategy: 'kernel' };

  test('memory comes before the disk', async () => {
    const root = await plant({ ...host, '/run/kexeckit/mark': formatMark(other) });
    expect((await readLastBoot({ root })).mark).toEqual(other);
  });

  test('or in a file that is named', async () => {
    const root = await plant({ ...host, '/srv/mark': formatMark(other) });
    expect((await readLastBoot({ root, mark: '/srv/mark' })).mark).toEqual(other);
  });

  test('a file that is no mark is told', async () => {
    const { mark: read, unread } = await readLastBoot({
      root: await plant({ ...host, '/var/lib/kexeckit/mark': 'x' }),
    });
    expect(read).toBeUndefined();
    expect(unread.mark).toMatchObject({ path: '/var/lib/kexeckit/mark', code: 'EINVAL' });
  });

  test('a pipe is not waited for', async () => {
    const root = await plant(host);
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const { unread } = await readLastBoot({ root, mark: '/pipe' });
    expect(unread.mark).toMatchObject({ path: '/pipe', code: 'EINVAL' });
  });
});

test('a pipe in the place of the kernel’s log is not waited for', async () => {
  const root = await plant({ ...host, '/dev/kmsg': null, '/dev/': '' });
  execFileSync('mkfifo', [join(root, 'dev/kmsg')]);
  expect((await readLastBoot({ root })).unread.kernelLog).toMatchObject({ path: '/dev/kmsg', code: 'EINVAL' });
});

test('a root that is no folder is refused', async () => {
  await expect(readLastBoot({ root: '/nowhere' })).rejects.toMatchObject({ name: 'LinuxError', code: 'ENOENT' });
});

test('this host is read, whatever it is, without waiting', async () => {
  const { unread, ...values } = await readLastBoot();
  for (const field of ['kernelLog', 'previousLog', 'mark', 'bootedAt', 'bootId', 'startedBy'] as const)
    expect(values[field] === undefined, field).toBe(unread[field] !== undefined);
});
