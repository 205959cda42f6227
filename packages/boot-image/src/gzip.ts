import { FlateErrorCode, Inflate } from 'fflate';
import { hasBytes, viewOf } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { BootImageError } from './error.ts';
import { addChunk, createSink, joinChunks } from './sink.ts';

// RFC 1952, 2.3.1
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;
const RESERVED = 0xe0;

const MAGIC = [0x1f, 0x8b, 8];
// Deflate grows data at most about 1032 times: the limit is checked before a bomb has grown far.
const STEP = 1 << 16;

const AGAIN = 'Copy or download the file again.';

/** What gzip data held. */
export interface Gunzipped {
  bytes: Uint8Array;
  /** Bytes after the compressed data, such as the device tree that Android appends. */
  trailing: Uint8Array;
}

/**
 * Undoes gzip (RFC 1952), checking length and CRC-32. Only the first member is read.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes
 */
export function gunzip(bytes: Uint8Array, maxSize: number): Gunzipped {
  const start = deflateStart(bytes);
  const data = inflate(bytes.subarray(start), maxSize);
  const end = trailerEnd(bytes, start, crc32(data), data.length);
  return { bytes: data, trailing: bytes.subarray(end) };
}

function deflateStart(bytes: Uint8Array): number {
  if (!hasBytes(bytes, 0, MAGIC) || ((bytes[3] ?? 0) & RESERVED) !== 0) {
    throw bytes.length < 10 ? truncated(bytes.length) : damaged('the gzip header is not valid', 0);
  }
  const flags = bytes[3] ?? 0;
  let at = 10;
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

function inflate(bytes: Uint8Array, maxSize: number): Uint8Array {
  const sink = createSink(maxSize);
  const stream = new Inflate((chunk) => addChunk(sink, chunk));
  try {
    for (let at = 0; at < bytes.length; at += STEP) {
      stream.push(bytes.subarray(at, at + STEP), at + STEP >= bytes.length);
    }
  } catch (cause) {
    if (cause instanceof BootImageError) throw cause;
    if (isFlateError(cause) && cause.code === FlateErrorCode.UnexpectedEOF) throw truncated(bytes.length, cause);
    throw damaged('the compressed data is not valid', undefined, cause);
  }
  return joinChunks(sink);
}

// The inflater does not say where the data ended. CRC and length follow it, so they are looked for: normally they are
// the file's last eight bytes.
function trailerEnd(bytes: Uint8Array, start: number, crc: number, size: number): number {
  const trailer = new Uint8Array(8);
  const view = viewOf(trailer);
  view.setUint32(0, crc, true);
  view.setUint32(4, size, true);
  const expected = [...trailer];
  if (bytes.length - 8 >= start && hasBytes(bytes, bytes.length - 8, expected)) return bytes.length;
  for (let at = bytes.indexOf(expected[0] ?? 0, start); at !== -1; at = bytes.indexOf(expected[0] ?? 0, at + 1)) {
    if (hasBytes(bytes, at, expected)) return at + 8;
  }
  throw damaged('CRC-32 or length do not fit the data', bytes.length - 8);
}

function isFlateError(error: unknown): error is Error & { code: unknown } {
  return error instanceof Error && 'code' in error;
}

function truncated(size: number, cause?: unknown): BootImageError {
  return new BootImageError('ENODATA', 'the gzip data ends too early', { offset: size, hint: AGAIN, cause });
}

function damaged(message: string, offset: number | undefined, cause?: unknown): BootImageError {
  const place = offset === undefined ? {} : { offset };
  return new BootImageError('EBADMSG', message, { ...place, hint: AGAIN, cause });
}
