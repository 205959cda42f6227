import { encodeImageHeader, type ImageHeaderFields } from '../image/header.ts';

/** Little-endian fields written into bytes: offset, width in bytes, value. */
export type Field = readonly [offset: number, width: 1 | 2 | 4 | 8, value: number | bigint];

export function withFields(bytes: Uint8Array, ...fields: Field[]): Uint8Array {
  for (const [offset, width, value] of fields) {
    for (let index = 0; index < width; index++)
      bytes[offset + index] = Number((BigInt(value) >> BigInt(8 * index)) & 255n);
  }
  return bytes;
}

export function withText(bytes: Uint8Array, offset: number, text: string): Uint8Array {
  for (let index = 0; index < text.length; index++) bytes[offset + index] = text.charCodeAt(index);
  return bytes;
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Bytes without order that compress well, the same on every run: 32-byte strings, picked from 64. */
export function noise(size: number): Uint8Array {
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  };
  const strings = Array.from({ length: 64 }, () => Uint8Array.from({ length: 32 }, next));
  const bytes = new Uint8Array(size + 32);
  for (let at = 0; at < size; at += 32) bytes.set(strings[next() & 63] ?? [], at);
  return bytes.slice(0, size);
}

/** An Image: header and noise. The one of 300000 bytes is what the files in fixtures/ hold. */
export function makeImage(size = 300_000, fields: Partial<ImageHeaderFields> = {}): Uint8Array {
  const bytes = noise(size);
  bytes.set(encodeImageHeader({ imageSize: 0x100000n, ...fields }));
  return bytes;
}

export interface Section {
  name: string;
  bytes: Uint8Array;
  /** Padding in the file after the bytes. */
  padding?: number;
}

/** A PE file: `MZ`, PE header at 64, then the sections' bytes one after the other; with a certificate table where it is signed. */
export function makePe(machine: number, sections: Section[], isSigned = false): Uint8Array {
  const optional = isSigned ? 240 : 0;
  const table = 64 + 24 + optional;
  const header = new Uint8Array(table + 40 * sections.length);
  withText(header, 0, 'MZ');
  withFields(header, [60, 4, 64]);
  withText(header, 64, 'PE\0\0');
  withFields(header, [68, 2, machine], [70, 2, sections.length], [84, 2, optional]);
  if (isSigned) withFields(header, [88, 2, 0x20b], [88 + 148, 4, 1000]);
  let at = header.length;
  sections.forEach(({ name, bytes, padding = 0 }, index) => {
    const entry = table + 40 * index;
    const rawSize = bytes.length + padding;
    withText(header, entry, name);
    withFields(header, [entry + 8, 4, bytes.length], [entry + 16, 4, rawSize], [entry + 20, 4, at]);
    at += rawSize;
  });
  return concat(header, ...sections.flatMap(({ bytes, padding = 0 }) => [bytes, new Uint8Array(padding)]));
}

/** An EFI zboot file around compressed bytes; `after` follows the payload as the build appends a length. */
export function makeZboot(compression: string, payload: Uint8Array, after: Uint8Array = new Uint8Array(0)): Uint8Array {
  const header = makePe(0xaa64, []);
  const offset = 128;
  const bytes = concat(header, new Uint8Array(offset - header.length), payload, after);
  withText(bytes, 4, 'zimg');
  withFields(bytes, [8, 4, offset], [12, 4, payload.length], [56, 4, 0x818223cd]);
  return withText(bytes, 24, `${compression}\0`);
}

export interface Segment {
  physical: bigint;
  bytes: Uint8Array;
  /** Default: the segment's size in the file. */
  memorySize?: bigint;
  /** Program header type; default PT_LOAD. */
  type?: number;
}

/** An ELF file, 64-bit little-endian: header, program headers, the segments' bytes. */
export function makeElf(segments: Segment[], machine = 0xb7): Uint8Array {
  const header = new Uint8Array(64 + 56 * segments.length);
  withText(header, 0, '\x7fELF');
  withFields(header, [4, 1, 2], [5, 1, 1], [6, 1, 1], [16, 2, 2], [18, 2, machine], [20, 4, 1]);
  withFields(header, [32, 8, 64], [52, 2, 64], [54, 2, 56], [56, 2, segments.length], [58, 2, 64]);
  let at = header.length;
  segments.forEach(({ physical, bytes, memorySize, type = 1 }, index) => {
    const entry = 64 + 56 * index;
    withFields(
      header,
      [entry, 4, type],
      [entry + 4, 4, 7],
      [entry + 8, 8, at],
      [entry + 16, 8, physical + 0xffff000000000000n],
    );
    withFields(
      header,
      [entry + 24, 8, physical],
      [entry + 32, 8, bytes.length],
      [entry + 40, 8, memorySize ?? bytes.length],
    );
    at += bytes.length;
  });
  return concat(header, ...segments.map(({ bytes }) => bytes));
}
