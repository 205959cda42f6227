import { createXXHash32 } from 'hash-wasm';
import { viewOf } from '../bytes.ts';
import { damaged } from './errors.ts';
import { LEGACY_BLOCK_MAX, lz4Layout, xxh32 } from './lz4-frame.ts';
import { allocate } from './output.ts';
import type { Limits, Undone } from './undone.ts';

/**
 * Undoes lz4, also the legacy frame: all frames that follow each other, with their checksums where they have them.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes,
 *   `EOPNOTSUPP` if it needs a dictionary
 */
export async function unlz4(bytes: Uint8Array, { maxSize, pace }: Limits): Promise<Undone> {
  const { blocks, size, end, checksums } = await lz4Layout(bytes, maxSize);
  if (end === 0) throw damaged('no lz4 frame', { offset: 0 });
  const { default: library } = await import('lz4js');
  const output = allocate(size);
  let at = 0;
  for (const block of blocks) {
    if (block.isStored) output.set(bytes.subarray(block.start, block.end), at);
    else library.decompressBlock(bytes, output, block.start, block.end - block.start, at);
    at += block.size;
    await pace?.step(at, size);
  }
  const hasher = await createXXHash32(0);
  for (const { from, to, value } of checksums)
    if (xxh32(hasher, output.subarray(from, to)) !== value) throw damaged('the checksum does not fit the lz4 data');
  return { bytes: output, trailing: bytes.subarray(end) };
}

/** What the first block of a legacy frame holds. @throws BootImageError as {@link unlz4} */
export async function unlz4Start(bytes: Uint8Array): Promise<Uint8Array> {
  const size = bytes.length < FIRST_BLOCK ? 0 : viewOf(bytes).getUint32(FIRST_BLOCK - 4, true);
  // One that is cut short is still too short then.
  return (await unlz4(bytes.subarray(0, FIRST_BLOCK + size), { maxSize: LEGACY_BLOCK_MAX })).bytes;
}

/** Behind the magic number and the block's size. */
const FIRST_BLOCK = 8;
