import { createXXHash32, type IHasher } from 'hash-wasm';
import { beginsLike, FDT_MAGIC, hasBytes, viewOf } from '../bytes.ts';
import { BootImageError } from '../error.ts';
import { damaged, endsEarly } from './errors.ts';
import { lz4BlockSize } from './lz4-block.ts';
import { tooBig } from './output.ts';
import { afterSkippable } from './skippable.ts';

/** The magic number of a frame (LZ4 Frame Format Description), and of the old one, which the kernel's build writes. */
export const LZ4_MAGIC: readonly number[] = [0x04, 0x22, 0x4d, 0x18];
export const LZ4_LEGACY_MAGIC: readonly number[] = [0x02, 0x21, 0x4c, 0x18];
/** What a block of the old frame holds at most. */
export const LEGACY_BLOCK_MAX: number = 8 << 20;
const STORED = 0x80000000;

/** One block: where its bytes lie in the file, and how many come out. */
export interface Lz4Block {
  start: number;
  end: number;
  size: number;
  isStored: boolean;
}

/** The blocks of all frames of a file, checked: they can be decoded one after the other. */
export interface Lz4Layout {
  blocks: Lz4Block[];
  /** How many bytes come out. */
  size: number;
  /** Offset after the last frame. */
  end: number;
  /** Checksums of what comes out between two places. */
  checksums: { from: number; to: number; value: number }[];
}

/**
 * Finds the blocks of the frames at the start of a file, and how much comes out of each.
 *
 * @throws BootImageError `ENODATA`, `EBADMSG`, `EFBIG`; `EOPNOTSUPP` for a dictionary
 */
export async function lz4Layout(bytes: Uint8Array, maxSize: number): Promise<Lz4Layout> {
  const hasher = await createXXHash32(0);
  const layout: Lz4Layout = { blocks: [], size: 0, end: 0, checksums: [] };
  const reader = new FrameReader(bytes, maxSize, layout, hasher);
  for (;;) {
    layout.end = afterSkippable(bytes, layout.end);
    if (layout.end > bytes.length) throw endsEarly('lz4', bytes.length);
    if (hasBytes(bytes, layout.end, LZ4_MAGIC)) reader.frame();
    else if (hasBytes(bytes, layout.end, LZ4_LEGACY_MAGIC)) reader.legacyFrame();
    else if (beginsLike(bytes.subarray(layout.end), LZ4_MAGIC)) throw endsEarly('lz4', bytes.length);
    else return layout;
  }
}

/**
 * Whether a legacy frame ends here: it has no end of its own. What no size of a block can be does end it, but where a byte
 * is damaged, too: so only a device tree is taken for what follows it, other frames, and zeros up to the end.
 */
function endsLegacyFrame(bytes: Uint8Array, at: number): boolean {
  if ([LZ4_MAGIC, LZ4_LEGACY_MAGIC, FDT_MAGIC].some((magic) => hasBytes(bytes, at, magic))) return true;
  return afterSkippable(bytes, at) > at || isZeros(bytes, at);
}

function isZeros(bytes: Uint8Array, start: number): boolean {
  let at = start;
  while (at < bytes.length && bytes[at] === 0) at++;
  return at === bytes.length;
}

class FrameReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #maxSize: number;
  readonly #layout: Lz4Layout;
  readonly #hasher: IHasher;
  #at = 0;

  constructor(bytes: Uint8Array, maxSize: number, layout: Lz4Layout, hasher: IHasher) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#maxSize = maxSize;
    this.#layout = layout;
    this.#hasher = hasher;
  }

  /** Blocks of at most 8 MiB, up to the end of the file, what follows the frame, or a length that was appended. */
  legacyFrame(): void {
    this.#at = this.#layout.end + 4;
    while (!endsLegacyFrame(this.#bytes, this.#at)) {
      const left = this.#bytes.length - this.#at;
      if (left === 4 && this.#view.getUint32(this.#at, true) === this.#layout.size) break;
      const size = this.#word();
      this.#block(size, LEGACY_BLOCK_MAX, 0, false);
    }
    this.#layout.end = this.#at;
  }

  frame(): void {
    const { from, blockMax, isLinked, hasBlockChecksums, hasChecksum, contentSize } = this.#header();
    for (;;) {
      const word = this.#word();
      if (word === 0) break;
      const [start, history] = [this.#at, isLinked ? this.#layout.size - from : 0];
      this.#block(word & ~STORED, blockMax, history, word >= STORED);
      const end = this.#at;
      if (hasBlockChecksums && this.#word() !== this.#hash(start, end)) throw this.#wrong(start);
    }
    const to = this.#layout.size;
    if (contentSize !== undefined && contentSize !== BigInt(to - from)) throw this.#wrong(this.#at);
    if (hasChecksum) this.#layout.checksums.push({ from, to, value: this.#word() });
    this.#layout.end = this.#at;
  }

  #header() {
    const start = this.#layout.end + 4;
    this.#at = start;
    this.#need(3);
    const [flags, descriptor] = [this.#bytes[start] ?? 0, this.#bytes[start + 1] ?? 0];
    if (flags >> 6 !== 1) throw damaged('the lz4 frame is of an unknown version', { offset: start });
    if ((flags & 1) !== 0) throw needsDictionary(start);
    const hasSize = (flags & 8) !== 0;
    this.#at += hasSize ? 10 : 2;
    this.#need(1);
    const contentSize = hasSize ? this.#view.getBigUint64(start + 2, true) : undefined;
    if (contentSize !== undefined && contentSize > BigInt(this.#maxSize)) throw tooBig(this.#maxSize);
    if (this.#bytes[this.#at] !== ((this.#hash(start, this.#at) >> 8) & 0xff)) throw this.#wrong(start);
    this.#at += 1;
    return {
      from: this.#layout.size,
      blockMax: 2 ** (8 + 2 * ((descriptor >> 4) & 7)),
      isLinked: (flags & 0x20) === 0,
      hasBlockChecksums: (flags & 0x10) !== 0,
      hasChecksum: (flags & 4) !== 0,
      contentSize,
    };
  }

  #block(stored: number, most: number, history: number, isStored: boolean): void {
    this.#need(stored);
    const [start, end] = [this.#at, this.#at + stored];
    const size = isStored ? stored : lz4BlockSize(this.#bytes, start, end, history, most);
    if (size > most) throw damaged('a block of the lz4 data is too large', { offset: start });
    this.#layout.blocks.push({ start, end, size, isStored });
    this.#layout.size += size;
    this.#at = end;
    if (this.#layout.size > this.#maxSize) throw tooBig(this.#maxSize);
  }

  #word(): number {
    this.#need(4);
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  #need(count: number): void {
    if (this.#at + count > this.#bytes.length) throw endsEarly('lz4', this.#bytes.length);
  }

  #hash(from: number, to: number): number {
    return xxh32(this.#hasher, this.#bytes.subarray(from, to));
  }

  #wrong(offset: number): BootImageError {
    return damaged('a checksum or length does not fit the lz4 data', { offset });
  }
}

/** XXH32 of these bytes. */
export function xxh32(hasher: IHasher, bytes: Uint8Array): number {
  return Number.parseInt(hasher.init().update(bytes).digest(), 16);
}

const needsDictionary = (offset: number): BootImageError =>
  new BootImageError('EOPNOTSUPP', 'the lz4 frame needs a dictionary', 'unpack it with lz4 -dc -D DICTIONARY first', {
    offset,
  });
