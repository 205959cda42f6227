import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeDisk, mendDisk, namesOnDisk, readFromDisk, whyNoDisk } from './disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'kexeckit-disk-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a disk has what was put on it', ({ skip }) => {
  const why = whyNoDisk();
  if (why !== undefined) skip(why);
  const disk = join(folder, 'disk');
  makeDisk(
    disk,
    [
      { kind: 'file', path: 'var/lib/claims/one', content: 'first\n' },
      { kind: 'file', path: 'var/lib/claims/two', content: 'second\n', mode: 0o600 },
      { kind: 'copy', path: 'bin/copy', from: import.meta.filename, mode: 0o755 },
      { kind: 'link', path: 'bin/link', target: '/bin/copy' },
      { kind: 'folder', path: 'proc' },
    ],
    16,
  );
  expect(statSync(disk).size).toBe(16 << 20);
  mendDisk(disk);
  expect(namesOnDisk(disk, '/var/lib/claims').toSorted()).toEqual(['one', 'two']);
  expect(readFromDisk(disk, '/var/lib/claims/two')).toBe('second\n');
  expect(namesOnDisk(disk, '/bin').toSorted()).toEqual(['copy', 'link']);
  expect(readFromDisk(disk, '/bin/copy')).toContain('a disk has what was put on it');
  expect(namesOnDisk(disk, '/proc')).toEqual([]);
  expect(namesOnDisk(disk, '/nothing')).toEqual([]);
});

test('what is no disk is refused, and a device is nothing to put on one', ({ skip }) => {
  const why = whyNoDisk();
  if (why !== undefined) skip(why);
  expect(() => mendDisk(import.meta.filename)).toThrow(/^e2fsck ended with /);
  const device = { kind: 'device', path: 'dev/null', type: 'character', major: 1, minor: 3 } as const;
  expect(() => makeDisk(join(folder, 'none'), [device], 16)).toThrow('dev/null is a device');
});
