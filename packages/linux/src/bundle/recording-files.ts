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
    const isWhole = kept !== undefined && !kept.isExcerpt;
    const reading = isWhole ? known(kept.bytes) : await this.#inner.read(path);
    if (!reading.ok) return this.#failed('read', path, reading);
    if (!this.#take(path, reading.value, false)) return this.#failed('read', path, leftOut(path));
    return this.#answered(['read', 'find'], path, reading);
  }

  async find(path: string, pattern: RegExp, most: number): Promise<Reading<readonly string[]>> {
    const reading = await this.#inner.find(path, pattern, most);
    if (!reading.ok) return this.#failed('find', path, reading);
    const bytes = new Uint8Array(Buffer.from(reading.value.map((line) => `${line}\n`).join(''), 'latin1'));
    if (!this.#take(path, bytes, true)) return this.#failed('find', path, leftOut(path));
    return this.#answered(['find'], path, reading);
  }

  async list(path: string): Promise<Reading<readonly FolderEntry[]>> {
    const reading = await this.#inner.list(path);
    if (!reading.ok) return this.#failed('list', path, reading);
    if (this.folders.size >= ENTRIES_MAX) return this.#failed('list', path, leftOut(path));
    this.folders.set(path, reading.value);
    return this.#answered(['list'], path, reading);
  }

  async exists(path: string): Promise<Reading<boolean>> {
    const reading = await this.#inner.exists(path);
    if (!reading.ok) return this.#failed('exists', path, reading);
    this.there.set(path, reading.value);
    return this.#answered(['exists'], path, reading);
  }

  async opens(path: string): Promise<Reading<true>> {
    const reading = await this.#inner.opens(path);
    if (!reading.ok) return this.#failed('open', path, reading);
    this.opened.add(path);
    return this.#answered(['open'], path, reading);
  }

  /** Whether there is room for it. What is whole takes the place of an excerpt. */
  #take(path: string, bytes: Uint8Array, isExcerpt: boolean): boolean {
    const kept = this.files.get(path);
    if (kept !== undefined && (isExcerpt || !kept.isExcerpt)) return true;
    const size = this.#size - (kept?.bytes.length ?? 0) + bytes.length;
    if (size > CONTENTS_MAX || (kept === undefined && this.files.size >= ENTRIES_MAX)) return false;
    this.files.set(path, { bytes, isExcerpt });
    this.#size = size;
    return true;
  }

  /** What was asked again, and was answered at last, is known: a bundle has one answer for it. */
  #answered<T>(questions: readonly Question[], path: string, reading: Reading<T>): Reading<T> {
    for (const asked of questions) this.unread.delete(`${asked} ${path}`);
    return reading;
  }

  #failed(asked: Question, path: string, reading: Failure): Reading<never> {
    if (!this.#has(asked, path)) this.unread.set(`${asked} ${path}`, { asked, unread: reading.unread });
    return reading;
  }

  #has(asked: Question, path: string): boolean {
    if (asked === 'list') return this.folders.has(path);
    if (asked === 'exists') return this.there.has(path);
    if (asked === 'open') return this.opened.has(path);
    const kept = this.files.get(path);
    return kept !== undefined && (asked === 'find' || !kept.isExcerpt);
  }
}

const leftOut = (path: string): Failure => ({
  ok: false,
  unread: { path, code: 'EFBIG', reason: 'it is left out: the bundle would be too large' },
});
