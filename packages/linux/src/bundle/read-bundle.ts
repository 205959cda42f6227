import { type TarHeader, unpackTar } from 'modern-tar';
import * as v from 'valibot';
import { LinuxError } from '../error.ts';
import { type Host, readHostFrom } from '../host.ts';
import { BundleFiles } from './bundle-files.ts';
import { damaged, HINT, plain, quoted } from './damaged.ts';
import { namesIn, namesOf } from './json-names.ts';
import { BUNDLE_MAX, ENTRIES_MAX, MANIFEST, type Manifest, manifestSchema } from './manifest.ts';
import { refuseContradictions } from './refuse-contradictions.ts';
import { refuseExtended } from './refuse-extended.ts';

/** Bytes of a manifest: thousands of files, and nothing else. */
const MANIFEST_MAX = 8 * 2 ** 20;

/** A host that a bundle was made of. */
export interface BundledHost {
  readonly host: Host;
  /** `uname -r` and `-m` where it was made; undefined for a bundle of a copied tree. */
  readonly uname: { readonly release: string; readonly machine: string } | undefined;
}

/**
 * Reads a host from a bundle as `readHost` reads one that runs. Nothing is written anywhere, on no machine: files with paths that
 * lead elsewhere, links, devices, extended headers and whatever no bundle has are refused.
 *
 * @throws LinuxError EFBIG for a bundle that is too large, EINVAL for one that is damaged, or is none.
 */
export async function readBundle(bytes: Uint8Array, signal?: AbortSignal): Promise<BundledHost> {
  if (bytes.length > BUNDLE_MAX)
    throw new LinuxError('EFBIG', `the bundle has ${bytes.length} bytes, more than ${BUNDLE_MAX}`, HINT);
  refuseExtended(bytes);
  const entries = await unpacked(bytes);
  const manifest = manifestIn(entries.get(MANIFEST));
  entries.delete(MANIFEST);
  const contents = contentsOf(manifest, entries);
  refuseContradictions(manifest, contents);
  const host = await readHostFrom(new BundleFiles(manifest, contents), signal);
  const { uname } = manifest;
  return { host, uname: uname === null ? undefined : { release: uname.release, machine: uname.machine } };
}

async function unpacked(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  let count = 0;
  const filter = (header: TarHeader): boolean => {
    count += 1;
    if (count > ENTRIES_MAX) throw damaged(`it has more than ${ENTRIES_MAX} files`);
    refuseStrange(header);
    return true;
  };
  try {
    for (const { header, data } of await unpackTar(bytes, { strict: true, filter })) {
      if (files.has(header.name)) throw damaged(`it has ${quoted(header.name)} twice`);
      files.set(header.name, data ?? new Uint8Array());
    }
  } catch (cause) {
    if (cause instanceof LinuxError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LinuxError('EINVAL', `the bundle is not a whole tar: ${plain(reason)}`, HINT, { cause });
  }
  return files;
}

/** Nothing of a bundle is ever written out; these are refused because nobody makes them by accident. */
function refuseStrange({ name, type }: TarHeader): void {
  if (type !== 'file') throw damaged(`${quoted(name)} is a ${type}, not a file`);
  const isInside = name !== '' && name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isInside) throw damaged(`the path ${quoted(name)} leads out of it`);
}

function manifestIn(bytes: Uint8Array | undefined): Manifest {
  if (bytes === undefined) throw damaged(`it has no ${MANIFEST}`);
  if (bytes.length > MANIFEST_MAX) throw damaged(`its ${MANIFEST} has ${bytes.length} bytes`);
  const text = textOf(bytes);
  const result = v.safeParse(manifestSchema, jsonIn(text), { abortEarly: true });
  if (result.success) {
    if (namesIn(text) !== namesOf(result.output)) throw damaged(`its ${MANIFEST} has a name twice in one object`);
    return result.output;
  }
  const [issue] = result.issues;
  throw damaged(`its ${MANIFEST} is wrong at ${plain(v.getDotPath(issue) ?? 'its top')}: ${plain(issue.message)}`);
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw damaged(`its ${MANIFEST} is not JSON`, { cause });
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(`its ${MANIFEST} is not JSON`, { cause });
  }
}

/** The bytes of each file by its path on the host. Every file is in the manifest once, and the other way round. */
function contentsOf(manifest: Manifest, entries: Map<string, Uint8Array>): Map<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  const left = new Map(entries);
  for (const { path, name, size } of manifest.files) {
    const bytes = left.get(name);
    if (bytes === undefined)
      throw damaged(
        entries.has(name)
          ? `its manifest names ${quoted(name)} twice`
          : `it lacks ${quoted(name)}, which its manifest names`,
      );
    if (bytes.length !== size) throw damaged(`${quoted(name)} has ${bytes.length} bytes, not ${size}`);
    left.delete(name);
    contents.set(path, bytes);
  }
  if (left.size > 0) throw damaged('it has files that its manifest does not name');
  return contents;
}
