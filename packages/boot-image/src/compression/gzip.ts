import { hasBytes, viewOf } from '../bytes.ts';
import { BootImageError } from '../error.ts';
import { GZIP_MAGIC, gunzipMembers } from './gzip-members.ts';
import { Output } from './output.ts';
import { drain, streamOf } from './through.ts';
import type { Limits, Undone } from './undone.ts';

/** Header and trailer of the smallest member. */
const SMALLEST = 18;
/** Deflate grows data at most so many times. */
const GROWTH = 1032;
// Below this, the platform's stream costs more than it saves.
const WORTH_A_STREAM = 1 << 16;

/**
 * Undoes gzip (RFC 1952): all members that follow each other, each checked against its length and CRC-32. The platform's
 * own decompressor does it where there is nothing but one member, which is what kernels are.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes
 */
export async function gunzip(bytes: Uint8Array, { maxSize }: Limits): Promise<Undone> {
  const alone = bytes.length < WORTH_A_STREAM ? undefined : await gunzipAlone(bytes, maxSize);
  return alone === undefined ? gunzipMembers(bytes, maxSize) : { bytes: alone, trailing: bytes.subarray(bytes.length) };
}

/**
 * What the platform makes of it, if that is one member and nothing else: platforms do not say where a member ends, and
 * differ in what they make of that which follows. Undefined where it may be anything else, also where it is damaged.
 */
async function gunzipAlone(bytes: Uint8Array, maxSize: number): Promise<Uint8Array | undefined> {
  if (bytes.length < SMALLEST || !hasBytes(bytes, 0, GZIP_MAGIC)) return undefined;
  const size = viewOf(bytes).getUint32(bytes.length - 4, true);
  if (size > Math.min(bytes.length * GROWTH, maxSize)) return undefined;
  const output = new Output(maxSize, size);
  try {
    await drain(streamOf(bytes).pipeThrough(new DecompressionStream('gzip')), (chunk) => output.add(chunk));
  } catch (error) {
    if (error instanceof BootImageError) throw error;
    return undefined;
  }
  return output.size === size ? output.take() : undefined;
}
