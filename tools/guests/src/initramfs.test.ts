import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Entry, entriesBelow } from './entry.ts';
import { initramfs } from './initramfs.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-initramfs-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('an initramfs is packed, unless it shall not be', () => {
  const all: Entry[] = [{ kind: 'file', path: 'a', content: 'a'.repeat(1000) }];
  const plain = initramfs(all, 0);
  expect(new Uint8Array(gunzipSync(initramfs(all)))).toEqual(plain);
  expect(initramfs(all).length).toBeLessThan(500);
  expect(plain.length).toBeGreaterThan(1000);
});

test('a copy has the bytes and the permissions of its file, or its own', () => {
  const from = join(folder, 'program');
  writeFileSync(from, 'its bytes', { mode: 0o755 });
  const copy: Entry = { kind: 'copy', path: 'copy', from };
  const unpacked = join(folder, 'unpacked');
  const into = ['-i', '--quiet', '--make-directories', '-D', unpacked];
  execFileSync('mkdir', [unpacked]);
  execFileSync('cpio', into, { input: initramfs([copy, { ...copy, path: 'private', mode: 0o600 }], 0) });
  expect(readFileSync(join(unpacked, 'copy'), 'utf8')).toBe('its bytes');
  expect([statSync(join(unpacked, 'copy')).mode, statSync(join(unpacked, 'private')).mode]).toEqual([
    0o100755, 0o100600,
  ]);
  // Links below a folder stay links.
  execFileSync('ln', ['-s', 'copy', join(unpacked, 'link')]);
  expect(entriesBelow(unpacked)).toContainEqual({ kind: 'link', path: 'link', target: 'copy' });
});
