import { hasBytes } from '../bytes.ts';
import { GZIP_MAGIC } from '../compression/gzip-members.ts';
import { LZ4_LEGACY_MAGIC, LZ4_MAGIC } from '../compression/lz4-frame.ts';
import { XZ_MAGIC } from '../compression/xz-layout.ts';
import { ZSTD_MAGIC } from '../compression/zstd-frame.ts';

/** What a kind of file begins with, or has at an offset. */
interface Signature {
  bytes: readonly number[];
  offset?: number;
}

const COMPRESSIONS: readonly (Signature & { name: string })[] = [
  { name: 'gzip', bytes: GZIP_MAGIC.slice(0, 2) },
  { name: 'zstd', bytes: ZSTD_MAGIC },
  { name: 'xz', bytes: XZ_MAGIC },
  { name: 'bzip2', bytes: [0x42, 0x5a, 0x68] },
  { name: 'lz4', bytes: LZ4_MAGIC },
  { name: 'lz4 (legacy)', bytes: LZ4_LEGACY_MAGIC },
  { name: 'lzo', bytes: [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a] },
  // No magic number: the usual properties byte and a dictionary of whole 64 KiB.
  { name: 'lzma', bytes: [0x5d, 0, 0] },
];

/** The compression that data begins like: `lz4 (legacy)` is the old frame of lz4. Undefined for anything else. */
export function compressionOf(bytes: Uint8Array): string | undefined {
  return COMPRESSIONS.find((each) => hasBytes(bytes, 0, each.bytes))?.name;
}
