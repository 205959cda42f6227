import { crc32 } from 'hash-wasm';
import { beginsLike, hasBytes, viewOf } from '../bytes.ts';

// The .xz File Format, 2 to 4.
export const XZ_MAGIC: readonly number[] = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0];
const FOOTER_MAGIC = [0x59, 0x5a];
/** A stream's header; the first block follows. */
export const HEADER_SIZE = 12;
const FOOTER_SIZE = 12;
const LZMA2 = 0x21;
/** No integer has more bytes, of 7 bits each. */
const VLI_SIZE = 9;

/** One block of a stream: where it lies, and how much comes out. */
interface XzBlock {
  offset: number;
  size: number;
}

/** One stream of a file: offsets count from the start of the file. */
export interface XzStream {
  offset: number;
  end: number;
  blocks: XzBlock[];
}

/** What streams there are, and where the last one and its padding end. */
export interface XzLayout {
  streams: XzStream[];
  end: number;
}

/**
 * The streams at the start of a file, found from the end of the last one, where each has an index; other data may follow.
 * Undefined where no stream ends: the file is cut, or damaged.
 */
export function xzLayout(bytes: Uint8Array): XzLayout | undefined {
  const search: Search = { ends: new Set(), left: bytes.length };
  const whole = streamsUpTo(bytes, bytes.length, search);
  if (whole !== undefined) return { streams: whole, end: bytes.length };
  for (let end = bytes.length & ~3; end >= HEADER_SIZE + FOOTER_SIZE; end -= 4) {
    if (!hasBytes(bytes, end - 2, FOOTER_MAGIC)) continue;
    const streams = streamsUpTo(bytes, end, search);
    if (streams === undefined) continue;
    const after = afterPadding(bytes, end);
    // Another stream, which is cut: data is missing.
    return beginsLike(bytes.subarray(after), XZ_MAGIC) ? undefined : { streams, end: after };
  }
  return undefined;
}

/** What keeps the search from taking more time than the file is long, however many ends it seems to have. */
interface Search {
  /** Where streams end that were looked at before: none of them leads to the start. */
  ends: Set<number>;
  /** How many bytes of indexes may still be read. */
  left: number;
}

/** The streams that end there, if they begin at the start of the file. */
function streamsUpTo(bytes: Uint8Array, last: number, search: Search): XzStream[] | undefined {
  const streams: XzStream[] = [];
  let end = last;
  while (end > 0) {
    // Stream padding: zeros, four at a time.
    while (end >= 4 && hasBytes(bytes, end - 4, PADDING)) end -= 4;
    if (search.ends.has(end)) return undefined;
    search.ends.add(end);
    const stream = streamEndingAt(bytes, end, search);
    if (stream === undefined) return undefined;
    streams.push(stream);
    end = stream.offset;
  }
  return streams.length === 0 ? undefined : streams.reverse();
}

const PADDING = [0, 0, 0, 0];

function afterPadding(bytes: Uint8Array, start: number): number {
  let at = start;
  while (hasBytes(bytes, at, PADDING)) at += 4;
  return at;
}

function streamEndingAt(bytes: Uint8Array, end: number, search: Search): XzStream | undefined {
  if (end < HEADER_SIZE + FOOTER_SIZE || !hasBytes(bytes, end - 2, FOOTER_MAGIC)) return undefined;
  const indexEnd = end - FOOTER_SIZE;
  const indexSize = (viewOf(bytes).getUint32(indexEnd + 4, true) + 1) * 4;
  if (indexSize > Math.min(indexEnd, search.left)) return undefined;
  search.left -= indexSize;
  const records = indexRecords(bytes.subarray(indexEnd - indexSize, indexEnd));
  if (records === undefined) return undefined;
  const stored = records.reduce((sum, { unpadded }) => sum + padded(unpadded), 0);
  const offset = indexEnd - indexSize - stored - HEADER_SIZE;
  if (offset < 0 || !hasBytes(bytes, offset, XZ_MAGIC)) return undefined;
  let at = offset + HEADER_SIZE;
  const blocks = records.map(({ unpadded, size }) => {
    const block = { offset: at, size };
    at += padded(unpadded);
    return block;
  });
  return { offset, end, blocks };
}

const padded = (size: number): number => Math.ceil(size / 4) * 4;

function indexRecords(index: Uint8Array): { unpadded: number; size: number }[] | undefined {
  if (index[0] !== 0) return undefined;
  const count = readVli(index, 1);
  // Each record has two bytes at least.
  if (count === undefined || count.value > index.length / 2) return undefined;
  const records: { unpadded: number; size: number }[] = [];
  let at = count.next;
  while (records.length < count.value) {
    const unpadded = readVli(index, at);
    const size = unpadded && readVli(index, unpadded.next);
    if (unpadded === undefined || size === undefined) return undefined;
    records.push({ unpadded: unpadded.value, size: size.value });
    at = size.next;
  }
  return records;
}

/** An integer of 7 bits a byte; those that no kernel needs lose their exactness. */
function readVli(bytes: Uint8Array, start: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let at = start; at < Math.min(bytes.length, start + VLI_SIZE); at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return undefined;
}

/**
 * Makes a block's dictionary no larger than what comes out of the block, which is all that it is ever used for: the
 * kernel's build asks for 128 MiB, and the decoder gives 64. `bytes` is changed.
 */
export async function fitDictionary(bytes: Uint8Array, { offset, size }: XzBlock): Promise<void> {
  const header = bytes.subarray(offset, offset + ((bytes[offset] ?? 0) + 1) * 4);
  const at = dictionaryAt(header);
  if (at === undefined) return;
  let code = 0;
  while (dictionarySize(code) < size) code++;
  if (code >= (header[at] ?? 0)) return;
  const checksumAt = header.length - 4;
  const checksum = async (): Promise<number> => Number.parseInt(await crc32(header.subarray(0, checksumAt)), 16);
  // One that is damaged stays so.
  if (viewOf(header).getUint32(checksumAt, true) !== (await checksum())) return;
  header[at] = code;
  viewOf(header).setUint32(checksumAt, await checksum(), true);
}

/** 4 KiB, 6 KiB, 8 KiB, 12 KiB, … */
const dictionarySize = (code: number): number => (2 + (code & 1)) * 2 ** (11 + (code >> 1));

/** What a stream is checked with, by its number (2.1.1.2); undefined where its header is cut. */
export const xzCheck = (bytes: Uint8Array): number | undefined => bytes[XZ_MAGIC.length + 1];

/** The first filter of the first block, by its number (5.3); undefined where there is none. */
export function firstFilter(bytes: Uint8Array): number | undefined {
  const header = bytes.subarray(HEADER_SIZE);
  // An index begins with a zero.
  const at = header[0] === 0 ? undefined : filtersAt(header);
  return at === undefined ? undefined : header[at];
}

/** Where the filters begin in a block's header: after its optional sizes. */
function filtersAt(header: Uint8Array): number | undefined {
  const flags = header[1] ?? 0;
  let at = 2;
  for (const bit of [0x40, 0x80]) {
    if ((flags & bit) === 0) continue;
    const skipped = readVli(header, at);
    if (skipped === undefined) return undefined;
    at = skipped.next;
  }
  return at;
}

/** Where the dictionary's size stands in a header with one filter, LZMA2. */
function dictionaryAt(header: Uint8Array): number | undefined {
  const at = ((header[1] ?? 0) & 3) === 0 ? filtersAt(header) : undefined;
  if (at === undefined) return undefined;
  return header[at] === LZMA2 && header[at + 1] === 1 && at + 2 < header.length - 4 ? at + 2 : undefined;
}
