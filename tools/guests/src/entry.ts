import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** One thing in a guest's root. `path` is from the root, without a slash before it; `mode` is permissions only. */
export type Entry =
  | { readonly kind: 'file'; readonly path: string; readonly content: Uint8Array | string; readonly mode?: number }
  /** A file of this host's; its permissions unless others are given. */
  | { readonly kind: 'copy'; readonly path: string; readonly from: string; readonly mode?: number }
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'device';
      readonly path: string;
      readonly type: 'character' | 'block';
      readonly major: number;
      readonly minor: number;
      readonly mode?: number;
    };

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

/** The bytes and the permissions of a file. */
export function fileOf(entry: Extract<Entry, { kind: 'file' | 'copy' }>): { bytes: Uint8Array; mode: number } {
  if (entry.kind === 'copy')
    return { bytes: readFileSync(entry.from), mode: entry.mode ?? lstatSync(entry.from).mode & 0o7777 };
  const { content, mode = 0o644 } = entry;
  return { bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content, mode };
}
