/** A program header as a reader of its own sees it. */
export interface SeenPart {
  readonly type: 'LOAD' | 'NOTE' | string;
  readonly offset: bigint;
  readonly virtual: bigint;
  readonly physical: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
}

/** Reads the program headers of an ELF64 file, little-endian, by the offsets that its own header gives. */
export function partsOf(bytes: Uint8Array): SeenPart[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = Number(view.getBigUint64(0x20, true));
  const size = view.getUint16(0x36, true);
  return Array.from({ length: view.getUint16(0x38, true) }, (_, index) => {
    const at = table + index * size;
    const word = (offset: number): bigint => view.getBigUint64(at + offset, true);
    const type = view.getUint32(at, true);
    return {
      type: type === 1 ? 'LOAD' : type === 4 ? 'NOTE' : `0x${type.toString(16)}`,
      offset: word(8),
      virtual: word(16),
      physical: word(24),
      fileSize: word(32),
      memorySize: word(40),
    };
  });
}

/** What `readelf -lW` prints of program headers. */
export function partsByReadelf(text: string): SeenPart[] {
  return text.split('\n').flatMap((line) => {
    const match = /^ {2}(\w+) +0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+) /.exec(line);
    if (match === null) return [];
    const [offset = 0n, virtual = 0n, physical = 0n, fileSize = 0n, memorySize = 0n] = match
      .slice(2)
      .map((digits) => BigInt(`0x${digits}`));
    return [{ type: match[1] ?? '', offset, virtual, physical, fileSize, memorySize }];
  });
}

/** A /proc/kcore with nothing but its notes, and a program header before theirs. */
export function kcoreWith(vmcoreinfo: string): Uint8Array {
  const note = new TextEncoder().encode(`CORE\0\0\0\0VMCOREINFO\0\0${vmcoreinfo}`);
  const bytes = new Uint8Array(0x1000 + note.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f45_4c46, false);
  view.setBigUint64(32, 64n, true);
  view.setUint16(56, 2, true);
  view.setUint32(64, 1, true);
  view.setUint32(64 + 56, 4, true);
  view.setBigUint64(64 + 56 + 8, 0x1000n, true);
  view.setBigUint64(64 + 56 + 32, BigInt(note.length), true);
  bytes.set(note, 0x1000);
  return bytes;
}
