import { asciiAt, hasBytes, hasText, viewOf } from './bytes.ts';
import { isImage, parseImageHeader } from './header.ts';
import { readPe } from './pe.ts';

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

interface Signature extends Recognised {
  bytes: readonly number[];
}

// What a file begins with.
const SIGNATURES: readonly Signature[] = [
  { format: 'Image.gz', bytes: [0x1f, 0x8b], detail: 'gzip data' },
  { format: 'zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd], detail: 'Zstandard data' },
  { format: 'xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], detail: 'xz data' },
  { format: 'bzip2', bytes: [0x42, 0x5a, 0x68], detail: 'bzip2 data' },
  { format: 'lz4', bytes: [0x04, 0x22, 0x4d, 0x18], detail: 'lz4 data' },
  { format: 'lz4', bytes: [0x02, 0x21, 0x4c, 0x18], detail: 'lz4 data in the legacy frame' },
  // No magic number: the usual properties byte and a dictionary of whole 64 KiB.
  { format: 'lzma', bytes: [0x5d, 0, 0], detail: 'lzma data' },
  { format: 'uImage', bytes: [0x27, 0x05, 0x19, 0x56], detail: 'a U-Boot uImage: extract the kernel with dumpimage' },
  {
    format: 'fit',
    bytes: [0xd0, 0x0d, 0xfe, 0xed],
    detail:
      'a device tree: a U-Boot FIT image (extract the kernel with dumpimage) or a plain DTB, which is not a kernel',
  },
];

// Files that are taken for a kernel often enough to be named.
const OTHERS: readonly { text: string; offset: number; detail: string }[] = [
  { text: '\x18\x28\x6f\x01', offset: 36, detail: 'a 32-bit ARM zImage; kexec on arm64 needs an arm64 Image' },
  { text: 'RSC\x05', offset: 56, detail: 'a RISC-V Image; kexec on arm64 needs an arm64 Image' },
  { text: 'ANDROID!', offset: 0, detail: 'an Android boot image: extract the kernel with unpack_bootimg' },
  { text: '070701', offset: 0, detail: 'a cpio archive: an initramfs, not a kernel' },
];

// ELF e_machine and PE Machine numbers of the architectures that Linux kernels come for.
const ELF_MACHINES = new Map([
  [0x03, 'x86'],
  [0x15, 'PowerPC 64'],
  [0x16, 's390'],
  [0x28, '32-bit ARM'],
  [0x3e, 'x86-64'],
  [0xb7, 'AArch64'],
  [0xf3, 'RISC-V'],
  [0x102, 'LoongArch'],
]);
const PE_MACHINES = new Map([
  [0x014c, 'x86'],
  [0x01c2, '32-bit ARM'],
  [0x5064, 'RISC-V 64'],
  [0x6264, 'LoongArch 64'],
  [0x8664, 'x86-64'],
  [0xaa64, 'AArch64'],
]);
const ELF_AARCH64 = 0xb7;

/** Says what a file is from its signature. Never throws: a damaged file is recognised by what it begins with. */
export function recognise(bytes: Uint8Array): Recognised {
  if (isImage(bytes)) return recogniseImage(bytes);
  if (hasText(bytes, 0, 'MZ') && hasText(bytes, 4, 'zimg')) return recogniseZboot(bytes);
  if (hasBytes(bytes, 510, [0x55, 0xaa]) && hasText(bytes, 514, 'HdrS')) {
    return { format: 'x86-bzImage', detail: 'this is an x86 bzImage; kexec on arm64 needs an arm64 Image' };
  }
  if (hasText(bytes, 0, '\x7fELF')) return recogniseElf(bytes);
  const other = OTHERS.find(({ text, offset }) => hasText(bytes, offset, text));
  if (other !== undefined) return { format: 'unknown', detail: other.detail };
  if (hasText(bytes, 0, 'MZ')) return recognisePe(bytes);
  const found = SIGNATURES.find((signature) => hasBytes(bytes, 0, signature.bytes));
  if (found !== undefined) return { format: found.format, detail: found.detail };
  if (bytes.length === 0) return { format: 'unknown', detail: 'an empty file' };
  if (bytes.length < 64) return { format: 'unknown', detail: `${bytes.length} bytes, too few for any kernel` };
  return { format: 'unknown', detail: 'nothing that begins like a kernel' };
}

function recogniseImage(bytes: Uint8Array): Recognised {
  const { flags, imageSize, textOffset } = parseImageHeader(bytes);
  const pages = flags.pageSize === 'unspecified' ? 'page size unspecified' : `${flags.pageSize} pages`;
  const needs = `needs 0x${imageSize.toString(16)} bytes at text offset 0x${textOffset.toString(16)}`;
  return { format: 'Image', detail: `arm64 Image, ${flags.endianness}-endian, ${pages}, ${needs}` };
}

function recogniseZboot(bytes: Uint8Array): Recognised {
  const compression = asciiAt(bytes, 24, 32) || 'nothing named';
  return { format: 'zboot', detail: `EFI zboot kernel for ${peMachine(bytes)}, compressed with ${compression}` };
}

function recognisePe(bytes: Uint8Array): Recognised {
  const machine = peMachine(bytes);
  const isUnified = readPe(bytes)?.sections.some(({ name }) => name === '.linux') ?? false;
  const what = isUnified ? 'a unified kernel image (UKI)' : 'an EFI program without a kernel in it';
  return { format: 'PE', detail: `${what} for ${machine}` };
}

function recogniseElf(bytes: Uint8Array): Recognised {
  const bits = bytes[4] === 2 ? 64 : 32;
  const isLittle = bytes[5] === 1;
  const machine = bytes.length >= 20 ? viewOf(bytes).getUint16(18, isLittle) : 0;
  const name = ELF_MACHINES.get(machine) ?? `machine ${machine}`;
  const detail = `an ELF file, ${bits}-bit ${isLittle ? 'little' : 'big'}-endian, for ${name}`;
  return { format: bits === 64 && isLittle && machine === ELF_AARCH64 ? 'vmlinux' : 'elf-other', detail };
}

function peMachine(bytes: Uint8Array): string {
  const machine = readPe(bytes)?.machine;
  if (machine === undefined) return 'an unknown machine';
  return PE_MACHINES.get(machine) ?? `machine 0x${machine.toString(16)}`;
}
