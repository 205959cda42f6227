import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleCommand } from './bundle.ts';
import type { Entry } from './entry.ts';

let folder: string;
let entries: Entry[];

/** Writes the files of a bundle to a folder, where nothing else is that they could import. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-bundle-'));
  mkdirSync(join(folder, 'native'));
  writeFileSync(join(folder, 'native/part.node'), 'native');
  entries = await bundleCommand([{ name: '@some/native', folder: join(folder, 'native') }]);
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    mkdirSync(dirname(join(folder, entry.path)), { recursive: true });
    writeFileSync(join(folder, entry.path), entry.content);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]): string =>
  execFileSync(process.execPath, [join(folder, 'opt/kexeckit/dist/main.js'), ...args], { encoding: 'utf8' });

test('the command is one file', () => {
  expect(run('--version')).toMatch(/^kexeckit \d/);
  expect(entries.map(({ path }) => path)).toEqual([
    'opt/kexeckit/dist/main.js',
    'opt/kexeckit/package.json',
    'bin/kexeckit',
    'opt/kexeckit/node_modules/@some/native/part.node',
  ]);
});

test('what a command loads only when it is needed is in it', () => {
  expect(run('doctor', '--help')).toContain('--root');
});
