import { beginsLike } from '../bytes.ts';
import type { BootImageError } from '../error.ts';
import { damaged, endsEarly } from './errors.ts';
import { createDecoder, type ZstdDecoder } from './libzstd.ts';
import { firstBytes, Output, tooBig } from './output.ts';
import type { Pace } from './pace.ts';
import { afterSkippable } from './skippable.ts';
import type { Limits, Undone } from './undone.ts';
import { hasMagic, readFrame, withWindow, ZSTD_MAGIC, type ZstdFrame } from './zstd-frame.ts';

/**
 * Undoes Zstandard (RFC 8878): all frames that follow each other, each checked against its length and checksum where it
 * has them. libzstd does it; that there is as much data as the frames' headers say is seen before.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes,
 *   `EOPNOTSUPP` if it needs a dictionary
 */
export async function unzstd(bytes: Uint8Array, { maxSize, expected, byHand, pace }: Limits): Promise<Undone> {
  const frames: Uint8Array[] = [];
  const headers: ZstdFrame[] = [];
  let rest = skipped(bytes);
  do {
    const header = readFrame(rest, byHand);
    checkContentSize(header, maxSize);
    headers.push(header);
    frames.push(rest.subarray(0, header.end));
    rest = skipped(rest.subarray(header.end));
  } while (hasMagic(rest));
  if (beginsLike(rest, ZSTD_MAGIC)) throw endsEarly('Zstandard', bytes.length);
  const output = new Output(maxSize, expected ?? sizeOf(headers));
  const decoder = await createDecoder();
  for (const [index, header] of headers.entries())
    await undoFrame(decoder, frames[index] ?? rest, header, output, pace);
  return { bytes: output.take(), trailing: rest };
}

/** How the data of the first frame begins: no more of it than its first blocks is looked at. @throws BootImageError as {@link unzstd} */
export async function unzstdStart(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const header = readFrame(bytes);
  const part = withWindow(bytes.subarray(0, Math.min(header.end, START)), { ...header, contentLimit: START });
  const decoder = await createDecoder();
  return firstBytes(size, (output) => decoder.decompress(part, START, output));
}

/** The first block and more; nothing reaches further back than to the start. */
const START = 1 << 18;

function skipped(bytes: Uint8Array): Uint8Array {
  const at = afterSkippable(bytes);
  if (at > bytes.length) throw endsEarly('Zstandard', bytes.length);
  return bytes.subarray(at);
}

/** How many bytes will come out: what the frames say, or the most that it can be, which is near. */
function sizeOf(frames: readonly ZstdFrame[]): number {
  return frames.reduce((sum, { contentSize, contentLimit }) => sum + Number(contentSize ?? contentLimit), 0);
}

async function undoFrame(
  decoder: ZstdDecoder,
  bytes: Uint8Array,
  header: ZstdFrame,
  output: Output,
  pace: Pace | undefined,
): Promise<void> {
  const before = output.size;
  await decoder.decompress(withWindow(bytes, header), header.contentLimit, output, pace);
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
