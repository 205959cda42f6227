import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { generateWorkload } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { main, testFolder } from './kexeckit.ts';

const folder = testFolder();
const image = join(folder, 'Image');
writeFileSync(image, generateWorkload(300_000, 0, 1).kernel);

/** Files may have eight blocks, of 512 or 1024 bytes: a write beyond them is cut short, as on a disk that is nearly full. */
const intoSmallFile = (...args: string[]) =>
  spawnSync('/bin/sh', ['-c', `ulimit -f 8; exec "$0" "$@" >${folder}/small`, process.execPath, main, ...args], {
    encoding: 'utf8',
  });

describe('where only a part of the result can be written', () => {
  test.for([
    ['little', ['--version'], 0],
    ['JSON', ['disasm', image, '--length', '4096', '--json'], 2],
    ['a listing', ['disasm', image, '--length', '40960'], 2],
    ['bytes', ['image', image, '--unpack', '-'], 2],
    ['a script', ['completion', 'bash'], 2],
  ] as const)('%s: the exit code says so, in one line (%j)', ([, args, status]) => {
    expect(intoSmallFile(...args)).toMatchObject({
      status,
      stderr: status === 0 ? '' : expect.stringMatching(/^kexeckit: cannot write: EFBIG: file too large\n$/),
    });
  });

  test('what fits is whole', () => {
    const out = join(folder, 'whole');
    execFileSync('/bin/sh', ['-c', `exec "$0" "$@" >${out}`, process.execPath, main, 'image', image, '--unpack', '-']);
    expect(readFileSync(out).equals(readFileSync(image))).toBe(true);
  });
});

describe('where the current folder has been removed', () => {
  const fromNowhere = (...args: string[]) => {
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    return spawnSync('/bin/sh', ['-c', 'rmdir ../gone; exec "$0" "$@"', process.execPath, main, ...args], {
      cwd: gone,
      encoding: 'utf8',
    });
  };

  test('what needs none works, and hints name the command', () => {
    expect(fromNowhere('--help')).toMatchObject({ status: 0, stderr: '' });
    expect(fromNowhere('image', image)).toMatchObject({ status: 0, stderr: '' });
    expect(fromNowhere('plna').stderr).toMatch(/^kexeckit: unknown command 'plna'; did you mean plan\? \S+ help/);
  });

  test('what needs one says so', () => {
    expect(fromNowhere('timeline', '--last', '--mark', 'mark')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('ENOENT: the current folder has been removed; go to another one'),
    });
  });
});

test('where files of ours are missing, it ends, and says what it cannot find', () => {
  const copy = join(folder, 'broken');
  const source = dirname(dirname(main));
  cpSync(dirname(main), join(copy, 'dist'), { recursive: true, filter: (from) => basename(from) !== 'bundle' });
  cpSync(join(source, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(source, 'node_modules'), join(copy, 'node_modules'));
  for (const file of ['run.js', 'render/error.js']) rmSync(join(copy, 'dist', file));
  const ended = spawnSync(process.execPath, [join(copy, 'dist/main.js'), 'plan'], {
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  expect(ended).toMatchObject({ status: 2, stderr: expect.stringMatching(/^kexeckit: Cannot find module .*\n$/) });
});
