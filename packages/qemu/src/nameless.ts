import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QemuError } from './error.ts';

/** open(2): a file without a name, which is gone when nobody has it open any more. Linux has it on most file systems. */
const O_TMPFILE = 0o20200000;

/** What to do where such a file cannot be written. */
export const MAKE_ROOM = 'make room on the disk of TMPDIR';

/** Why something failed, in the words of whoever failed. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** An empty file without a name, in the folder for temporary files. @throws QemuError `EIO` where there can be none. */
export async function openNameless(): Promise<FileHandle> {
  try {
    return await open(tmpdir(), O_TMPFILE | constants.O_RDWR, 0o600);
  } catch {
    return await openNamed();
  }
}

/** Such a file with these pieces in it, one behind the other. @throws QemuError `EIO` where there is no room for it. */
export async function namelessWith(pieces: readonly Uint8Array[]): Promise<FileHandle> {
  const file = await openNameless();
  try {
    for (const piece of pieces) await file.writeFile(piece);
    return file;
  } catch (cause) {
    await file.close();
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    throw new QemuError('EIO', `cannot write a file of ${size} bytes: ${reasonOf(cause)}`, MAKE_ROOM, { cause });
  }
}

/** On a file system without O_TMPFILE: a name for as short a time as can be. */
async function openNamed(): Promise<FileHandle> {
  const path = join(tmpdir(), `kexeckit-ram-${randomUUID()}`);
  try {
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return file;
  } catch (cause) {
    const hint = 'set TMPDIR to a folder that can be written to';
    throw new QemuError('EIO', `no file for RAM can be made in ${tmpdir()}: ${reasonOf(cause)}`, hint, { cause });
  }
}
