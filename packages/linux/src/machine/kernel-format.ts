/** What a file's first bytes show, in words that end a sentence. */
interface Format {
  readonly words: string;
  readonly at: number;
  readonly magic: readonly number[];
}

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];

/** What is told apart: the first that fits counts. */
const formats: readonly Format[] = [
  // The setup header of the x86 boot protocol.
  { words: 'an x86 bzImage', at: 0x202, magic: ascii('HdrS') },
  // Documentation/arch/arm64/booting.rst: magic, at 56.
  { words: 'a plain arm64 Image', at: 56, magic: [...ascii('ARM'), 0x64] },
  { words: 'an EFI zboot image, which is packed', at: 4, magic: ascii('zimg') },
  { words: 'a file packed by gzip', at: 0, magic: [0x1f, 0x8b] },
  { words: 'a file packed by xz', at: 0, magic: [0xfd, ...ascii('7zXZ')] },
  { words: 'a file packed by zstd', at: 0, magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { words: 'an ELF file, such as vmlinux', at: 0, magic: [0x7f, ...ascii('ELF')] },
  { words: 'a cpio archive, such as an initramfs', at: 0, magic: ascii('0707') },
];

/** What a file looks like that shall be started, from its first 1024 bytes. */
export function kernelFormat(bytes: Uint8Array): string {
  const found = formats.find(({ at, magic }) => magic.every((byte, index) => bytes[at + index] === byte));
  return found?.words ?? 'no kernel that is known';
}
