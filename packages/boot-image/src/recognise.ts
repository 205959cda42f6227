import { asciiAt, hasBytes, hasText, viewOf } from './bytes.ts';
import { isImage, parseImageHeader } from './header.ts';

/** Kinds of files that are met as "the kernel", by their signatures. */
export type BootImageFormat =
  | 'Image'
  | 'Image.gz'
  | 'zboot'
  | 'vmlinux'
  | 'PE'
  | 'uImage'
  | 'fit'
  | 'zstd'
  | 'xz'
  | 'bzip2'
  | 'lzma'
  | 'lz4'
  | 'x86-bzImage'
  | 'elf-other'
  | 'unknown';

/** What a file is. */
export interface Recognised {
  format: BootImageFormat;
  /** One line for people: what it is and what follows from that. */
  detail: string;
}

interface Signature {
  format: BootImageFormat;
  offset: number;
  bytes: readonly number[];
  detail: string;
}

const SIGNATURES: readonly Signature[] = [
  {
    format: 'Image.gz',
    offset: 0,
    bytes: [0x1f, 0x8b],
    detail: 'gzip data; a compressed arm64 Image when it holds one',
  },
  { format: 'zstd', offset: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], detail: 'Zstandard data' },
  { format: 'xz', offset: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], detail: 'xz data: unpack with xz -dc' },
  { format: 'bzip2', offset: 0, bytes: [0x42, 0x5a, 0x68], detail: 'bzip2 data: unpack with bzip2 -dc' },
  { format: 'lz4', offset: 0, bytes: [0x04, 0x22, 0x4d, 0x18], detail: 'lz4 data: unpack with lz4 -dc' },
  { format: 'lz4', offset: 0, bytes: [0x02, 0x21, 0x4c, 0x18], detail: 'lz4 data, legacy frame: unpack with lz4 -dc' },
  { format: 'uImage', offset: 0, bytes: [0x27, 0x05, 0x19, 0x56], detail: 'a U-Boot uImage: extract with dumpimage' },
  {
    format: 'fit',
    offset: 0,
    bytes: [0xd0, 0x0d, 0xfe, 0xed],
    detail: 'a flattened device tree: a U-Boot FIT image (extract with dumpimage) or a plain DTB, which is no kernel',
  },
];

const MACHINES = new Map([
  [0x3e, 'x86-64'],
  [0x03, 'x86'],
  [0x28, '32-bit ARM'],
  [0xb7, 'AArch64'],
  [0xf3, 'RISC-V'],
  [0x15, 'PowerPC 64'],
  [0x16, 's390'],
  [0x102, 'LoongArch'],
]);

const PE_MACHINES = new Map([
  [0xaa64, 'AArch64'],
  [0x8664, 'x86-64'],
  [0x014c, 'x86'],
  [0x01c2, '32-bit ARM'],
  [0x5064, 'RISC-V 64'],
  [0x6264, 'LoongArch 64'],
]);

/** Says what a file is from its signature. Never throws: a damaged file is recognised by what it begins with. */
export function recognise(bytes: Uint8Array): Recognised {
  if (isImage(bytes)) return recogniseImage(bytes);
  if (hasText(bytes, 0, 'MZ') && hasText(bytes, 4, 'zimg')) return recogniseZboot(bytes);
  if (hasText(bytes, 514, 'HdrS') && hasBytes(bytes, 510, [0x55, 0xaa])) {
    return { format: 'x86-bzImage', detail: 'this is an x86 bzImage; kexec on arm64 needs an arm64 Image' };
  }
  if (hasText(bytes, 0, '\x7fELF')) return recogniseElf(bytes);
  if (hasText(bytes, 0, 'MZ')) return { format: 'PE', detail: `an EFI program for ${peMachine(bytes)}` };
  const found = SIGNATURES.find((signature) => hasBytes(bytes, signature.offset, signature.bytes));
  if (found !== undefined) return { format: found.format, detail: found.detail };
  if (isLzma(bytes)) return { format: 'lzma', detail: 'lzma data: unpack with xz --format=lzma -dc' };
  return { format: 'unknown', detail: unknownDetail(bytes) };
}

function recogniseImage(bytes: Uint8Array): Recognised {
  const { flags, imageSize, textOffset } = parseImageHeader(bytes);
  return {
    format: 'Image',
    detail: `arm64 Image, ${flags.endianness}-endian, ${flags.pageSize} pages, needs 0x${imageSize.toString(16)} bytes at text offset 0x${textOffset.toString(16)}`,
  };
}

function recogniseZboot(bytes: Uint8Array): Recognised {
  return {
    format: 'zboot',
    detail: `EFI zboot kernel for ${peMachine(bytes)}, compressed with ${asciiAt(bytes, 24, 32)}`,
  };
}

function recogniseElf(bytes: Uint8Array): Recognised {
  const bits = bytes[4] === 2 ? 64 : 32;
  const little = bytes[5] === 1;
  const machine = bytes.length >= 20 ? viewOf(bytes).getUint16(18, little) : 0;
  const name = MACHINES.get(machine) ?? `machine ${machine}`;
  const detail = `ELF, ${bits}-bit ${little ? 'little' : 'big'}-endian, ${name}`;
  return { format: bits === 64 && little && machine === 0xb7 ? 'vmlinux' : 'elf-other', detail };
}

function peMachine(bytes: Uint8Array): string {
  if (bytes.length < 64) return 'an unknown machine';
  const offset = viewOf(bytes).getUint32(60, true);
  if (!hasText(bytes, offset, 'PE\0\0') || offset + 6 > bytes.length) return 'an unknown machine';
  const machine = viewOf(bytes).getUint16(offset + 4, true);
  return PE_MACHINES.get(machine) ?? `machine 0x${machine.toString(16)}`;
}

// The lzma-alone format has no magic number: the usual properties byte, then a dictionary size of whole 64 KiB.
function isLzma(bytes: Uint8Array): boolean {
  return bytes.length >= 13 && hasBytes(bytes, 0, [0x5d, 0, 0]);
}

function unknownDetail(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  if (hasBytes(bytes, 36, [0x18, 0x28, 0x6f, 0x01])) return 'a 32-bit ARM zImage; kexec on arm64 needs an arm64 Image';
  if (hasText(bytes, 56, 'RSC\x05')) return 'a RISC-V Image; kexec on arm64 needs an arm64 Image';
  if (bytes.length < 64) return `only ${bytes.length} bytes, too short for any kernel`;
  return 'no known signature';
}
