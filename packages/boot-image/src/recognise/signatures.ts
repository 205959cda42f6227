import { hasBytes, viewOf } from '../bytes.ts';
import { GZIP_MAGIC } from '../compression/gzip-members.ts';
import { LZ4_LEGACY_MAGIC, LZ4_MAGIC } from '../compression/lz4-frame.ts';
import { XZ_MAGIC } from '../compression/xz-layout.ts';
import { ZSTD_MAGIC } from '../compression/zstd-frame.ts';

/** What a compression begins with, and what is looked at besides where that is short, so that texts and noise are none. */
interface Signature {
  name: string;
  bytes: readonly number[];
  fits?: (bytes: Uint8Array) => boolean;
}

const COMPRESSIONS: readonly Signature[] = [
  { name: 'gzip', bytes: GZIP_MAGIC.slice(0, 2) },
  { name: 'zstd', bytes: ZSTD_MAGIC },
  { name: 'xz', bytes: XZ_MAGIC },
  { name: 'bzip2', bytes: [0x42, 0x5a, 0x68], fits: isBzip2 },
  { name: 'lz4', bytes: LZ4_MAGIC },
  { name: 'lz4 (legacy)', bytes: LZ4_LEGACY_MAGIC },
  { name: 'lzo', bytes: [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a] },
  // No magic number: the usual properties byte and a dictionary of whole 64 KiB.
  { name: 'lzma', bytes: [0x5d, 0, 0], fits: isLzma },
];

/** The compression that data begins like: `lz4 (legacy)` is the old frame of lz4. Undefined for anything else. */
export function compressionOf(bytes: Uint8Array): string | undefined {
  return COMPRESSIONS.find((each) => hasBytes(bytes, 0, each.bytes) && (each.fits?.(bytes) ?? true))?.name;
}

/** The level, 1 to 9, and the magic number of a block, or of the end where there is none. */
function isBzip2(bytes: Uint8Array): boolean {
  const level = bytes[3] ?? 0;
  return level >= 0x31 && level <= 0x39 && (hasBytes(bytes, 4, BLOCK) || hasBytes(bytes, 4, NO_BLOCK));
}

const BLOCK = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const NO_BLOCK = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

/** The size that comes out, where it is known, is below 1 TiB; the range coder's first byte is zero. */
function isLzma(bytes: Uint8Array): boolean {
  if (bytes.length < 14) return false;
  const size = viewOf(bytes).getBigUint64(5, true);
  return bytes[13] === 0 && (size === UNKNOWN_SIZE || size < 1n << 40n);
}

const UNKNOWN_SIZE = (1n << 64n) - 1n;
