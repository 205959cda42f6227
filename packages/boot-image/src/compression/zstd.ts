import type { BootImageError } from '../error.ts';
import { damaged } from './errors.ts';
import { createDecoder, type ZstdDecoder } from './libzstd.ts';
import { Output, tooBig } from './output.ts';
import type { Limits, Undone } from './undone.ts';
import { hasMagic, readFrame, withWindow, type ZstdFrame } from './zstd-frame.ts';

/**
 * Undoes Zstandard (RFC 8878): all frames that follow each other, each checked against its length and checksum where it
 * has them. libzstd does it; that there is as much data as the frames' headers say is seen before.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes,
 *   `EOPNOTSUPP` if it needs a dictionary
 */
export async function unzstd(bytes: Uint8Array, { maxSize, expected }: Limits): Promise<Undone> {
  const frames: Uint8Array[] = [];
  const headers: ZstdFrame[] = [];
  let rest = bytes;
  do {
    const header = readFrame(rest);
    checkContentSize(header, maxSize);
    headers.push(header);
    frames.push(rest.subarray(0, header.end));
    rest = rest.subarray(header.end);
  } while (hasMagic(rest));
  const output = new Output(maxSize, expected ?? sizeOf(headers));
  const decoder = await createDecoder();
  for (const [index, header] of headers.entries()) undoFrame(decoder, frames[index] ?? rest, header, output);
  return { bytes: output.take(), trailing: rest };
}

/** How many bytes will come out: what the frames say, or the most that it can be, which is near. */
function sizeOf(frames: readonly ZstdFrame[]): number {
  return frames.reduce((sum, { contentSize, contentLimit }) => sum + Number(contentSize ?? contentLimit), 0);
}

function undoFrame(decoder: ZstdDecoder, bytes: Uint8Array, header: ZstdFrame, output: Output): void {
  const before = output.size;
  decoder.decompress(withWindow(bytes, header), header.contentLimit, output);
  const size = output.size - before;
  if (header.contentSize !== undefined && header.contentSize !== BigInt(size))
    throw wrongSize(size, header.contentSize);
}

/** Checked before anything is allocated for it. */
function checkContentSize({ contentSize, contentLimit }: ZstdFrame, maxSize: number): void {
  if (contentSize === undefined) return;
  if (contentSize > BigInt(maxSize)) throw tooBig(maxSize);
  if (contentSize > BigInt(contentLimit)) throw damaged('the frame says it holds more than its blocks can');
}

const wrongSize = (size: number, promised: bigint): BootImageError =>
  damaged(`${size} bytes came out where the frame says ${promised}`);
