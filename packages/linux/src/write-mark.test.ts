import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMark } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { readLastBoot } from './last-boot.ts';
import { type Files, plant } from './testing/tree.ts';
import { writeMark } from './write-mark.ts';

const host: Files = {
  '/dev/kmsg': '',
  '/proc/uptime': '123.45 678.90\n',
  '/proc/stat': 'btime 1\n',
  '/proc/sys/kernel/random/boot_id': '5c4e4a1e\n',
};

const options = { strategy: 'mmu-on', checks: true };

test('a mark is on the disk and in the kernel’s log, and the next boot finds it', async () => {
  const root = await plant(host);
  const { mark, inKernelLog } = writeMark({ ...options, root });
  expect(mark).toMatchObject({ boottime: 123_450_000, bootId: '5c4e4a1e', ...options });
  expect(inKernelLog).toBe(true);
  expect(parseMark(readFileSync(join(root, 'dev/kmsg'), 'utf8'))).toEqual(mark);
  const found = (await readLastBoot({ root })).mark;
  expect(found).toMatchObject({ bootId: '5c4e4a1e', boottime: mark.boottime });
  expect(found?.realtime).toBeLessThanOrEqual(mark.realtime);
  expect(found?.monotonic).toBeLessThanOrEqual(mark.monotonic);
});

test('the mark before it is replaced, and nothing else is left', async () => {
  const root = await plant(host);
  writeMark({ ...options, root, strategy: 'kernel' });
  writeMark({ ...options, root });
  expect((await readLastBoot({ root })).mark).toMatchObject({ strategy: 'mmu-on' });
  expect(readdirSync(join(root, 'var/lib/kexeckit'))).toEqual(['mark']);
});

test('without a kernel’s log there is the file', async () => {
  const root = await plant({ ...host, '/dev/kmsg': null });
  expect(writeMark({ ...options, root, path: '/srv/mark' }).inKernelLog).toBe(false);
  expect((await readLastBoot({ root, mark: '/srv/mark' })).mark).toMatchObject(options);
});

test('a place that cannot be written to is an error of its own, and leaves nothing', async () => {
  const root = await plant(host);
  mkdirSync(join(root, 'srv/mark/in'), { recursive: true });
  expect(() => writeMark({ ...options, root, path: '/srv/mark' })).toThrow(
    expect.objectContaining({ name: 'LinuxError', code: 'EIO', path: '/srv/mark' }),
  );
  expect(readdirSync(join(root, 'srv'))).toEqual(['mark']);
});
