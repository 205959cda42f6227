import { Decompress } from 'fzstd';
import { AGAIN } from './advice.ts';
import { viewOf } from './bytes.ts';
import { BootImageError } from './error.ts';
import { addChunk, createSink, joinChunks, type Sink, tooBig } from './sink.ts';
import { xxh64 } from './xxh64.ts';
import { hasMagic, readFrame, type ZstdFrame } from './zstd-frame.ts';

/** What Zstandard data held. */
export interface Unzstd {
  bytes: Uint8Array;
  /** Bytes after the compressed data. */
  trailing: Uint8Array;
}

/**
 * Undoes Zstandard (RFC 8878): all frames that follow each other, each checked against its length and checksum where it
 * has them.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes,
 *   `EOPNOTSUPP` if it needs a dictionary
 */
export function unzstd(bytes: Uint8Array, maxSize: number): Unzstd {
  const sink = createSink(maxSize);
  let rest = bytes;
  do {
    const frame = readFrame(rest);
    const data = unzstdFrame(rest, frame, maxSize);
    addChunk(sink, data);
    rest = rest.subarray(frame.end);
  } while (hasMagic(rest));
  return { bytes: joinChunks(sink), trailing: rest };
}

function unzstdFrame(bytes: Uint8Array, frame: ZstdFrame, maxSize: number): Uint8Array {
  if (frame.contentSize !== undefined) {
    if (frame.contentSize > BigInt(maxSize)) throw tooBig(maxSize);
    // Checked before the decoder allocates what the header says.
    if (frame.contentSize > BigInt(frame.contentLimit))
      throw damaged('the frame says it holds more than its blocks can');
  }
  const data = decompress(smallerWindow(bytes.subarray(0, frame.end), frame), createSink(maxSize));
  if (frame.contentSize !== undefined && frame.contentSize !== BigInt(data.length)) {
    throw damaged(`${data.length} bytes came out where the frame says ${frame.contentSize}`);
  }
  if (frame.hasChecksum && viewOf(bytes).getUint32(frame.end - 4, true) !== Number(xxh64(data) & 0xffffffffn)) {
    throw damaged('the checksum does not fit the data');
  }
  return data;
}

function decompress(bytes: Uint8Array, sink: Sink): Uint8Array {
  const stream = new Decompress((chunk) => addChunk(sink, chunk));
  try {
    stream.push(bytes, true);
  } catch (cause) {
    if (cause instanceof BootImageError) throw cause;
    throw damaged('the Zstandard data is not valid', cause);
  }
  return joinChunks(sink);
}

// Kernels are made with a window of 128 MiB, which the decoder would allocate, and move through after every block. No
// more than the frame's own size is ever looked back on.
function smallerWindow(bytes: Uint8Array, frame: ZstdFrame): Uint8Array {
  if (frame.windowDescriptorAt === undefined) return bytes;
  let exponent = 0;
  while (2 ** (10 + exponent) < frame.contentLimit) exponent++;
  const descriptor = exponent << 3;
  if (descriptor >= (bytes[frame.windowDescriptorAt] ?? 0)) return bytes;
  const copy = bytes.slice();
  copy[frame.windowDescriptorAt] = descriptor;
  return copy;
}

function damaged(message: string, cause?: unknown): BootImageError {
  return new BootImageError('EBADMSG', message, AGAIN, { cause });
}
