import type { FolderEntry, HostFiles } from '../files/host-files.ts';
import { known, latin1, type Reading, unknown } from '../reading.ts';
import type { Manifest, Question } from './manifest.ts';

/** The files of a host as they were when a bundle was made of them. */
export class BundleFiles implements HostFiles {
  readonly machine: string | undefined;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  /** Files of which only the lines are there that decide. */
  readonly #excerpts: ReadonlySet<string>;
  readonly #folders: ReadonlyMap<string, readonly FolderEntry[]>;
  readonly #there: ReadonlyMap<string, boolean>;
  readonly #opened: ReadonlySet<string>;
  readonly #unread: ReadonlyMap<string, Reading<never>>;

  /** @param contents the bytes of each file, by its path on the host. */
  constructor(manifest: Manifest, contents: ReadonlyMap<string, Uint8Array>) {
    this.machine = manifest.uname?.machine;
    this.#files = contents;
    this.#excerpts = new Set(manifest.files.filter(({ isExcerpt }) => isExcerpt).map(({ path }) => path));
    this.#folders = new Map(
      manifest.folders.map(({ path, entries }) => [path, entries.map(([name, kind]) => ({ name, kind }))]),
    );
    this.#there = new Map(manifest.there.map(({ path, isThere }) => [path, isThere]));
    this.#opened = new Set(manifest.opened);
    this.#unread = new Map(
      manifest.unread.map(({ asked, path, code, reason }) => [`${asked} ${path}`, unknown(path, code, reason)]),
    );
  }

  async read(path: string): Promise<Reading<Uint8Array>> {
    const bytes = this.#excerpts.has(path) ? undefined : this.#files.get(path);
    return bytes === undefined ? this.#missing('read', path) : known(bytes);
  }

  async find(path: string, pattern: RegExp, most: number): Promise<Reading<readonly string[]>> {
    const bytes = this.#files.get(path);
    if (bytes === undefined) return this.#missing('find', path);
    const lines = latin1(bytes).split('\n');
    return known(lines.filter((line) => pattern.test(line)).slice(0, most));
  }

  async list(path: string): Promise<Reading<readonly FolderEntry[]>> {
    const entries = this.#folders.get(path);
    return entries === undefined ? this.#missing('list', path) : known(entries);
  }

  async exists(path: string): Promise<Reading<boolean>> {
    const isThere = this.#there.get(path);
    if (isThere === undefined) return this.#missing('exists', path);
    return known(isThere, { path, text: isThere ? 'it is there' : 'it does not exist' });
  }

  async opens(path: string): Promise<Reading<true>> {
    return this.#opened.has(path) ? known(true, { path, text: 'it can be opened' }) : this.#missing('open', path);
  }

  /** What nobody asked then is not known now, and is not taken for something that does not exist. */
  #missing(asked: Question, path: string): Reading<never> {
    return this.#unread.get(`${asked} ${path}`) ?? unknown(path, 'ENODATA', 'the bundle does not have it');
  }
}
