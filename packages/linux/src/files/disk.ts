import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { machine } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { errnoOf, failed, known, latin1, type Reading, unknown } from '../reading.ts';
import type { FolderEntry, HostFiles } from './host-files.ts';
import { KMSG, recordsOf } from './kernel-log.ts';

/** More than any file here can hold: a device tree has at most 2 MiB, the largest memory maps some 100 KiB. */
const FILE_MAX = 16 * 2 ** 20;
/** The largest text to look for lines in: the names of all functions of a kernel with many modules. */
const TEXT_MAX = 64 * 2 ** 20;
const CHUNK = 2 ** 16;
/** Milliseconds after which everything else that waits has its turn. */
const PATIENCE = 50;

/**
 * The files below a folder of this machine; links are followed as long as they stay in it. What decides stands in hundreds of
 * small files that never wait: asking another thread for each step of each would take several times as long as reading them.
 */
export class DiskFiles implements HostFiles {
  readonly machine: string | undefined;
  readonly #root: string;
  readonly #chunk = new Uint8Array(CHUNK);
  #lastBreath = performance.now();

  constructor(root: string) {
    this.#root = root;
    this.machine = root === '/' ? machine() : undefined;
  }

  async read(path: string, most: number = FILE_MAX): Promise<Reading<Uint8Array>> {
    return await this.#open(path, async (file) => {
      // Files of /proc and /sys do not know their size: one that is too large already need not be read, and the others to the end.
      const tooLarge = unknown(path, 'EFBIG', `it is larger than ${most} bytes`);
      if (fstatSync(file).size > most) return tooLarge;
      const chunks: Uint8Array[] = [];
      let size = 0;
      for (let chunk = this.#next(file); chunk.length > 0; chunk = this.#next(file)) {
        chunks.push(chunk.slice());
        size += chunk.length;
        if (size > most) return tooLarge;
        await this.#breathe();
      }
      return known(joined(chunks, size));
    });
  }

  async find(path: string, pattern: RegExp, most: number): Promise<Reading<readonly string[]>> {
    if (path === KMSG && this.#isDevice(path)) return this.#findRecords(path, pattern, most);
    // Most pieces of a long text have no such line: they are looked through as a whole.
    const inLines = new RegExp(pattern.source, `${pattern.flags.replace('m', '')}m`);
    return await this.#open(path, async (file) => {
      const found: string[] = [];
      let size = 0;
      let rest = '';
      for (let chunk = this.#next(file); chunk.length > 0; chunk = this.#next(file)) {
        size += chunk.length;
        if (size > TEXT_MAX) return unknown(path, 'EFBIG', `it is larger than ${TEXT_MAX} bytes`);
        const text = rest + latin1(chunk);
        const end = text.lastIndexOf('\n');
        rest = text.slice(end + 1);
        if (rest.length > CHUNK) return unknown(path, 'EINVAL', 'it is not a text of lines');
        const lines = text.slice(0, Math.max(end, 0));
        if (end >= 0 && inLines.test(lines)) found.push(...lines.split('\n').filter((line) => pattern.test(line)));
        if (found.length >= most) return known(found.slice(0, most));
        await this.#breathe();
      }
      if (pattern.test(rest)) found.push(rest);
      return known(found);
    });
  }

  async list(path: string): Promise<Reading<readonly FolderEntry[]>> {
    try {
      const real = this.#inside(path);
      if (typeof real !== 'string') return real;
      await this.#breathe();
      const entries = readdirSync(real, { withFileTypes: true });
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
      const real = this.#inside(path);
      if (typeof real !== 'string') return real;
      statSync(real);
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
      const real = this.#inside(path);
      if (typeof real !== 'string') return real;
      closeSync(openSync(real, constants.O_RDWR | constants.O_NONBLOCK));
      return known(true, { path, text: 'it can be opened' });
    } catch (error) {
      return failed(path, error);
    }
  }

  #isDevice(path: string): boolean {
    try {
      return statSync(join(this.#root, path)).isCharacterDevice();
    } catch {
      // Said by whoever opens it.
      return false;
    }
  }

  /** The first lines of the kernel's own log that match: it is no regular file, but one that never waits. */
  #findRecords(path: string, pattern: RegExp, most: number): Reading<readonly string[]> {
    let file: number | undefined;
    try {
      const real = this.#inside(path);
      if (typeof real !== 'string') return real;
      file = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
      const found: string[] = [];
      for (const record of recordsOf(file)) {
        // What is behind the first line is about the record.
        const line = record.split('\n', 1)[0] ?? '';
        if (pattern.test(line)) found.push(line);
        if (found.length >= most) break;
      }
      return known(found);
    } catch (error) {
      return failed(path, error);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  async #open<T>(path: string, use: (file: number) => Promise<Reading<T>>): Promise<Reading<T>> {
    let file: number | undefined;
    try {
      await this.#breathe();
      const real = this.#inside(path);
      if (typeof real !== 'string') return real;
      // Never waits: pipes and devices are refused, and not even opened, which a watchdog would start at.
      const notRegular = unknown(path, 'EINVAL', 'it is not a regular file');
      if (!statSync(real).isFile()) return notRegular;
      file = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
      return fstatSync(file).isFile() ? await use(file) : notRegular;
    } catch (error) {
      return failed(path, error);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** The next piece of a file, until the next one is asked for; empty behind its end. */
  #next(file: number): Uint8Array {
    return this.#chunk.subarray(0, readSync(file, this.#chunk, 0, CHUNK, null));
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastBreath < PATIENCE) return;
    await breathe();
    this.#lastBreath = performance.now();
  }

  /** Where a path really leads. */
  #inside(path: string): string | Reading<never> {
    const real = realpathSync.native(join(this.#root, path));
    // Nothing lies outside of the root of all.
    if (this.#root === '/') return real;
    const root = realpathSync.native(this.#root);
    const inner = relative(root, real);
    const isOutside = inner === '..' || inner.startsWith('../') || isAbsolute(inner);
    return isOutside ? unknown(path, 'EXDEV', 'it is a link that leads out of the folder') : real;
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
