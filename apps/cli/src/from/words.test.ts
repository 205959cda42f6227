import { expect, test } from 'vitest';
import { wordsOf } from './words.ts';

const BASE = ['reboot', '--machine', 'linux', '--json', '--kernel', '/kexeckit-from/kernel'];
const files = { kernel: 'Image' };

test('what is not asked for is not handed on', () => {
  expect(wordsOf({ ...files, checks: true, cma: true, cpus: 4, from: 'old', timeout: 5 }, undefined)).toEqual([
    ...BASE,
    '--rehearse=no',
    '--no-capture-kernel',
  ]);
});

test('what is asked for is handed on, by the names that it has there', () => {
  const values = {
    ...files,
    initrd: 'my initrd.gz',
    dtb: 'board.dtb',
    strategy: 'crash-region',
    reserve: '1G-4G:160M',
    checks: false,
    breadcrumbs: true,
    seed: -5,
    rehearse: 'once',
    force: true,
  } as const;
  expect(wordsOf(values, 'console=ttyAMA0 a="b c"')).toEqual([
    ...BASE,
    ...['--initrd', '/kexeckit-from/initrd', '--dtb', '/kexeckit-from/dtb'],
    ...['--append=console=ttyAMA0 a="b c"', '--strategy=crash-region', '--reserve=1G-4G:160M', '--no-checks'],
    ...['--breadcrumbs', '--seed=-5', '--force', '--rehearse=once', '--no-capture-kernel'],
  ]);
});

test('a kernel that loads files by itself is asked for nothing of plans', () => {
  expect(wordsOf({ ...files, strategy: 'kernel', kexecFile: true, cma: false, kexecDebug: true }, '')).toEqual([
    ...BASE,
    ...['--append=', '--strategy=kernel', '--kexec-file', '--no-cma', '--kexec-debug'],
  ]);
});
