import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { addressOf, type MemoryImage, PAGE_SIZE } from '@kexeckit/relocation';
import { QemuError } from './error.ts';
import { MAKE_ROOM, openNameless, reasonOf } from './nameless.ts';

/** Pages that are written at once, at most: 1 MiB. */
const BATCH = 256;

/**
 * The RAM of a machine, from address `base` on: a file that QEMU maps. It has no name, so that nothing is left behind,
 * however this process ends. Pages that nobody wrote take no room.
 */
export class Ram {
  readonly file: FileHandle;
  readonly base: bigint;
  readonly size: bigint;

  private constructor(file: FileHandle, base: bigint, size: bigint) {
    this.file = file;
    this.base = base;
    this.size = size;
  }

  /** Makes RAM of so many bytes, all zero. @throws QemuError `EIO` where the folder for temporary files cannot hold it. */
  static async make(base: bigint, size: bigint): Promise<Ram> {
    const file = await openNameless();
    try {
      await file.truncate(Number(size));
    } catch (cause) {
      await file.close();
      throw new QemuError('EIO', `no file of ${size} bytes can be made`, 'ask for less RAM, or make room in TMPDIR', {
        cause,
      });
    }
    return new Ram(file, base, size);
  }

  /** Writes bytes at a physical address. */
  async write(address: bigint, bytes: Uint8Array): Promise<void> {
    await this.#writeAll([bytes], Number(address - this.base));
  }

  /** Reads bytes from a physical address: what the guest has there while it stands still. */
  async read(address: bigint, size: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(size);
    await this.file.read(bytes, 0, size, Number(address - this.base)).catch((cause: unknown) => {
      throw new QemuError('EIO', `cannot read ${size} bytes of RAM: ${reasonOf(cause)}`, 'run it again', { cause });
    });
    return bytes;
  }

  /** The same at once, for many small pieces. */
  readNow(address: bigint, size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    readSync(this.file.fd, bytes, 0, size, Number(address - this.base));
    return bytes;
  }

  /** Writes all pages of a memory image. */
  async writeImage(image: MemoryImage): Promise<void> {
    let first = 0;
    let run: Uint8Array[] = [];
    const flush = (): Promise<void> => this.#writeAll(run, Number(addressOf(first) - this.base));
    for (const [pfn, bytes] of image.pages()) {
      if (run.length === BATCH || pfn !== first + run.length) {
        await flush();
        first = pfn;
        run = [];
      }
      run.push(bytes);
    }
    await flush();
  }

  /** Gives the memory back once QEMU has ended too. */
  async close(): Promise<void> {
    await this.file.close();
  }

  /** Writes neighbouring pieces in one go. */
  async #writeAll(pieces: readonly Uint8Array[], position: number): Promise<void> {
    if (pieces.length === 0) return;
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const { bytesWritten } = await this.file.writev(pieces, position).catch((cause: unknown) => {
      throw new QemuError('EIO', `cannot write ${bytes} bytes of RAM: ${reasonOf(cause)}`, MAKE_ROOM, { cause });
    });
    if (bytesWritten !== bytes) throw new QemuError('EIO', `wrote ${bytesWritten} of ${bytes} bytes of RAM`, MAKE_ROOM);
  }
}

/** A page of memory that begins with these words. */
export const pageOf = (words: Uint32Array): Uint8Array => {
  const page = new Uint8Array(PAGE_SIZE);
  page.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  return page;
};
