import { firstFilter, xzCheck } from '../compression/xz-layout.ts';
import { WINDOW_MAX, windowOf } from '../compression/zstd-frame.ts';

/** What keeps Linux from unpacking data that other programs do unpack, and what helps. */
export interface LinuxRefusal {
  what: string;
  hint: string;
}

/**
 * Why Linux does not undo the compression of an initramfs, though it knows it by its start: its decoders are those of
 * `lib/decompress_*.c`, which have fewer options than the programs. Undefined where it does, as far as its headers show.
 */
export function linuxRefuses(compression: string, bytes: Uint8Array): LinuxRefusal | undefined {
  if (compression === 'xz') return refusesXz(bytes);
  return compression === 'zstd' ? refusesZstd(bytes) : undefined;
}

const CHECKS = new Map([
  [4, 'CRC-64'],
  [10, 'SHA-256'],
]);
/** Check IDs of the .xz format, 2.1.1.2: none, and CRC-32. */
const XZ_CHECKS_OF_LINUX = [0, 1];
/** LZMA2, and those for the code of the machines that Linux runs on; not the delta filter. */
const XZ_FILTERS_OF_LINUX = new Set([0x21, 4, 5, 6, 7, 8, 9, 10, 11]);

function refusesXz(bytes: Uint8Array): LinuxRefusal | undefined {
  const check = xzCheck(bytes);
  if (check !== undefined && !XZ_CHECKS_OF_LINUX.includes(check)) {
    const what = `xz data with a check (${CHECKS.get(check) ?? check}) that Linux does not know`;
    return { what, hint: 'compress it with xz --check=crc32' };
  }
  const filter = firstFilter(bytes);
  if (filter === undefined || XZ_FILTERS_OF_LINUX.has(filter)) return undefined;
  return { what: 'xz data with a filter that Linux does not know', hint: 'compress it with xz --check=crc32 --lzma2' };
}

function refusesZstd(bytes: Uint8Array): LinuxRefusal | undefined {
  const window = windowOf(bytes);
  if (window === undefined || window <= WINDOW_MAX) return undefined;
  return {
    what: `Zstandard data with a window of ${window} bytes, and Linux takes ${WINDOW_MAX}`,
    hint: 'compress it without --long, or with --long=27',
  };
}
