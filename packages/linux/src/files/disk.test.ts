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
