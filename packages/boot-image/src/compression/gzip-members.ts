import {
  Z_BUF_ERROR,
  Z_NO_FLUSH,
  Z_OK,
  Z_STREAM_END,
  ZStream,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateReset,
} from 'pako';
import { hasBytes } from '../bytes.ts';
import { damaged, endsEarly } from './errors.ts';
import { Output } from './output.ts';
import type { Pace } from './pace.ts';
import type { Limits, Undone } from './undone.ts';

/** A gzip member begins so: the magic number, and deflate (RFC 1952, 2.3.1). */
export const GZIP_MAGIC: readonly number[] = [0x1f, 0x8b, 8];
/** zlib's window of 32 KiB, plus 16: gzip's header and trailer, and no others. */
const GZIP_ONLY = 15 + 16;

/** Undoes one gzip member after another, and knows where the last one ends. @throws BootImageError as `gunzip` */
export async function gunzipMembers(bytes: Uint8Array, { maxSize, pace }: Limits): Promise<Undone> {
  const output = new Output(maxSize);
  const stream = streamFrom(bytes);
  do {
    zlibInflateReset(stream);
    await inflateMember(stream, output, pace);
  } while (hasBytes(bytes, stream.next_in, GZIP_MAGIC));
  return { bytes: output.take(), trailing: bytes.subarray(stream.next_in) };
}

/**
 * How the data of the first member begins: at most `size` bytes.
 *
 * @throws BootImageError `ENODATA` or `EBADMSG` where it ends, or is damaged, before that
 */
export function gunzipStart(bytes: Uint8Array, size: number): Uint8Array {
  const stream = streamFrom(bytes);
  stream.output = new Uint8Array(size);
  stream.next_out = 0;
  stream.avail_out = size;
  const status = zlibInflate(stream, Z_NO_FLUSH);
  if (stream.next_out < size) checkStatus(status, stream);
  return stream.output.subarray(0, stream.next_out);
}

function streamFrom(bytes: Uint8Array): ZStream {
  const stream = new ZStream();
  zlibInflateInit2(stream, GZIP_ONLY);
  stream.input = bytes;
  stream.next_in = 0;
  stream.avail_in = bytes.length;
  return stream;
}

/** Bytes that come out between two moments in which other things have their turn: hundredths of a second. */
const STEP = 1 << 22;

async function inflateMember(stream: ZStream, output: Output, pace: Pace | undefined): Promise<void> {
  for (;;) {
    const room = output.room().subarray(0, STEP);
    stream.output = room;
    stream.next_out = 0;
    stream.avail_out = room.length;
    const status = zlibInflate(stream, Z_NO_FLUSH);
    output.filled(stream.next_out);
    if (status === Z_STREAM_END) return;
    checkStatus(status, stream);
    await pace?.step(stream.next_in, stream.input.length);
  }
}

function checkStatus(status: number, stream: ZStream): void {
  if (status === Z_STREAM_END) return;
  if (status === Z_BUF_ERROR || (status === Z_OK && stream.avail_in === 0 && stream.avail_out > 0))
    throw endsEarly('gzip', stream.input.length);
  if (status !== Z_OK) throw damaged(`the gzip data is not valid: ${stream.msg}`, { offset: stream.next_in });
}
