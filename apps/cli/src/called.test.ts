import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { asCalled, calledAs } from './called.ts';

const folder = mkdtempSync(join(tmpdir(), 'kexeckit-called-'));
afterAll(() => rmSync(folder, { recursive: true }));

const made = (path: string, mode: number): string => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), '', { mode });
  return join(folder, path);
};
const node = made('node/bin/node', 0o755);
const bundle = made('kexeckit.js', 0o755);
const program = made('opt/kexeckit-arm64', 0o755);
const installed = made('lib/node_modules/kexeckit/dist/bundle/kexeckit.cjs', 0o755);
mkdirSync(join(folder, 'bin'));
symlinkSync(installed, join(folder, 'bin/kexeckit'));
symlinkSync(installed, join(folder, 'bin/kexec'));
const bin = join(folder, 'bin');

describe('what starts this program', () => {
  test.for([
    ['installed', { script: join(bin, 'kexeckit'), env: { PATH: `/nowhere:${bin}` } }, 'kexeckit'],
    ['by the link kexec, installed', { script: join(bin, 'kexec'), env: { PATH: bin } }, 'kexeckit'],
    ['installed, and not in PATH', { script: join(bin, 'kexeckit'), env: {} }, 'bin/kexeckit'],
    ['npx', { script: installed, env: { npm_command: 'exec', npm_lifecycle_event: 'npx' } }, 'npx kexeckit'],
    ['a file below a shell of npx', { script: bundle, env: { npm_command: 'exec' } }, 'node kexeckit.js'],
    ['a file', { script: bundle, env: {} }, 'node kexeckit.js'],
    ['a file elsewhere', { script: bundle, env: {}, cwd: '/' }, `node ${bundle.slice(1)}`],
    ['a file that is no program', { script: made('a name', 0o644), env: {} }, "node 'a name'"],
    ['a script by its name', { script: made('kk', 0o755), env: {} }, './kk'],
    ['a program', { script: program, execPath: program, env: {}, cwd: join(folder, 'bin') }, program],
    [
      'npm start',
      { script: bundle, env: { npm_lifecycle_event: 'start', npm_package_name: 'kexeckit-workspace' } },
      'npm start -s --',
    ],
    ['the start of another package', { script: bundle, env: { npm_lifecycle_event: 'start' } }, 'node kexeckit.js'],
    ['nothing that is known', { script: undefined, env: {} }, 'kexeckit'],
    ['a file that is gone', { script: join(folder, 'gone.js'), env: {} }, 'kexeckit'],
  ] as const)('%s', ([, started, called]) => {
    expect(calledAs({ execPath: node, cwd: folder, ...started })).toBe(called);
  });
});

test('commands are written so, and sentences are left alone', () => {
  const written = asCalled('node kexeckit.js');
  expect(written('unload it first: kexeckit exec, kexeckit unload')).toBe(
    'unload it first: node kexeckit.js exec, node kexeckit.js unload',
  );
  expect(written('kexeckit help COMMAND shows every option')).toBe('node kexeckit.js help COMMAND shows every option');
  expect(written('kexeckit dtb show a$&.dtb')).toBe('node kexeckit.js dtb show a$&.dtb');
  for (const sentence of ['as kexeckit does', 'kexeckit fills it in', '/var/lib/kexeckit run', 'kexeckit planned it'])
    expect(written(sentence)).toBe(sentence);
});
