import { copyOf, hasBytes, viewOf } from '../bytes.ts';
import { BootImageError } from '../error.ts';
import { type ByHand, lineOf } from './advice.ts';
import { damaged, endsEarly } from './errors.ts';

// RFC 8878, 3.1.1
export const ZSTD_MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];
const BLOCK_MAX = 128 * 1024;
const RLE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;
const RESERVED_BLOCK = 3;
// The most that the kernel's build asks for (zstd -22 --ultra), and that the zstd tool decodes unasked.
export const WINDOW_MAX: number = 128 * 1024 * 1024;

/** What a Zstandard frame says without being decompressed. Offsets count from the start of the frame. */
export interface ZstdFrame {
  /** Offset after the last block and the checksum. */
  end: number;
  /** Decompressed size, where the frame tells it. */
  contentSize: bigint | undefined;
  /** The most that the frame's blocks can hold, in bytes. */
  contentLimit: number;
  /** Offset of the byte that gives the window size; undefined where the content size gives it. */
  windowDescriptorAt: number | undefined;
}

/** Whether a Zstandard frame begins here. */
export function hasMagic(bytes: Uint8Array): boolean {
  return hasBytes(bytes, 0, ZSTD_MAGIC);
}

/**
 * Walks the headers of a frame and its blocks (RFC 8878, 3.1.1): where it ends, that all of it is there, how much can come
 * out.
 *
 * @param byHand how to get at the frame, for advice
 * @throws BootImageError `ENODATA` if the bytes end early, `EBADMSG` if a header is not valid, `EFBIG` for a window above
 *   128 MiB that more than that can come out of, `EOPNOTSUPP` for a dictionary
 */
export function readFrame(bytes: Uint8Array, byHand: ByHand = []): ZstdFrame {
  const { isSingleSegment, hasChecksum, contentSize, end: start } = readHeader(bytes);
  const blocks = walkBlocks(bytes, start);
  if (!isSingleSegment) checkWindow(bytes[5] ?? 0, blocks.limit, byHand);
  const end = blocks.end + (hasChecksum ? 4 : 0);
  need(bytes, end);
  return {
    end,
    contentSize,
    contentLimit: blocks.limit,
    windowDescriptorAt: isSingleSegment ? undefined : 5,
  };
}

/** How far back the frame at the start says that it looks; undefined where its header is cut or damaged. */
export function windowOf(bytes: Uint8Array): number | undefined {
  try {
    const { isSingleSegment, contentSize } = readHeader(bytes);
    return isSingleSegment ? Number(contentSize) : windowSize(bytes[5] ?? 0);
  } catch (error) {
    if (error instanceof BootImageError) return undefined;
    throw error;
  }
}

interface FrameHeader {
  isSingleSegment: boolean;
  hasChecksum: boolean;
  contentSize: bigint | undefined;
  /** Offset of the first block. */
  end: number;
}

function readHeader(bytes: Uint8Array): FrameHeader {
  need(bytes, 6);
  if (!hasMagic(bytes)) throw damaged('no Zstandard frame', { offset: 0 });
  const descriptor = bytes[4] ?? 0;
  if ((descriptor & 8) !== 0) throw damaged('the Zstandard frame header has its reserved bit set', { offset: 4 });
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionarySize = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + dictionarySize;
  const end = sizeAt + sizeSize;
  need(bytes, end);
  if (dictionarySize > 0) throw needsDictionary();
  return {
    isSingleSegment,
    hasChecksum: (descriptor & 4) !== 0,
    contentSize: readContentSize(bytes, sizeAt, sizeSize),
    end,
  };
}

/**
 * The frame with a window that is no larger than what it can hold. Kernels are made with one of 128 MiB, which the decoder
 * would allocate; no more than the frame's own size is ever looked back on.
 */
export function withWindow(bytes: Uint8Array, { windowDescriptorAt, contentLimit }: ZstdFrame): Uint8Array {
  if (windowDescriptorAt === undefined) return bytes;
  let exponent = 0;
  while (2 ** (10 + exponent) < contentLimit) exponent++;
  const descriptor = exponent << 3;
  if (descriptor >= (bytes[windowDescriptorAt] ?? 0)) return bytes;
  const copy = copyOf(bytes);
  copy[windowDescriptorAt] = descriptor;
  return copy;
}

function readContentSize(bytes: Uint8Array, at: number, size: number): bigint | undefined {
  const view = viewOf(bytes);
  if (size === 1) return BigInt(view.getUint8(at));
  if (size === 2) return BigInt(view.getUint16(at, true) + 256);
  if (size === 4) return BigInt(view.getUint32(at, true));
  return size === 8 ? view.getBigUint64(at, true) : undefined;
}

const windowSize = (descriptor: number): number => 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8);

/** A window that is larger than what comes out is made smaller: see {@link withWindow}. */
function checkWindow(descriptor: number, contentLimit: number, byHand: ByHand): void {
  const size = windowSize(descriptor);
  if (Math.min(size, contentLimit) <= WINDOW_MAX) return;
  throw new BootImageError(
    'EFBIG',
    `the Zstandard frame asks for a window of ${size} bytes`,
    `unpack it yourself: ${lineOf([...byHand, 'zstd -dc --long=31'], 'Image')}`,
    { offset: 5, value: size },
  );
}

function walkBlocks(bytes: Uint8Array, start: number): { end: number; limit: number } {
  let at = start;
  let limit = 0;
  for (;;) {
    need(bytes, at + 3);
    const header = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === RESERVED_BLOCK) throw damaged('a block of the reserved type', { offset: at });
    if (size > BLOCK_MAX) throw damaged('a block larger than 128 KiB', { offset: at });
    at += 3 + (type === RLE_BLOCK ? 1 : size);
    limit += type === COMPRESSED_BLOCK ? BLOCK_MAX : size;
    need(bytes, at);
    if ((header & 1) === 1) return { end: at, limit };
  }
}

function need(bytes: Uint8Array, size: number): void {
  if (bytes.length < size) throw endsEarly('Zstandard', bytes.length);
}

function needsDictionary(): BootImageError {
  return new BootImageError(
    'EOPNOTSUPP',
    'the Zstandard frame needs a dictionary',
    'unpack it with zstd -dc -D DICTIONARY first',
    { offset: 4 },
  );
}
