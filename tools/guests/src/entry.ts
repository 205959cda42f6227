import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry as Archived } from '@kexeckit/cpio';

/** One thing in a guest's root. */
export type Entry =
  | Archived
  /** A file of this host's; its permissions unless others are given. */
  | { readonly kind: 'copy'; readonly path: string; readonly from: string; readonly mode?: number };

/** What stands below a folder of this host, links as links. */
export function entriesBelow(folder: string, path = ''): Entry[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((found): Entry[] => {
      const from = join(folder, found.name);
      const inner = path === '' ? found.name : `${path}/${found.name}`;
      if (found.isDirectory()) return entriesBelow(from, inner);
      if (found.isSymbolicLink()) return [{ kind: 'link', path: inner, target: readlinkSync(from) }];
      return [{ kind: 'copy', path: inner, from }];
    });
}

/** The same with the bytes of a copy read, and its permissions. */
export function withContent(entry: Entry): Archived {
  if (entry.kind !== 'copy') return entry;
  const { path, from, mode = lstatSync(from).mode & 0o7777 } = entry;
  return { kind: 'file', path, content: readFileSync(from), mode };
}
