import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cpio, type Entry } from '@kexeckit/cpio';
import { DistributionError } from './error.ts';

/** What says of which packages a folder was unpacked: no part of the root. */
const CONTENTS = 'CONTENTS';

/**
 * A root that has what the command needs, and nothing that starts by itself: an initramfs that others are put before.
 *
 * @param program the command as a program of its own.
 * @param files the folder of Debian's files that it needs.
 * @param copyright the licences of all that is in the program.
 * @throws DistributionError `ENOENT` where the folder is not there.
 */
export function rootOf(program: string, files: string, copyright: string): Uint8Array {
  const entries: Entry[] = [
    ...entriesBelow(files).filter(({ path }) => path !== CONTENTS),
    { kind: 'file', path: 'bin/kexeckit', content: readFileSync(program), mode: 0o755 },
    { kind: 'file', path: 'usr/share/doc/kexeckit/copyright', content: copyright },
  ];
  return gzipSync(cpio(entries), { level: 6 });
}

function entriesBelow(folder: string): Entry[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((found) => !found.isDirectory())
      .map((found) => join(found.parentPath, found.name))
      .toSorted()
      .map((from) => entryOf(from, relative(folder, from)));
  } catch (cause) {
    throw new DistributionError('ENOENT', `cannot read ${folder}`, 'node scripts/guest-files.mjs fetches it', {
      cause,
    });
  }
}

/** With permissions that do not depend on who unpacked it. */
function entryOf(from: string, path: string): Entry {
  const found = lstatSync(from);
  if (found.isSymbolicLink()) return { kind: 'link', path, target: readlinkSync(from) };
  return { kind: 'file', path, content: readFileSync(from), mode: (found.mode & 0o111) === 0 ? 0o644 : 0o755 };
}
