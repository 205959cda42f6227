import { hasText, viewOf } from '../bytes.ts';
import { BootImageError } from '../error.ts';

/** Size of the header in bytes (Documentation/arch/arm64/booting.rst, "Call the kernel image"). */
export const IMAGE_HEADER_SIZE = 64;

/** The informative part of the flags field, decoded. */
export interface ImageFlags {
  /** Bit 0: byte order of the kernel. */
  endianness: 'little' | 'big';
  /** Bits 1-2: page size of the kernel. */
  pageSize: 'unspecified' | '4K' | '16K' | '64K';
  /**
   * Bit 3: the 2 MiB-aligned base should be as close as possible to the base of DRAM, or may be anywhere in the 48 bits
   * of physical memory.
   */
  placement: 'near-dram-base' | 'anywhere';
}

/** The 64-byte header of an arm64 `Image`. All its fields are little-endian, whatever the kernel's own byte order. */
export interface ImageHeader {
  /** First instruction (for kernels with an EFI stub also the letters `MZ`). */
  code0: number;
  /** Second instruction. */
  code1: number;
  /** Distance of the image from a 2 MiB-aligned base, in bytes. */
  textOffset: bigint;
  /** Bytes the kernel needs from its start, BSS included: more than the file has. */
  imageSize: bigint;
  flags: ImageFlags;
  /** The flags field as it is, reserved bits 4-63 included. */
  flagsValue: bigint;
  /** Offset of the PE header, for kernels with an EFI stub; 0 without. */
  peOffset: number;
}

/** What {@link encodeImageHeader} takes; everything but the size has a default. */
export interface ImageHeaderFields {
  /** Default: a branch over the header (`b #64`). */
  code0?: number;
  /** Default 0. */
  code1?: number;
  /** In bytes; default 0, as kernels since 5.8 have it. */
  textOffset?: bigint;
  /** In bytes. */
  imageSize: bigint;
  /** Default: little-endian, 4K pages, anywhere. */
  flags?: Partial<ImageFlags>;
  /** The whole flags field; its low four bits must agree with `flags` if both are given. */
  flagsValue?: bigint;
  /** Default 0: no PE header. */
  peOffset?: number;
}

const MAGIC = 'ARM\x64';
const MAGIC_OFFSET = 56;
const PAGE_SIZES = ['unspecified', '4K', '16K', '64K'] as const;
const BRANCH_OVER_HEADER = 0x14000010;
const OLD_TEXT_OFFSET = 0x80000n;
const OLD_IMAGE_SIZE = 16n << 20n;
/** Kernels are linked to a page of 4 KiB, whatever their own page size, wherever in 2 MiB their first byte is put. */
const TEXT_OFFSET_ALIGN = 0x1000n;
/** Physical memory that a kernel can be anywhere in (booting.rst, bit 3 of the flags). */
const TEXT_OFFSET_MAX = 1n << 48n;

/** Whether the bytes begin with an arm64 Image header. */
export function isImage(bytes: Uint8Array): boolean {
  return bytes.length >= IMAGE_HEADER_SIZE && hasText(bytes, MAGIC_OFFSET, MAGIC);
}

/** Whether an Image says nothing of its size, as before Linux 3.17. */
export const isOldImage = (bytes: Uint8Array): boolean => viewOf(bytes).getBigUint64(16, true) === 0n;

/**
 * Reads the header of an arm64 `Image` (Documentation/arch/arm64/booting.rst). Where `image_size` is 0, as before Linux
 * 3.17, `textOffset` is taken as 0x80000 and `imageSize` as 16 MiB, the guess that booting.rst and loaders agree on.
 *
 * @throws BootImageError `ENOEXEC` if the bytes are not an arm64 Image, `ENODATA` if there are fewer than 64, `EINVAL` for
 *   a text_offset that no kernel can have
 */
