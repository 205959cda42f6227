import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { machine } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { errnoOf, failed, known, latin1, type Reading, unknown } from '../reading.ts';
import type { FolderEntry, HostFiles } from './host-files.ts';
import { KMSG, recordsOf } from './kernel-log.ts';

/** More than any file here can hold: a device tree has at most 2 MiB, the largest memory maps some 100 KiB. */
const FILE_MAX = 16 * 2 ** 20;
/** The largest text to look for lines in: the names of all functions of a kernel with many modules. */
const TEXT_MAX = 64 * 2 ** 20;
const CHUNK = 2 ** 16;

/** The files below a folder of this machine; links are followed as long as they stay in it. */
export class DiskFiles implements HostFiles {
  readonly machine: string | undefined;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.machine = root === '/' ? machine() : undefined;
  }

  async read(path: string, most: number = FILE_MAX): Promise<Reading<Uint8Array>> {
    return await this.#open(path, async (file) => {
      // Files of /proc and /sys do not know their size: one that is too large already need not be read, and the others to the end.
      const tooLarge = unknown(path, 'EFBIG', `it is larger than ${most} bytes`);
      if ((await file.stat()).size > most) return tooLarge;
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of chunksOf(file)) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > most) return tooLarge;
      }
      return known(joined(chunks, size));
    });
  }

  async find(path: string, pattern: RegExp, most: number): Promise<Reading<readonly string[]>> {
    if (path === KMSG && (await this.#isDevice(path))) return await this.#findRecords(path, pattern, most);
    return await this.#open(path, async (file) => {
      const found: string[] = [];
      let size = 0;
      let rest = '';
      for await (const chunk of chunksOf(file)) {
        size += chunk.length;
        if (size > TEXT_MAX) return unknown(path, 'EFBIG', `it is larger than ${TEXT_MAX} bytes`);
        const lines = (rest + latin1(chunk)).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > CHUNK) return unknown(path, 'EINVAL', 'it is not a text of lines');
        found.push(...lines.filter((line) => pattern.test(line)));
        if (found.length >= most) return known(found.slice(0, most));
      }
      if (pattern.test(rest)) found.push(rest);
      return known(found);
    });
  }

  async list(path: string): Promise<Reading<readonly FolderEntry[]>> {
    try {
      const real = await this.#inside(path);
      if (typeof real !== 'string') return real;
      const entries = await readdir(real, { withFileTypes: true });
      return known(
        entries.map((entry) => ({
          name: entry.name,
          kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other',
        })),
      );
    } catch (error) {
      return failed(path, error);
    }
  }

  async exists(path: string): Promise<Reading<boolean>> {
    try {
      const real = await this.#inside(path);
      if (typeof real !== 'string') return real;
      await stat(real);
      return known(true, { path, text: 'it is there' });
    } catch (error) {
      const code = errnoOf(error);
      return code === 'ENOENT' || code === 'ENOTDIR'
        ? known(false, { path, text: 'it does not exist' })
        : failed(path, error);
    }
  }

  async opens(path: string): Promise<Reading<true>> {
    try {
      const real = await this.#inside(path);
      if (typeof real !== 'string') return real;
      await (await open(real, constants.O_RDWR | constants.O_NONBLOCK)).close();
      return known(true, { path, text: 'it can be opened' });
    } catch (error) {
      return failed(path, error);
    }
  }

  async #isDevice(path: string): Promise<boolean> {
    try {
      return (await stat(join(this.#root, path))).isCharacterDevice();
    } catch {
      // Said by whoever opens it.
      return false;
    }
  }

  /** The first lines of the kernel's own log that match: it is no regular file, but one that never waits. */
  async #findRecords(path: string, pattern: RegExp, most: number): Promise<Reading<readonly string[]>> {
    let file: FileHandle | undefined;
    try {
      const real = await this.#inside(path);
      if (typeof real !== 'string') return real;
      file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
      const found: string[] = [];
      for await (const record of recordsOf(file)) {
        // What is behind the first line is about the record.
        const line = record.split('\n', 1)[0] ?? '';
        if (pattern.test(line)) found.push(line);
        if (found.length >= most) break;
      }
      return known(found);
    } catch (error) {
      return failed(path, error);
    } finally {
      await file?.close();
    }
  }

  async #open<T>(path: string, use: (file: FileHandle) => Promise<Reading<T>>): Promise<Reading<T>> {
    let file: FileHandle | undefined;
    try {
      const real = await this.#inside(path);
      if (typeof real !== 'string') return real;
      // Never waits: pipes and devices are refused, and not even opened, which a watchdog would start at.
      const notRegular = unknown(path, 'EINVAL', 'it is not a regular file');
      if (!(await stat(real)).isFile()) return notRegular;
      file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
      return (await file.stat()).isFile() ? await use(file) : notRegular;
    } catch (error) {
      return failed(path, error);
    } finally {
      await file?.close();
    }
  }

  /** Where a path really leads. */
  async #inside(path: string): Promise<string | Reading<never>> {
    const real = await realpath(join(this.#root, path));
    // Nothing lies outside of the root of all.
    if (this.#root === '/') return real;
    const root = await realpath(this.#root);
    const inner = relative(root, real);
    const isOutside = inner === '..' || inner.startsWith('../') || isAbsolute(inner);
    return isOutside ? unknown(path, 'EXDEV', 'it is a link that leads out of the folder') : real;
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
