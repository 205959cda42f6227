import { hasText, viewOf } from '../bytes.ts';
import { startOf } from '../compression/start.ts';
import { BootImageError } from '../error.ts';
import { listed } from '../words.ts';
import { afterZeros, archiveAt, endOfArchive, WORD } from './cpio.ts';
import type { BootImageFormat } from './formats.ts';
import { type LinuxRefusal, linuxRefuses } from './linux-refuses.ts';
import { recognise } from './recognise.ts';
import { compressionOf } from './signatures.ts';

/** The kinds of initramfs that Linux unpacks (Documentation/driver-api/early-userspace/buffer-format.rst). */
export type InitramfsKind = 'newc' | 'crc' | 'compressed' | 'concatenated';

/** What an initramfs is made of. */
export interface Initramfs {
  kind: InitramfsKind;
  /** One line for people. */
  detail: string;
}

/**
 * Says whether bytes are an initramfs that Linux unpacks, and of which kind: a cpio archive (newc, or crc with sums), a
 * compressed one, or several that follow each other, as with drivers or tables that come early. Of a compressed one, what its
 * first block holds is looked at; of bzip2, lzma and lzo how they begin is all that is known.
 *
 * @throws BootImageError `EINVAL` for an empty file, a kernel, another kind of archive, noise; `ENODATA` for an archive that
 *   is cut short; `EBADMSG` for data that is damaged at its start
 */
export async function recogniseInitramfs(bytes: Uint8Array): Promise<Initramfs> {
  const archives = withoutBootConfig(bytes);
  const { parts, packed } = readParts(archives);
  if (packed !== undefined) {
    const start = await startOf(packed.compression, packed.bytes, LOOKED_AT);
    if (start !== undefined) checkStart(start, packed.compression);
  }
  return initramfsOf(archives, parts);
}

const BOOT_CONFIG = '#BOOTCONFIG\n';

/**
 * An initramfs can have a boot configuration behind it, then its size and a checksum, and the magic number at the very end
 * (Documentation/admin-guide/bootconfig.rst). Linux takes it off first, also where up to three bytes fill the last word.
 */
function withoutBootConfig(bytes: Uint8Array): Uint8Array {
  const padding = [0, 1, 2, 3].find((size) => hasText(bytes, bytes.length - size - BOOT_CONFIG.length, BOOT_CONFIG));
  if (padding === undefined) return bytes;
  const end = bytes.length - padding - BOOT_CONFIG.length - 8;
  if (end < 0) return bytes;
  const size = viewOf(bytes).getUint32(end, true);
  return size > end ? bytes : bytes.subarray(0, end - size);
}

/** What follows each other: archives, and at most one that is compressed, which nothing is looked at behind of. */
interface Parts {
  parts: string[];
  packed?: { compression: string; bytes: Uint8Array };
}

function readParts(bytes: Uint8Array): Parts {
  const parts: string[] = [];
  for (let at = afterZeros(bytes, 0); at < bytes.length; at = afterZeros(bytes, at)) {
    const kind = archiveAt(bytes, at);
    if (kind === undefined) {
      const packed = packedAt(bytes, at, parts);
      return { parts: [...parts, packed.compression], packed };
    }
    if (at % WORD !== 0) throw noInitramfs(bytes, at, parts, NOT_AT_A_WORD);
    parts.push(kind);
    at = endOfArchive(bytes, at);
  }
  return { parts };
}

const NOT_AT_A_WORD: LinuxRefusal = {
  what: 'a cpio archive that begins within a word, where Linux sees none',
  hint: 'fill what is before it up to a multiple of 4 bytes',
};

/** The compressed data there. @throws BootImageError for what Linux does not unpack */
function packedAt(bytes: Uint8Array, at: number, parts: readonly string[]): { compression: string; bytes: Uint8Array } {
  const rest = bytes.subarray(at);
  const compression = compressionOf(rest);
  if (compression === undefined || !LINUX.has(compression))
    throw noInitramfs(bytes, at, parts, { hint: hintFor(rest, compression) });
  const refusal = linuxRefuses(compression, rest);
  if (refusal !== undefined) throw noInitramfs(bytes, at, parts, refusal);
  return { compression, bytes: rest };
}

function initramfsOf(bytes: Uint8Array, parts: readonly string[]): Initramfs {
  const [first] = parts;
  if (first === undefined) throw noInitramfs(bytes, bytes.length, parts, { hint: hintOf('unknown') });
  if (parts.length > 1)
    return { kind: 'concatenated', detail: `an initramfs of ${parts.length} parts: ${listed(parts)}` };
  if (first === 'newc' || first === 'crc') return { kind: first, detail: `an initramfs: a cpio archive (${first})` };
  return { kind: 'compressed', detail: `compressed with ${first}, as an initramfs can be` };
}

/** The compressions that Linux undoes, by its own table: lz4 in the legacy frame alone. */
const LINUX = new Set(['gzip', 'zstd', 'xz', 'bzip2', 'lzma', 'lz4 (legacy)', 'lzo']);

/** What begins with a kernel or anything else that is no archive, is none: kernels are compressed, too. */
function checkStart(start: Uint8Array, compression: string): void {
  const at = afterZeros(start, 0);
  const isNothing = start.length === 0;
  if (!isNothing && (at === start.length || archiveAt(start, at) !== undefined)) return;
  const { detail, format } = isNothing ? { detail: 'nothing', format: 'unknown' as const } : recognise(start);
  const message = `no initramfs: in the ${compression} data is ${detail}`;
  throw new BootImageError('EINVAL', message, hintOf(format), { value: detail });
}

const LOOKED_AT = 1024;

function noInitramfs(
  bytes: Uint8Array,
  at: number,
  parts: readonly string[],
  { what, hint }: { what?: string; hint: string },
): BootImageError {
  const after = parts.length === 0 ? '' : ` after ${listed(parts)}`;
  const found = what ?? whatIs(bytes, at, parts.length === 0);
  return new BootImageError('EINVAL', `no initramfs${after}: ${found}`, hint, { offset: at, value: found });
}

function whatIs(bytes: Uint8Array, at: number, isFirst: boolean): string {
  if (bytes.length === 0) return 'it is empty';
  if (at === bytes.length) return 'it is nothing but zeros';
  // File systems and partitions begin with zeros that count.
  const whole = isFirst ? recognise(bytes) : undefined;
  return whole === undefined || whole.format === 'unknown' ? recognise(bytes.subarray(at)).detail : whole.detail;
}

function hintFor(rest: Uint8Array, compression: string | undefined): string {
  if (compression === undefined && recognise(rest).format === 'zstd')
    return 'Linux knows Zstandard data by its first frame alone: compress it with zstd, not with pzstd';
  if (compression === 'lz4') return 'Linux reads lz4 in the legacy frame alone: compress it with lz4 -l';
  return hintOf(recognise(rest).format);
}

function hintOf(format: BootImageFormat): string {
  if (format === 'uImage') return 'take the archive out with dumpimage, or give the uImage as the kernel file';
  if (format === 'cpio') return 'make it again with cpio -H newc, which is what Linux reads';
  if (KERNELS.has(format)) return 'this is a kernel: give it as the kernel, and its initramfs as the initramfs';
  return 'give a cpio archive (newc), compressed or not; mkinitramfs, dracut and mkinitcpio make one';
}

const KERNELS = new Set<BootImageFormat>([
  'Image',
  'zboot',
  'vmlinux',
  'PE',
  'fit',
  'android-boot',
  'x86-bzImage',
  'elf-other',
]);
