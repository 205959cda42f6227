import { AGAIN } from './advice.ts';
import { asciiAt, viewOf } from './bytes.ts';
import { BootImageError } from './error.ts';

/** Where the compressed kernel lies in an EFI zboot file (Linux drivers/firmware/efi/libstub/zboot-header.S). */
export interface ZbootPayload {
  /** Compression: `gzip`, `zstd`, `lz4`, `lzma`, `lzo`, `xzkern`. */
  compression: string;
  /** Offset of the payload in the file. */
  offset: number;
  bytes: Uint8Array;
}

const HEADER_SIZE = 64;

/**
 * Finds the compressed kernel in an EFI zboot file. Fields, little-endian: `MZ`, at 4 `zimg`, at 8 the payload's offset, at
 * 12 its size, at 24 the compression as NUL-terminated text.
 *
 * @throws BootImageError `ENODATA` if the file ends before the payload does
 */
export function zbootPayload(bytes: Uint8Array): ZbootPayload {
  if (bytes.length < HEADER_SIZE) throw truncated(bytes.length, HEADER_SIZE);
  const view = viewOf(bytes);
  const offset = view.getUint32(8, true);
  const end = offset + view.getUint32(12, true);
  if (end > bytes.length) throw truncated(bytes.length, end);
  return { compression: asciiAt(bytes, 24, 32), offset, bytes: bytes.subarray(offset, end) };
}

function truncated(size: number, needed: number): BootImageError {
  return new BootImageError('ENODATA', `the zboot file has ${size} bytes, its payload ends at ${needed}`, AGAIN, {
    offset: size,
  });
}
