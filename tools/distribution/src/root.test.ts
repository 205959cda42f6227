import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootOf } from './root.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-root-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A folder of files as they are unpacked, by somebody with these permissions, at this time. */
function unpacked(name: string, mode: number, time: number): string {
  const at = join(folder, name);
  mkdirSync(join(at, 'bin'), { recursive: true });
  mkdirSync(join(at, 'lib'));
  const files = [
    ['CONTENTS', 'packages', mode],
    ['bin/busybox', 'busybox', mode | 0o111],
    ['lib/libc.so.6', 'libc', mode],
  ] as const;
  for (const [path, content, permissions] of files) {
    writeFileSync(join(at, path), content);
    chmodSync(join(at, path), permissions);
    utimesSync(join(at, path), time, time);
  }
  symlinkSync('libc.so.6', join(at, 'lib/libc.so'));
  writeFileSync(join(at, 'program'), 'the command');
  return at;
}

test('a root has the command, what it needs, and whose that is', () => {
  const files = unpacked('files', 0o600, 1);
  const root = rootOf(join(files, 'program'), files, 'the licences');
  const list = execFileSync('cpio', ['-tv', '--quiet'], { input: gunzipSync(root), encoding: 'utf8' });
  expect(list).toMatch(/^-rwxr-xr-x +\d+ root +root +7 .* bin\/busybox$/m);
  expect(list).toMatch(/^-rwxr-xr-x +\d+ root +root +11 .* bin\/kexeckit$/m);
  expect(list).toMatch(/^-rw-r--r-- +\d+ root +root +4 .* lib\/libc\.so\.6$/m);
  expect(list).toMatch(/^lrwxrwxrwx .* lib\/libc\.so -> libc\.so\.6$/m);
  expect(list).toMatch(/ usr\/share\/doc\/kexeckit\/copyright$/m);
  expect(list).not.toContain('CONTENTS');
});

test('it is the same, whoever has unpacked its files, and when', () => {
  const [one, other] = [unpacked('one', 0o644, 1), unpacked('other', 0o600, 1_000_000)];
  expect(rootOf(join(one, 'program'), one, '')).toEqual(rootOf(join(other, 'program'), other, ''));
});

test('files that were not fetched are missed', () => {
  const error = { code: 'ENOENT', hint: expect.stringContaining('guest-files.mjs') };
  expect(() => rootOf(import.meta.filename, join(folder, 'nothing'), '')).toThrow(expect.objectContaining(error));
});
