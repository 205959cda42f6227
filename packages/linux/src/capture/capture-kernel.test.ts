import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDts, serializeFdt } from '@kexeckit/fdt';
import { generateWorkload } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { type Files, plant } from '../testing/tree.ts';
import { captureBy } from './capture-kernel.ts';
import { readKdumpSetup } from './kdump-config.ts';

const { kernel, initrd } = generateWorkload(100_000, 1000, 1);
const files: Files = {
  '/etc/default/kdump-tools': 'USE_KDUMP=1\nKDUMP_KERNEL=/opt/kernel\nKDUMP_INITRD=/opt/initrd\n',
  '/opt/kernel': kernel,
  '/opt/initrd': 'initrd',
};

async function captureAt(root: string) {
  const setup = await readKdumpSetup({ root, release: '6.1', cmdline: 'quiet' });
  return setup && (await captureBy(setup, root, ''));
}

type Make = (path: string) => unknown;
const things: readonly (readonly [what: string, make: Make, code: string])[] = [
  ['a FIFO', (path) => execFileSync('mkfifo', [path]), 'EINVAL'],
  ['a folder', (path) => mkdir(path), 'EINVAL'],
  ['an empty file', (path) => writeFile(path, ''), 'EINVAL'],
  ['a file without an end', (path) => writeFile(path, '').then(() => truncate(path, 2 ** 40)), 'EFBIG'],
];

describe('a configuration that names', () => {
  test('files', async () => {
    const capture = await captureAt(await plant(files));
    expect(capture?.image).toEqual(kernel);
    expect(capture?.initrd).toHaveLength(6);
  });

  test('a file with an initramfs in it, and none beside it: it is taken, and said', async () => {
    const source = `/dts-v1/; / { images {
      k { type = "kernel"; arch = "arm64"; os = "linux"; compression = "none"; data = /incbin/("k"); };
      r { type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none"; data = /incbin/("r"); }; };
      configurations { default = "c"; c { kernel = "k"; ramdisk = "r"; }; }; };`;
    const fit = serializeFdt(parseDts(source, { incbin: (name) => (name === 'k' ? kernel : initrd) }));
    const config = (text: string): Files => ({
      '/etc/default/kdump-tools': text,
      '/opt/kernel': fit,
      '/opt/initrd': 'x',
    });
    const alone = await captureAt(await plant(config('USE_KDUMP=1\nKDUMP_KERNEL=/opt/kernel\n')));
    expect(alone).toMatchObject({ name: expect.stringContaining('with the initramfs in it'), image: kernel, initrd });
    const beside = await captureAt(await plant({ ...files, '/opt/kernel': fit }));
    expect(beside?.initrd).toHaveLength(6);
  });

  for (const path of ['/opt/kernel', '/opt/initrd'])
    test.each(things)(`%s as ${path}: refused, and nobody waits`, async (_, make, code) => {
      const root = await plant({ ...files, [path]: null, '/opt/': '' });
      await make(join(root, path));
      await expect(captureAt(root)).rejects.toMatchObject({ name: 'LinuxError', code, path });
    });

  test('a link out of a copied tree: it is not there', async () => {
    const root = await plant({ ...files, '/opt/kernel': null });
    await symlink('/proc/self/exe', join(root, 'opt/kernel'));
    await expect(captureAt(root)).rejects.toMatchObject({ code: 'ENOENT', path: '/opt/kernel' });
  });
});

test('a configuration that is there and cannot be read is not taken for none', async () => {
  const path = '/etc/default/kdump-tools';
  const root = await plant({ ...files, [path]: null, '/etc/default/': '' });
  execFileSync('mkfifo', [join(root, path)]);
  await expect(captureAt(root)).rejects.toMatchObject({ name: 'LinuxError', code: 'EINVAL', path });
});
