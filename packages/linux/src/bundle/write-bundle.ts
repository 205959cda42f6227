import { release, type, version } from 'node:os';
import { packTar } from 'modern-tar';
import { DiskFiles } from '../files/disk.ts';
import { checkRoot } from '../files/root.ts';
import { type Host, type ReadHostOptions, readHostFrom } from '../host.ts';
import { latin1, type Unread } from '../reading.ts';
import { capabilitiesIn, MANIFEST, type Manifest, NAME_MAX, STATUS } from './manifest.ts';
import { type Recorded, RecordingFiles } from './recording-files.ts';

/** A host, and all that was read of it. */
export interface CollectedHost {
  readonly host: Host;
  /** A tar. */
  readonly bundle: Uint8Array;
  /** Files in it. */
  readonly files: number;
  /** What could not be read, and why. */
  readonly unread: readonly Unread[];
}

/**
 * Reads a host as `readHost` does, and packs every file that was read, so that it can be judged elsewhere. Reads nothing else,
 * follows no link out of `root`, and takes at most 32 MiB.
 *
 * @throws LinuxError as readHost; the signal's reason if it stops the reading.
 */
export async function collectHost({ root = '/', signal }: ReadHostOptions = {}): Promise<CollectedHost> {
  await checkRoot(root);
  const files = new RecordingFiles(new DiskFiles(root));
  const host = await readHostFrom(files, signal);
  const bundle = await pack(files, manifestOf(files, root === '/' ? files.machine : undefined));
  const unread = [...files.unread.values()].map((each) => each.unread);
  return { host, bundle, files: files.files.size, unread };
}

/** @param machine that of this host; undefined for a copied tree. */
function manifestOf(recorded: Recorded, machine: string | undefined): Manifest {
  const isHere = machine !== undefined;
  return {
    kind: 'kexeckit host bundle',
    version: 1,
    uname: isHere ? { system: type(), release: release(), version: version(), machine } : null,
    privileges: {
      uid: isHere ? (process.geteuid?.() ?? null) : null,
      capabilities: capabilitiesOf(recorded),
    },
    files: [...recorded.files].map(([path, { bytes, isExcerpt }], at) => ({
      path,
      name: nameFor(path, at),
      size: bytes.length,
      isExcerpt,
    })),
    folders: [...recorded.folders].map(([path, entries]) => ({
      path,
      entries: entries.map(({ name, kind }): [string, typeof kind] => [name, kind]),
    })),
    there: [...recorded.there].map(([path, isThere]) => ({ path, isThere })),
    opened: [...recorded.opened],
    unread: [...recorded.unread.values()].map(({ asked, unread: { path, code, reason } }) => ({
      asked,
      path,
      code,
      reason,
    })),
  };
}

/** Of the process that reads. */
function capabilitiesOf({ files }: Recorded): string | null {
  const status = files.get(STATUS);
  return (status && capabilitiesIn(latin1(status.bytes))) ?? null;
}

/** As on the host, so that people find it; what no plain header of a tar holds gets a number. */
function nameFor(path: string, at: number): string {
  const name = path.slice(1);
  const isPlain = /^[\x21-\x7e]+$/.test(name) && !/(^|\/)\.{0,2}(\/|$)/.test(name);
  return isPlain && name.length <= NAME_MAX ? name : `more/${at}`;
}

/** Without times, owners and the order of a disk: the same host gives the same bytes. */
async function pack(recorded: Recorded, manifest: Manifest): Promise<Uint8Array> {
  const names = new Map(manifest.files.map(({ path, name }) => [path, name]));
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 1)}\n`);
  const contents: (readonly [string, Uint8Array])[] = [[MANIFEST, text]];
  for (const [path, { bytes }] of recorded.files) contents.push([names.get(path) ?? path, bytes]);
  return await packTar(
    contents.map(([name, bytes]) => ({
      header: { name, size: bytes.length, type: 'file', mode: 0o600, mtime: new Date(0) },
      body: bytes,
    })),
  );
}
