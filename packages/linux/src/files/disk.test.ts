import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plant } from '../testing/tree.ts';
import { DiskFiles } from './disk.ts';

test('a link that leads out of a copied tree is not followed, whoever asks', async () => {
  const root = await plant({ '/sys/firmware/': '' });
  await symlink('/proc', join(root, 'sys/firmware/efi'));
  const files = new DiskFiles(root);
  const out = { ok: false, unread: { path: '/sys/firmware/efi', code: 'EXDEV' } };
  expect(await files.exists('/sys/firmware/efi')).toMatchObject(out);
  expect(await files.list('/sys/firmware/efi')).toMatchObject(out);
  expect(await files.exists('/sys/firmware/efi/self')).toMatchObject({ ok: false, unread: { code: 'EXDEV' } });
});

test('a link that stays inside is', async () => {
  const root = await plant({ '/boot/vmlinuz-6.1': 'kernel' });
  await symlink('vmlinuz-6.1', join(root, 'boot/vmlinuz'));
  await symlink('nothing', join(root, 'boot/dangling'));
  const files = new DiskFiles(root);
  expect(await files.exists('/boot/vmlinuz')).toMatchObject({ ok: true, value: true });
  expect(await files.exists('/boot/dangling')).toMatchObject({ ok: true, value: false });
  expect(await files.exists('/boot/vmlinuz/below')).toMatchObject({ ok: true, value: false });
});

test('only regular files are read, up to a limit', async () => {
  const root = await plant({ '/dir/': '' });
  execFileSync('mkfifo', [join(root, 'pipe')]);
  await mkdir(join(root, 'dir'), { recursive: true });
  await writeFile(join(root, 'file'), 'four');
  await writeFile(join(root, 'sparse'), '');
  await truncate(join(root, 'sparse'), 2 ** 40);
  const files = new DiskFiles(root);
  expect(await files.read('/pipe')).toMatchObject({ ok: false, unread: { code: 'EINVAL' } });
  expect(await files.read('/dir')).toMatchObject({ ok: false, unread: { code: 'EINVAL' } });
  expect(await files.read('/sparse')).toMatchObject({ ok: false, unread: { code: 'EFBIG' } });
  expect(await files.read('/file', 3)).toMatchObject({ ok: false, unread: { code: 'EFBIG' } });
  expect(await files.read('/file', 4)).toMatchObject({ ok: true });
  expect(await new DiskFiles('/').read('/dev/zero')).toMatchObject({ ok: false, unread: { code: 'EINVAL' } });
});

test('lines are found wherever pieces of a file end, and only whole ones', async () => {
  const lines = Array.from({ length: 30_000 }, (_, at) => `${at} ${at % 997 === 0 ? 'wanted' : 'other'}`);
  const root = await plant({ '/text': `\n${lines.join('\n')}`, '/one': 'wanted' });
  const files = new DiskFiles(root);
  const wanted = lines.filter((line) => line.endsWith(' wanted'));
  expect(await files.find('/text', /^\d+ wanted$/, 1000)).toMatchObject({ ok: true, value: wanted });
  expect(await files.find('/text', /^\d+ wanted$/, 2)).toMatchObject({ ok: true, value: wanted.slice(0, 2) });
  expect(await files.find('/text', /^$/, 1000)).toMatchObject({ ok: true, value: [''] });
  expect(await files.find('/one', /^wanted$/m, 1)).toMatchObject({ ok: true, value: ['wanted'] });
  expect(await files.find('/one', /^$/, 1)).toMatchObject({ ok: true, value: [] });
});

test('two files are read at once', async () => {
  const written = [1, 2].map((byte) => Buffer.alloc(500_000, byte));
  const root = await plant({});
  for (const [at, bytes] of written.entries()) await writeFile(join(root, `${at}`), bytes);
  const files = new DiskFiles(root);
  const read = await Promise.all(written.map((_, at) => files.read(`/${at}`)));
  expect(read.map((reading, at) => reading.ok && written[at]?.equals(reading.value))).toEqual([true, true]);
});
