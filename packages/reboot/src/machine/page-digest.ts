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
  // One piece of memory for all of them: to get a fresh one costs more than to fill it.
  const room = new Uint8Array(BATCH * PAGE_SIZE);
  for (const pfns of batchesOf(image)) {
    const places = pfns.map((pfn) => addressOf(pfn).toString(16)).join();
    digests.push(`${places}:${await sha256Hex(joined(pfns, read, room))}`);
  }
  return await sha256Hex(new TextEncoder().encode(digests.join('\n')));
}

/** Pages in one piece; one that is not there is zero. */
function joined(pfns: readonly number[], read: ReadPage, room: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (const [at, pfn] of pfns.entries()) {
    const page = read(pfn);
    room.set(page ?? [], at * PAGE_SIZE);
    if ((page?.length ?? 0) < PAGE_SIZE) room.fill(0, at * PAGE_SIZE + (page?.length ?? 0), (at + 1) * PAGE_SIZE);
  }
  return room.subarray(0, pfns.length * PAGE_SIZE);
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
