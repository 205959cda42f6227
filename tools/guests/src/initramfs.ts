import { gzipSync } from 'node:zlib';
import { cpio } from '@kexeckit/cpio';
import { type Entry, withContent } from './entry.ts';

/** Entries as an initramfs: packed by gzip, at a level of zlib's, or as it is at level 0. */
export function initramfs(entries: readonly Entry[], level = 1): Uint8Array {
  const archive = cpio(entries.map(withContent));
  return level === 0 ? archive : gzipSync(archive, { level });
}
