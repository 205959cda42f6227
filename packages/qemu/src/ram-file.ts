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
    const pages = [...image.pages(), ...extra].sort(([a], [b]) => a - b);
    for (let from = 0; from < pages.length; from = await writeRun(file, base, pages, from));
  } finally {
    await file.close();
  }
}

/** Writes neighbouring pages from `from` on in one go; returns where to go on. */
async function writeRun(
  file: FileHandle,
  base: bigint,
  pages: readonly [number, Uint8Array][],
  from: number,
): Promise<number> {
  const [first] = pages[from] ?? [0];
  let to = from + 1;
  while (to < pages.length && to - from < BATCH && pages[to]?.[0] === first + (to - from)) to += 1;
  const run = pages.slice(from, to).map(([, bytes]) => bytes);
  const { bytesWritten } = await file.writev(run, Number(addressOf(first) - base));
  if (bytesWritten !== run.length * PAGE_SIZE)
    throw new Error(`wrote ${bytesWritten} of ${run.length * PAGE_SIZE} bytes; is the disk full?`);
  return to;
}
