import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LinuxError } from '../error.ts';
import { errnoOf } from '../reading.ts';
import type { Kernel } from '../syscalls/kernel.ts';

/** Where what is loaded is noted, and who holds it: gone with the kernel, as what is loaded is. */
export const HOLDER_FOLDER = '/run/kexeckit';

/** That folder for the kernel below. Another kernel than that, which was given, has one only where that was given, too. */
export const runFolderFor = (kernel: Kernel | undefined, folder: string | undefined): string | undefined =>
  folder ?? (kernel === undefined ? HOLDER_FOLDER : undefined);

/** Makes the folder, and does something in it. @param path what is written there. @throws LinuxError `EACCES`, `EIO` */
export function inFolder<T>(folder: string, work: () => T, path: string = folder): T {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return work();
  } catch (cause) {
    const errno = errnoOf(cause);
    throw new LinuxError(
      errno === 'EACCES' || errno === 'EPERM' ? 'EACCES' : 'EIO',
      `${path}, where what is loaded is noted, cannot be written (${errno})`,
      'run as root on the host itself, with /run mounted',
      { path, cause },
    );
  }
}

/** Writes a note, as a whole or not at all. @throws LinuxError as inFolder */
export function writeNote(folder: string, name: string, note: object): void {
  inFolder(folder, () => {
    const file = join(folder, name);
    const half = `${file}.${process.pid}`;
    writeFileSync(half, `${JSON.stringify(note)}\n`, { mode: 0o600 });
    renameSync(half, file);
  });
}

/** What a note says; undefined where there is none, or this process may not see it. */
export function readNote(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Removes a note. One that cannot be removed is no failure of the undoing that it was for; nor can it be written then. */
export function removeNote(folder: string, name: string): void {
  try {
    rmSync(join(folder, name), { force: true });
  } catch {}
}
