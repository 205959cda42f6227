import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { formatMark } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { MARK_PATHS, readLastBoot } from './last-boot.ts';
import { type Files, plant } from './testing/tree.ts';

const mark = {
  realtime: 1_790_000_000_000_000,
  boottime: 100_000_000,
  monotonic: 100_000_000,
  bootId: 'old',
  strategy: 'mmu-on',
  checks: true,
};

const host: Files = {
  '/dev/kmsg': '6,1,0,-;Booting Linux on physical CPU 0x0\n6,2,250000,-;Run /init as init process\n',
  '/proc/stat': 'cpu  1 2 3\nctxt 5\nbtime 1790000001\nprocesses 7\n',
  '/proc/sys/kernel/random/boot_id': 'new\n',
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
    bootedAt: { path: '/proc/stat', code: 'ENOENT' },
    bootId: { code: 'ENOENT' },
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
  for (const field of ['kernelLog', 'previousLog', 'mark', 'bootedAt', 'bootId'] as const)
    expect(values[field] === undefined, field).toBe(unread[field] !== undefined);
});
