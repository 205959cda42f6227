import { type FileHandle, open } from 'node:fs/promises';
import { addressOf, type MemoryImage, PAGE_SIZE } from '@kexeckit/relocation';

/** Pages that are written at once, at most: 1 MiB. */
const BATCH = 256;

/**
 * Writes a memory image as the file that QEMU maps as its RAM: byte 0 is physical address `base`. Pages that the image
 * does not hold stay holes, so that the file takes little more room than the image.
 *
 * @param extra further pages, by page frame number.
 */
export async function writeRamFile(
  path: string,
  base: bigint,
  size: bigint,
  image: MemoryImage,
  extra: readonly [number, Uint8Array][] = [],
): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.truncate(Number(size));
    let first = 0;
    let run: Uint8Array[] = [];
    for (const [pfn, bytes] of both(extra, image.pages())) {
      if (run.length === BATCH || pfn !== first + run.length) {
        await writeRun(file, run, Number(addressOf(first) - base));
        first = pfn;
        run = [];
      }
      run.push(bytes);
    }
    await writeRun(file, run, Number(addressOf(first) - base));
  } finally {
    await file.close();
  }
}

/** Writes neighbouring pages in one go. */
async function writeRun(file: FileHandle, run: readonly Uint8Array[], position: number): Promise<void> {
  if (run.length === 0) return;
  const { bytesWritten } = await file.writev(run, position);
  if (bytesWritten !== run.length * PAGE_SIZE)
    throw new Error(`wrote ${bytesWritten} of ${run.length * PAGE_SIZE} bytes; is the disk full?`);
}

function* both<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}
