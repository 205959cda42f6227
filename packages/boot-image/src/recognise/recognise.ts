import { asciiAt, copyOf, FDT_MAGIC, hasBytes, hasText, viewOf } from '../bytes.ts';
import { LZ4_LEGACY_MAGIC, LZ4_MAGIC } from '../compression/lz4-frame.ts';
import { afterSkippable } from '../compression/skippable.ts';
import { hasMagic } from '../compression/zstd-frame.ts';
import { ANDROID_MAGIC, androidVersion } from '../containers/android.ts';
import { isFit } from '../containers/fit.ts';
import { readPe } from '../containers/pe.ts';
import { uImageType } from '../containers/uimage.ts';
import { isImage, readImageHeader } from '../image/header.ts';
import { type BootImageFormat, type Recognised, SIGNATURES } from './formats.ts';
import { ELF_AARCH64, elfMachineName, peMachineName } from './machines.ts';
import { compressionOf } from './signatures.ts';

/** Says what a file is from its signature. Never throws: a damaged file is recognised by what it begins with. */
export function recognise(bytes: Uint8Array): Recognised {
  return (
    recogniseKernel(bytes) ??
    recogniseContainer(bytes) ??
    recogniseSignature(bytes) ??
    recogniseCompression(bytes) ??
    recogniseRest(bytes)
  );
}

function recogniseKernel(bytes: Uint8Array): Recognised | undefined {
  if (isImage(bytes)) return recogniseImage(bytes);
  if (hasText(bytes, 0, 'MZ') && hasText(bytes, 4, 'zimg')) return recogniseZboot(bytes);
  if (hasBytes(bytes, 510, [0x55, 0xaa]) && hasText(bytes, 514, 'HdrS')) {
    return { format: 'x86-bzImage', detail: 'this is an x86 bzImage; kexec on arm64 needs an arm64 Image' };
  }
  return hasText(bytes, 0, '\x7fELF') ? recogniseElf(bytes) : undefined;
}

function recogniseContainer(bytes: Uint8Array): Recognised | undefined {
  // RISC-V kernels begin with MZ, too.
  if (hasText(bytes, 0, 'MZ') && !hasText(bytes, 56, 'RSC\x05')) return recognisePe(bytes);
  if (hasText(bytes, 0, ANDROID_MAGIC)) {
    return { format: 'android-boot', detail: `an Android boot image of version ${androidVersion(bytes)}` };
  }
  if (hasBytes(bytes, 0, UIMAGE_MAGIC))
    return { format: 'uImage', detail: `a U-Boot uImage (${uImageType(bytes) ?? 'other'})` };
  if (!hasBytes(bytes, 0, FDT_MAGIC)) return undefined;
  if (isFit(bytes)) return { format: 'fit', detail: 'a U-Boot FIT image' };
  return { format: 'dtb', detail: 'the device tree of a machine (DTB), not a kernel' };
}

const UIMAGE_MAGIC = [0x27, 0x05, 0x19, 0x56];

function recogniseSignature(bytes: Uint8Array): Recognised | undefined {
  const found = SIGNATURES.find(({ bytes: expected, offset = 0 }) =>
    typeof expected === 'string' ? hasText(bytes, offset, expected) : hasBytes(bytes, offset, expected),
  );
  return found && { format: found.format, detail: found.detail };
}

const COMPRESSED: ReadonlyMap<string, Recognised> = new Map(
  (
    [
      ['gzip', 'Image.gz', 'gzip data'],
      ['zstd', 'zstd', 'Zstandard data'],
      ['xz', 'xz', 'xz data'],
      ['bzip2', 'bzip2', 'bzip2 data'],
      ['lzma', 'lzma', 'lzma data'],
      ['lz4', 'lz4', 'lz4 data'],
      ['lz4 (legacy)', 'lz4', 'lz4 data in the legacy frame'],
      ['lzo', 'lzo', 'lzo data'],
    ] satisfies [string, BootImageFormat, string][]
  ).map(([name, format, detail]) => [name, { format, detail }]),
);

function recogniseCompression(bytes: Uint8Array): Recognised | undefined {
  const found = COMPRESSED.get(compressionOf(bytes) ?? '');
  if (found !== undefined) return found;
  const start = afterSkippable(bytes);
  if (start === 0) return undefined;
  if (hasMagic(bytes.subarray(start)))
    return { format: 'zstd', detail: 'Zstandard data in several frames, as pzstd makes it' };
  const isLz4 = [LZ4_MAGIC, LZ4_LEGACY_MAGIC].some((magic) => hasBytes(bytes, start, magic));
  return isLz4 ? { format: 'lz4', detail: 'lz4 data behind a skippable frame' } : undefined;
}

function recogniseRest(bytes: Uint8Array): Recognised {
  if (bytes.length === 0) return { format: 'unknown', detail: 'an empty file' };
  if (isText(copyOf(bytes.subarray(0, 512)))) return { format: 'text', detail: 'a text, not a kernel' };
  if (bytes.length < 64) return { format: 'unknown', detail: `${bytes.length} bytes, too few for any kernel` };
  return { format: 'unknown', detail: 'nothing that begins like a kernel' };
}

/** Whether these are letters and blanks, as ASCII or as parts of UTF-8. */
const isText = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte >= 0x80 || (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13)) &&
  bytes.some((byte) => byte < 0x80) &&
  !new TextDecoder().decode(bytes).slice(0, -4).includes('\ufffd');

function recogniseImage(bytes: Uint8Array): Recognised {
  const { flags, imageSize, textOffset } = readImageHeader(bytes);
  const pages = flags.pageSize === 'unspecified' ? 'page size unspecified' : `${flags.pageSize} pages`;
  const needs = `needs 0x${imageSize.toString(16)} bytes at text offset 0x${textOffset.toString(16)}`;
  return { format: 'Image', detail: `arm64 Image, ${flags.endianness}-endian, ${pages}, ${needs}` };
}

function recogniseZboot(bytes: Uint8Array): Recognised {
  const compression = asciiAt(bytes, 24, 32) || 'nothing named';
  const machine = peMachineName(readPe(bytes)?.machine);
  return { format: 'zboot', detail: `EFI zboot kernel for ${machine}, compressed with ${compression}` };
}

function recognisePe(bytes: Uint8Array): Recognised {
  const pe = readPe(bytes);
  const isUnified = pe?.sections.some(({ name }) => name === '.linux') ?? false;
  const what = isUnified ? 'a unified kernel image (UKI)' : 'an EFI program without a kernel in it';
  return { format: 'PE', detail: `${what} for ${peMachineName(pe?.machine)}` };
}

function recogniseElf(bytes: Uint8Array): Recognised {
  const bits = bytes[4] === 2 ? 64 : 32;
  const isLittle = bytes[5] === 1;
  const machine = bytes.length >= 20 ? viewOf(bytes).getUint16(18, isLittle) : 0;
  const detail = `an ELF file, ${bits}-bit ${isLittle ? 'little' : 'big'}-endian, for ${elfMachineName(machine)}`;
  return { format: bits === 64 && isLittle && machine === ELF_AARCH64 ? 'vmlinux' : 'elf-other', detail };
}
