import type { FolderEntry, HostFiles } from '../files/host-files.ts';
import { known, type Reading, type Unread } from '../reading.ts';
import { BUNDLE_MAX, ENTRIES_MAX, type Question } from './manifest.ts';

type Failure = { readonly ok: false; readonly unread: Unread };

/** What was read of a host, by the path of what was asked. */
export interface Recorded {
  readonly files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly isExcerpt: boolean }>;
  readonly folders: ReadonlyMap<string, readonly FolderEntry[]>;
  readonly there: ReadonlyMap<string, boolean>;
  readonly opened: ReadonlySet<string>;
  readonly unread: ReadonlyMap<string, { readonly asked: Question; readonly unread: Unread }>;
}

/** Bytes that are left for what is no file's content. */
const CONTENTS_MAX = BUNDLE_MAX / 2;

/** Passes on what it is asked, and keeps the answers. */
export class RecordingFiles implements HostFiles, Recorded {
  readonly files: Map<string, { bytes: Uint8Array; isExcerpt: boolean }> = new Map();
  readonly folders: Map<string, readonly FolderEntry[]> = new Map();
  readonly there: Map<string, boolean> = new Map();
  readonly opened: Set<string> = new Set();
  readonly unread: Map<string, { asked: Question; unread: Unread }> = new Map();
  readonly #inner: HostFiles;
  #size = 0;

  constructor(inner: HostFiles) {
    this.#inner = inner;
  }

  get machine(): string | undefined {
    return this.#inner.machine;
  }

  async read(path: string): Promise<Reading<Uint8Array>> {
    // What has two values in it is read once: a bundle has one content for it.
    const kept = this.files.get(path);
    const reading = kept === undefined ? await this.#inner.read(path) : known(kept.bytes);
    if (!reading.ok) return this.#failed('read', path, reading);
    return this.#take(path, reading.value, false) ? reading : this.#failed('read', path, leftOut(path));
  }

  async find(path: string, pattern: RegExp, most: number): Promise<Reading<readonly string[]>> {
    const reading = await this.#inner.find(path, pattern, most);
    if (!reading.ok) return this.#failed('find', path, reading);
    const bytes = new Uint8Array(Buffer.from(reading.value.map((line) => `${line}\n`).join(''), 'latin1'));
    return this.#take(path, bytes, true) ? reading : this.#failed('find', path, leftOut(path));
  }

  async list(path: string): Promise<Reading<readonly FolderEntry[]>> {
    const reading = await this.#inner.list(path);
    if (!reading.ok) return this.#failed('list', path, reading);
    if (this.folders.size >= ENTRIES_MAX) return this.#failed('list', path, leftOut(path));
    this.folders.set(path, reading.value);
    return reading;
  }

  async exists(path: string): Promise<Reading<boolean>> {
    const reading = await this.#inner.exists(path);
    if (!reading.ok) return this.#failed('exists', path, reading);
    this.there.set(path, reading.value);
    return reading;
  }

  async opens(path: string): Promise<Reading<true>> {
    const reading = await this.#inner.opens(path);
    if (!reading.ok) return this.#failed('open', path, reading);
    this.opened.add(path);
    return reading;
  }

  /** Whether there is room for it. */
  #take(path: string, bytes: Uint8Array, isExcerpt: boolean): boolean {
    if (this.files.has(path)) return true;
    if (this.#size + bytes.length > CONTENTS_MAX || this.files.size >= ENTRIES_MAX) return false;
    this.files.set(path, { bytes, isExcerpt });
    this.#size += bytes.length;
    return true;
  }

  #failed(asked: Question, path: string, reading: Failure): Reading<never> {
    this.unread.set(`${asked} ${path}`, { asked, unread: reading.unread });
    return reading;
  }
}

const leftOut = (path: string): Failure => ({
  ok: false,
  unread: { path, code: 'EFBIG', reason: 'it is left out: the bundle would be too large' },
});
