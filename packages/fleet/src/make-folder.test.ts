import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'kexeckit-folders-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('makes what is missing, for its owner where that is asked for, and nothing where all is there', async () => {
  const deep = join(folder, 'a/b/c');
  await makeFolder(deep, { mode: 0o700 });
  for (const each of ['a', 'a/b', 'a/b/c']) expect(statSync(join(folder, each)).mode & 0o777).toBe(0o700);
  await makeFolder(deep);
  symlinkSync(deep, join(folder, 'link'));
  await makeFolder(join(folder, 'link'));
});

test('many at once make one', async () => {
  const deep = join(folder, 'x/y/z');
  await Promise.all(Array.from({ length: 20 }, () => makeFolder(deep)));
  expect(statSync(deep).isDirectory()).toBe(true);
});

test('what can be no folder is said at once', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  symlinkSync(join(folder, 'nowhere/at/all'), join(folder, 'dangling'));
  for (const path of [file, join(file, 'below'), '/proc/kexeckit/fleet', '/dev/null/x', join(folder, 'dangling')])
    await expect(makeFolder(path), path).rejects.toMatchObject({
      code: 'EIO',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('may write'),
    });
});
