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
 * own decompressor does it where there are nothing but members, which is what kernels are.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes
 */
export async function gunzip(bytes: Uint8Array, limits: Limits): Promise<Undone> {
  const whole = bytes.length < WORTH_A_STREAM ? undefined : await gunzipWhole(bytes, limits);
  return whole === undefined
    ? await gunzipMembers(bytes, limits)
    : { bytes: whole, trailing: bytes.subarray(bytes.length) };
}

/**
 * What the platform makes of it, if as much comes out as the members say. Platforms do not tell where a member ends, differ in
 * what they make of that which follows the last one, and some refuse a second one: undefined then, and where it is damaged.
 */
async function gunzipWhole(bytes: Uint8Array, { maxSize, pace }: Limits): Promise<Uint8Array | undefined> {
  const size = promisedByMembers(bytes);
  if (size > Math.min(bytes.length * GROWTH, maxSize)) return undefined;
  const output = new Output(maxSize, size);
  try {
    await drain(streamOf(bytes).pipeThrough(new DecompressionStream('gzip')), (chunk) => {
      output.add(chunk);
      return pace?.step(output.size, size);
    });
  } catch (error) {
    if (error instanceof BootImageError || pace?.isOver) throw error;
    return undefined;
  }
  return output.size === size ? output.take() : undefined;
}

/** The sum of the lengths at the members' ends, if members are all that there is: in front of what looks like a header, and last. */
function promisedByMembers(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let size = view.getUint32(bytes.length - 4, true);
  const [first = 0] = GZIP_MAGIC;
  for (let at = bytes.indexOf(first, SMALLEST); at !== -1; at = bytes.indexOf(first, at + 1))
    if (isHeader(bytes, at)) size += view.getUint32(at - 4, true);
  return size;
}

/** Magic number, no reserved flag, and an operating system that has a number. */
function isHeader(bytes: Uint8Array, at: number): boolean {
  if (!hasBytes(bytes, at, GZIP_MAGIC) || (bytes[at + 3] ?? 0) >= 0x20) return false;
  const system = bytes[at + 9] ?? 0;
  return system <= 13 || system === 255;
}
