import { addressOf, type MemoryImage, PAGE_SIZE } from '@kexeckit/relocation';
import { sha256Hex } from '../plan/digest.ts';

/** Pages that are digested at once, at most: 1 MiB. */
const BATCH = 256;

/** The bytes of a page as they are now, or `undefined` where there is none. */
export type ReadPage = (pfn: number) => Uint8Array | undefined;

/**
 * SHA-256, in hexadecimal, over the addresses and the bytes of all pages that an image has: as the image holds them, or as
 * `read` finds them where a machine holds what was loaded from it.
 */
export async function digestPages(image: MemoryImage, read: ReadPage = (pfn) => image.page(pfn)): Promise<string> {
  const digests: string[] = [];
  for (const pfns of batchesOf(image)) {
    const places = pfns.map((pfn) => addressOf(pfn).toString(16)).join();
    digests.push(`${places}:${await sha256Hex(joined(pfns, read))}`);
  }
  return await sha256Hex(new TextEncoder().encode(digests.join('\n')));
}

/** Pages in one piece; one that is not there is left zero. */
function joined(pfns: readonly number[], read: ReadPage): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pfns.length * PAGE_SIZE);
  for (const [at, pfn] of pfns.entries()) bytes.set(read(pfn) ?? [], at * PAGE_SIZE);
  return bytes;
}

/** The numbers of an image's pages, so many at a time. */
function* batchesOf(image: MemoryImage): Generator<number[], undefined> {
  let batch: number[] = [];
  for (const [pfn] of image.pages()) {
    batch.push(pfn);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
