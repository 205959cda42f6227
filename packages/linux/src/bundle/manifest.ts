import * as v from 'valibot';
import type { FolderEntry } from '../files/host-files.ts';

/** The file of a bundle that says what the others are. */
export const MANIFEST: string = 'manifest.json';
/** Bytes of a whole bundle. */
export const BUNDLE_MAX: number = 32 * 2 ** 20;
/** Files in it, and folders, and what could not be read. */
export const ENTRIES_MAX: number = 16_384;
/** Bytes of the name of a file in it, so that no tar needs an extended header. */
export const NAME_MAX: number = 100;

/** Where Linux says who reads it. */
export const STATUS: string = '/proc/self/status';

/** CapEff in {@link STATUS}. */
export const capabilitiesIn = (status: string): string | undefined => /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status)?.[1];

/** The effective one of Uid in {@link STATUS}. */
export function userIn(status: string): number | undefined {
  const user = /^Uid:\s*\d{1,10}\s+(\d{1,10})\s/m.exec(status)?.[1];
  return user === undefined ? undefined : Number(user);
}

/** What was asked of a file. */
export type Question = 'read' | 'find' | 'list' | 'exists' | 'open';

/** What stands in {@link MANIFEST}. */
export interface Manifest {
  readonly kind: 'kexeckit host bundle';
  readonly version: 1;
  /** What `uname` says; null where the files are a copied tree. */
  readonly uname: {
    readonly system: string;
    readonly release: string;
    readonly version: string;
    readonly machine: string;
  } | null;
  /** Who read the files. */
  readonly privileges: { readonly uid: number | null; readonly capabilities: string | null };
  /** Where the bytes of each file are; an excerpt is the lines that decide. */
  readonly files: readonly {
    readonly path: string;
    readonly name: string;
    readonly size: number;
    readonly isExcerpt: boolean;
  }[];
  readonly folders: readonly {
    readonly path: string;
    readonly entries: readonly (readonly [string, FolderEntry['kind']])[];
  }[];
  /** Things that were looked for, and whether they are there. */
  readonly there: readonly { readonly path: string; readonly isThere: boolean }[];
  /** Devices that could be opened. */
  readonly opened: readonly string[];
  /** What could not be answered, and why. */
  readonly unread: readonly {
    readonly asked: Question;
    readonly path: string;
    readonly code: string;
    readonly reason: string;
  }[];
}

const isName = (part: string): boolean => part !== '' && part !== '.' && part !== '..';

/** One way to write each path: no host is asked for another. */
const path = v.pipe(
  v.string(),
  v.startsWith('/'),
  v.maxLength(4096),
  v.check((written) => written.slice(1).split('/').every(isName), 'not a path as a host is asked for it'),
);
const name = v.pipe(
  v.string(),
  v.maxLength(4096),
  v.check((written) => isName(written) && !written.includes('/'), 'not a name in a folder'),
);
const text = v.pipe(v.string(), v.maxLength(4096));

/** @see Manifest */
export const manifestSchema: v.GenericSchema<unknown, Manifest> = v.strictObject({
  kind: v.literal('kexeckit host bundle'),
  version: v.literal(1),
  uname: v.nullable(v.strictObject({ system: text, release: text, version: text, machine: text })),
  privileges: v.strictObject({ uid: v.nullable(v.number()), capabilities: v.nullable(text) }),
  files: v.pipe(
    v.array(v.strictObject({ path, name: text, size: v.number(), isExcerpt: v.boolean() })),
    v.maxLength(ENTRIES_MAX),
  ),
  folders: v.pipe(
    v.array(
      v.strictObject({
        path,
        entries: v.pipe(
          v.array(v.strictTuple([name, v.picklist(['file', 'folder', 'other'])])),
          v.maxLength(ENTRIES_MAX),
        ),
      }),
    ),
    v.maxLength(ENTRIES_MAX),
  ),
  there: v.pipe(v.array(v.strictObject({ path, isThere: v.boolean() })), v.maxLength(ENTRIES_MAX)),
  opened: v.pipe(v.array(path), v.maxLength(ENTRIES_MAX)),
  unread: v.pipe(
    v.array(
      v.strictObject({
        asked: v.picklist(['read', 'find', 'list', 'exists', 'open']),
        path,
        code: text,
        reason: text,
      }),
    ),
    v.maxLength(ENTRIES_MAX),
  ),
});