export function parseImageHeader(bytes: Uint8Array): ImageHeader {
  if (bytes.length < IMAGE_HEADER_SIZE) {
    throw new BootImageError(
      'ENODATA',
      `${bytes.length} bytes cannot hold the 64-byte Image header`,
      'read the whole file',
      { offset: bytes.length },
    );
  }
  if (!isImage(bytes)) {
    throw new BootImageError(
      'ENOEXEC',
      'not an arm64 Image: the magic number ARM\\x64 is missing',
      'ask recognise() what it is; unpack() gets an Image out of Image.gz, zboot and vmlinux files',
      { offset: MAGIC_OFFSET },
    );
  }
  const header = readImageHeader(bytes);
  const { textOffset } = header;
  if (textOffset % TEXT_OFFSET_ALIGN !== 0n)
    throw wrongOffset(textOffset, 'kernels are linked to whole pages of 4 KiB');
  if (textOffset >= TEXT_OFFSET_MAX) throw wrongOffset(textOffset, 'kernels are put within 48 bits of memory');
  return header;
}

/** The fields of a header, whatever they say; `bytes` is an Image. */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const view = viewOf(bytes);
  const imageSize = view.getBigUint64(16, true);
  const flagsValue = view.getBigUint64(24, true);
  return {
    code0: view.getUint32(0, true),
    code1: view.getUint32(4, true),
    textOffset: imageSize === 0n ? OLD_TEXT_OFFSET : view.getBigUint64(8, true),
    imageSize: imageSize === 0n ? OLD_IMAGE_SIZE : imageSize,
    flags: decodeFlags(flagsValue),
    flagsValue,
    peOffset: view.getUint32(60, true),
  };
}

/**
 * Writes a 64-byte Image header, for images made in tests and tools.
 *
 * @throws BootImageError `ERANGE` for a number that does not fit its field, `EINVAL` if `flags` and `flagsValue` disagree
 */
export function encodeImageHeader(fields: ImageHeaderFields): Uint8Array {
  const bytes = new Uint8Array(IMAGE_HEADER_SIZE);
  const view = viewOf(bytes);
  view.setUint32(0, fitting('code0', fields.code0 ?? BRANCH_OVER_HEADER), true);
  view.setUint32(4, fitting('code1', fields.code1 ?? 0), true);
  view.setBigUint64(8, fitting64('textOffset', fields.textOffset ?? 0n), true);
  view.setBigUint64(16, fitting64('imageSize', fields.imageSize), true);
  view.setBigUint64(24, flagsField(fields), true);
  for (let index = 0; index < MAGIC.length; index++) bytes[MAGIC_OFFSET + index] = MAGIC.charCodeAt(index);
  view.setUint32(60, fitting('peOffset', fields.peOffset ?? 0), true);
  return bytes;
}

function wrongOffset(textOffset: bigint, why: string): BootImageError {
  return new BootImageError(
    'EINVAL',
    `text_offset is 0x${textOffset.toString(16)}, and ${why}`,
    'copy or download the file again: its header is damaged',
    { offset: 8, value: textOffset },
  );
}

function decodeFlags(value: bigint): ImageFlags {
  return {
    endianness: (value & 1n) === 0n ? 'little' : 'big',
    pageSize: PAGE_SIZES[Number((value >> 1n) & 3n)] ?? 'unspecified',
    placement: (value & 8n) === 0n ? 'near-dram-base' : 'anywhere',
  };
}

function flagsField(fields: ImageHeaderFields): bigint {
  const whole = fields.flagsValue;
  if (whole === undefined)
    return encodeFlags({ endianness: 'little', pageSize: '4K', placement: 'anywhere', ...fields.flags });
  fitting64('flagsValue', whole);
  if ((whole & 15n) !== encodeFlags({ ...decodeFlags(whole), ...fields.flags })) {
    throw new BootImageError(
      'EINVAL',
      `flagsValue 0x${whole.toString(16)} contradicts flags`,
      'give one of the two, or make them agree',
      { value: whole },
    );
  }
  return whole;
}

function encodeFlags(flags: ImageFlags): bigint {
  const endianness = flags.endianness === 'big' ? 1n : 0n;
  const placement = flags.placement === 'anywhere' ? 8n : 0n;
  return endianness | (BigInt(PAGE_SIZES.indexOf(flags.pageSize)) << 1n) | placement;
}

function fitting(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw tooLarge(name, value, 32);
}

function fitting64(name: string, value: bigint): bigint {
  if (value >= 0n && value < 1n << 64n) return value;
  throw tooLarge(name, value, 64);
}

function tooLarge(name: string, value: number | bigint, bits: number): BootImageError {
  return new BootImageError(
    'ERANGE',
    `${name} is ${value}, not a whole number of ${bits} bits`,
    `give 0 to 2^${bits} - 1`,
    { value },
  );
}
