import { FlateErrorCode, Inflate } from 'fflate';
import { AGAIN } from './advice.ts';
import { hasBytes, viewOf } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { BootImageError } from './error.ts';
import { addChunk, createSink, joinChunks, type Sink } from './sink.ts';

// RFC 1952, 2.3.1
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const RESERVED_FLAGS = 0xe0;
const HEADER_SIZE = 10;
const TRAILER_SIZE = 8;

const MAGIC = [0x1f, 0x8b, 8];
// Deflate grows data at most about 1032 times: 64 KiB at a time, a bomb is noticed before it has grown far.
const STEP = 1 << 16;

/** What gzip data held. */
export interface Gunzipped {
  bytes: Uint8Array;
  /** Bytes after the compressed data, such as the device tree that Android appends. */
  trailing: Uint8Array;
}

/**
 * Undoes gzip (RFC 1952): all members that follow each other, each checked against its length and CRC-32.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes
 */
export function gunzip(bytes: Uint8Array, maxSize: number): Gunzipped {
  const sink = createSink(maxSize);
  let rest = bytes;
  do {
    rest = rest.subarray(gunzipMember(rest, sink));
  } while (hasBytes(rest, 0, MAGIC));
  return { bytes: joinChunks(sink), trailing: rest };
}

/** Adds what a member holds to the sink, and returns the offset after the member. */
function gunzipMember(bytes: Uint8Array, sink: Sink): number {
  const start = deflateStart(bytes);
  const before = sink.size;
  let crc = 0;
  inflate(bytes.subarray(start), (chunk) => {
    crc = crc32(chunk, crc);
    addChunk(sink, chunk);
  });
  return memberEnd(bytes, start, crc, sink.size - before);
}

function deflateStart(bytes: Uint8Array): number {
  if (bytes.length < HEADER_SIZE) throw truncated(bytes.length);
  const flags = bytes[3] ?? 0;
  if (!hasBytes(bytes, 0, MAGIC) || (flags & RESERVED_FLAGS) !== 0)
    throw damaged('the gzip header is not valid', { offset: 0 });
  let at = HEADER_SIZE;
  if (flags & FEXTRA) at += 2 + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8);
  if (flags & FNAME) at = afterNul(bytes, at);
  if (flags & FCOMMENT) at = afterNul(bytes, at);
  if (flags & FHCRC) at += 2;
  if (at >= bytes.length) throw truncated(bytes.length);
  return at;
}

function afterNul(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(0, at);
  if (end === -1) throw truncated(bytes.length);
  return end + 1;
}

function inflate(bytes: Uint8Array, take: (chunk: Uint8Array) => void): void {
  const stream = new Inflate(take);
  try {
    for (let at = 0; at < bytes.length; at += STEP) {
      stream.push(bytes.subarray(at, at + STEP), at + STEP >= bytes.length);
    }
  } catch (cause) {
    if (cause instanceof BootImageError) throw cause;
    if (isUnexpectedEnd(cause)) throw truncated(bytes.length, cause);
    throw damaged('the compressed data is not valid', { cause });
  }
}

// The inflater does not say where the compressed data ended. The CRC and length that follow it are known, so they are
// looked for. A place before the end of the file may be a coincidence, and is tried.
function memberEnd(bytes: Uint8Array, start: number, crc: number, size: number): number {
  const trailer = new Uint8Array(TRAILER_SIZE);
  viewOf(trailer).setUint32(0, crc, true);
  viewOf(trailer).setUint32(4, size, true);
  const expected = [...trailer];
  const last = bytes.length - TRAILER_SIZE;
  const first = trailer[0] ?? 0;
  for (let at = bytes.indexOf(first, start); at !== -1 && at <= last; at = bytes.indexOf(first, at + 1)) {
    if (hasBytes(bytes, at, expected) && (at === last || isComplete(bytes.subarray(start, at))))
      return at + TRAILER_SIZE;
  }
  // If the compressed data needs the last eight bytes too, they are not the whole trailer.
  if (!isComplete(bytes.subarray(start, Math.max(start, last)))) throw truncated(bytes.length);
  throw damaged('length or CRC-32 do not fit the data', { offset: last });
}

function isComplete(deflated: Uint8Array): boolean {
  if (deflated.length === 0) return false;
  try {
    inflate(deflated, () => {});
    return true;
  } catch {
    return false;
  }
}

function isUnexpectedEnd(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === FlateErrorCode.UnexpectedEOF;
}

function truncated(size: number, cause?: unknown): BootImageError {
  return new BootImageError('ENODATA', 'the gzip data ends too early', AGAIN, { offset: size, cause });
}

function damaged(message: string, details: { offset?: number; cause?: unknown }): BootImageError {
  return new BootImageError('EBADMSG', message, AGAIN, details);
}
