import { Decompress } from 'fzstd';
import { viewOf } from './bytes.ts';
import { BootImageError } from './error.ts';
import { addChunk, createSink, joinChunks, tooBig } from './sink.ts';

// RFC 8878, 3.1.1
const MAGIC = 0xfd2fb528;
const BLOCK_MAX = 128 * 1024;
// The most that the kernel's own encoder asks for (zstd -22 --ultra), and that the zstd tool decodes unasked.
const WINDOW_MAX = 128 * 1024 * 1024;

const AGAIN = 'Copy or download the file again.';

interface Frame {
  /** Offset of the first block. */
  blocks: number;
  /** Offset after the last block and the checksum. */
  end: number;
  /** Decompressed size, where the frame tells it. */
  contentSize: bigint | undefined;
  windowSize: number;
}

/** What Zstandard data held. */
export interface Unzstd {
  bytes: Uint8Array;
  /** Bytes after the frame. */
  trailing: Uint8Array;
}

/**
 * Undoes Zstandard (RFC 8878): the first frame.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes
 */
export function unzstd(bytes: Uint8Array, maxSize: number): Unzstd {
  const frame = readFrame(bytes);
  if (frame.contentSize !== undefined && frame.contentSize > BigInt(maxSize)) throw tooBig(maxSize);
  if (frame.windowSize > WINDOW_MAX) {
    throw new BootImageError('EFBIG', `the Zstandard frame asks for a window of ${frame.windowSize} bytes`, {
      value: frame.windowSize,
      hint: 'Compress again without --long, or unpack with zstd -dc --long=31.',
    });
  }
  const data = decompress(bytes.subarray(0, frame.end), maxSize);
  if (frame.contentSize !== undefined && frame.contentSize !== BigInt(data.length)) {
    throw damaged(`${data.length} bytes came out where the frame says ${frame.contentSize}`);
  }
  return { bytes: data, trailing: bytes.subarray(frame.end) };
}

function decompress(bytes: Uint8Array, maxSize: number): Uint8Array {
  const sink = createSink(maxSize);
  const stream = new Decompress((chunk) => addChunk(sink, chunk));
  try {
    stream.push(bytes, true);
  } catch (cause) {
    if (cause instanceof BootImageError) throw cause;
    throw damaged('the Zstandard data is not valid', cause);
  }
  return joinChunks(sink);
}

// Walks the block headers without decompressing, to know where the frame ends and that all of it is there.
function readFrame(bytes: Uint8Array): Frame {
  const view = viewOf(bytes);
  need(bytes, 6);
  if (view.getUint32(0, true) !== MAGIC) throw damaged('no Zstandard frame');
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const sizeAt = 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  const blocks = sizeAt + sizeBytes;
  need(bytes, blocks);
  if (dictionaryBytes > 0) throw damaged('the frame needs a dictionary, which kernels never use');
  const contentSize = readContentSize(view, sizeAt, sizeBytes);
  const windowSize = singleSegment ? Number(contentSize ?? 0n) : readWindowSize(view.getUint8(5));
  const afterBlocks = walkBlocks(bytes, blocks);
  const end = afterBlocks + ((descriptor & 4) === 0 ? 0 : 4);
  need(bytes, end);
  return { blocks, end, contentSize, windowSize };
}

function readContentSize(view: DataView, at: number, size: number): bigint | undefined {
  if (size === 1) return BigInt(view.getUint8(at));
  if (size === 2) return BigInt(view.getUint16(at, true) + 256);
  if (size === 4) return BigInt(view.getUint32(at, true));
  return size === 8 ? view.getBigUint64(at, true) : undefined;
}

function readWindowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function walkBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    need(bytes, at + 3);
    const header = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3) throw damaged('a block of an unknown type', undefined, at);
    if (size > BLOCK_MAX) throw damaged('a block larger than 128 KiB', undefined, at);
    at += 3 + (type === 1 ? 1 : size);
    need(bytes, at);
    if ((header & 1) === 1) return at;
  }
}

function need(bytes: Uint8Array, size: number): void {
  if (bytes.length < size) {
    throw new BootImageError('ENODATA', 'the Zstandard data ends too early', { offset: bytes.length, hint: AGAIN });
  }
}

function damaged(message: string, cause?: unknown, offset?: number): BootImageError {
  const place = offset === undefined ? {} : { offset };
  return new BootImageError('EBADMSG', message, { ...place, hint: AGAIN, cause });
}
