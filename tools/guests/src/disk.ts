import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Entry } from './entry.ts';
import { GuestError } from './error.ts';

/** Programs that make disks, and look into them, in one package. */
const PACKAGE = 'e2fsprogs';
/** What e2fsck says of a file system that it has mended. */
const MENDED = 1;

/** Why no disk can be made here; undefined where one can. */
export function whyNoDisk(): string | undefined {
  const missing = ['mke2fs', 'e2fsck', 'debugfs'].find((name) => spawnSync(name, ['-V'], { env: PATHS }).error);
  return missing === undefined ? undefined : `${missing} is not installed: apt-get install ${PACKAGE}`;
}

/** Programs of the administrator's are not in everybody's PATH. */
const PATHS = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

/**
 * Makes a disk with an ext4 that has these entries: a file of this host's, whose holes take no room.
 *
 * @throws GuestError `EIO` where it cannot be made
 */
export function makeDisk(file: string, entries: readonly Entry[], mebibytes: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-disk-'));
  try {
    for (const entry of entries) put(folder, entry);
    run('mke2fs', ['-q', '-F', '-t', 'ext4', '-m', '0', '-d', folder, file, `${mebibytes}M`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function put(folder: string, entry: Entry): void {
  const path = join(folder, entry.path);
  mkdirSync(dirname(path), { recursive: true });
  switch (entry.kind) {
    case 'file':
      writeFileSync(path, entry.content);
      chmodSync(path, entry.mode ?? 0o644);
      break;
    case 'copy':
      copyFileSync(entry.from, path);
      chmodSync(path, entry.mode ?? lstatSync(entry.from).mode & 0o7777);
      break;
    case 'folder':
      mkdirSync(path, { recursive: true });
      chmodSync(path, entry.mode ?? 0o755);
      break;
    case 'link':
      symlinkSync(entry.target, path);
      break;
    case 'device':
      throw new GuestError('EINVAL', `${entry.path} is a device`, 'let the kernel make it: mount a devtmpfs');
  }
}

/** Brings the file system of a machine that was switched off in order: what its journal has is done. */
export function mendDisk(file: string): void {
  run('e2fsck', ['-f', '-y', file], [0, MENDED]);
}

/** The names in a folder of a disk that no guest uses; none where there is no such folder. */
export function namesOnDisk(file: string, folder: string): string[] {
  // Inode, mode, owner, group, name, size, each between slashes.
  const lines = run('debugfs', ['-R', `ls -p ${folder}`, file]).split('\n');
  return lines.flatMap((line) => line.split('/')[5] ?? []).filter((name) => !['', '.', '..'].includes(name));
}

/** The text of a file on a disk that no guest uses. */
export const readFromDisk = (file: string, path: string): string => run('debugfs', ['-R', `cat ${path}`, file]);

function run(program: string, args: readonly string[], fine: readonly number[] = [0]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env: PATHS });
  if (error === undefined && status !== null && fine.includes(status)) return stdout;
  const why = error?.message ?? `${stdout}${stderr}`.trim().split('\n').at(-1);
  throw new GuestError(
    'EIO',
    `${program} ended with ${status}: ${why}`,
    `install ${PACKAGE}, and see what is left of ${tmpdir()}`,
  );
}
