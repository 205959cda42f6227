import { asciiAt, viewOf } from '../bytes.ts';
import { cutting } from '../compression/advice.ts';
import { AGAIN } from '../compression/errors.ts';
import { BootImageError } from '../error.ts';
import type { Context, Layer } from './layer.ts';
import { undoLayer } from './undo-layer.ts';

interface ZbootPayload {
  /** Compression: `gzip`, `zstd`, `zstd22`, `lz4`, `lzma`, `lzo`, `xzkern`. */
  compression: string;
  /** Offset of the payload in the file. */
  offset: number;
  bytes: Uint8Array;
  /** The size of the kernel, where it stands behind the payload: gzip has its own. */
  size: number | undefined;
}

const HEADER_SIZE = 64;

/**
 * Takes the kernel out of an EFI zboot file.
 *
 * @throws BootImageError `ENODATA` if the file ends before the payload does, `EBADMSG` for a kernel of another size than
 *   stands behind it; as `undo`
 */
export async function unpackZboot(file: Uint8Array, { maxSize, byHand, pace }: Context): Promise<Layer> {
  const { bytes, compression, offset, size } = payloadOf(file);
  const steps = [`found ${bytes.length} bytes of ${compression} data in the zboot file`];
  const payload: Layer = { bytes, steps, byHand: [...byHand, ...cutting(offset, bytes.length)] };
  const layer = await undoLayer(compression, payload, { maxSize, expected: size, pace });
  if (size !== undefined && size !== layer.bytes.length) throw wrongSize(layer.bytes.length, size);
  return layer;
}

/** Fields, little-endian: `MZ`, at 4 `zimg`, at 8 the payload's offset, at 12 its size, at 24 the compression as text. */
function payloadOf(bytes: Uint8Array): ZbootPayload {
  if (bytes.length < HEADER_SIZE) throw truncated(bytes.length, HEADER_SIZE);
  const view = viewOf(bytes);
  const offset = view.getUint32(8, true);
  const end = offset + view.getUint32(12, true);
  if (end > bytes.length) throw truncated(bytes.length, end);
  const compression = asciiAt(bytes, 24, 32);
  const size = compression === 'gzip' || end + 4 > bytes.length ? 0 : view.getUint32(end, true);
  return { compression, offset, bytes: bytes.subarray(offset, end), size: size === 0 ? undefined : size };
}

function truncated(size: number, needed: number): BootImageError {
  return new BootImageError('ENODATA', `the zboot file has ${size} bytes, its payload ends at ${needed}`, AGAIN, {
    offset: size,
  });
}

function wrongSize(size: number, promised: number): BootImageError {
  return new BootImageError('EBADMSG', `the zboot file has a kernel of ${size} bytes, and says ${promised}`, AGAIN, {
    value: promised,
  });
}
