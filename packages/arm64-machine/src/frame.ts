import type { Counters } from './counters.ts';

/** Bytes of a frame: the machine keeps memory in 4 KiB pieces whatever granule its tables use. */
export const FRAME_SIZE = 4096;
/** Bytes of a cache line. */
export const LINE_SIZE = 64;
/** Lines in a frame. */
export const LINES = 64;

const WORDS = FRAME_SIZE / 4;
const LINE_WORDS = LINE_SIZE / 4;
/** What memory holds that nobody wrote: no routine may rely on zeros. */
const GARBAGE = 0xa5a5a5a5;

/** Stores to a frame that must be noticed, as bits of `Frame.watched`. */
export const WATCH_TABLE = 1;
export const WATCH_CODE = 2;

/**
 * 4 KiB of physical memory in two views: what the point of coherency holds, and what the data cache holds.
 *
 * Lines are written back only by cache maintenance, or when an adversary says so: real caches evict by themselves, at
 * any time, and a program is right only if it does not depend on either.
 */
export class Frame {
  /** The point of coherency: what the next stage reads with its MMU off. */
  readonly memory: Uint32Array = new Uint32Array(WORDS).fill(GARBAGE);
  /** The cache's view; only the words of valid lines mean anything. */
  cache: Uint32Array | undefined;
  /** One bit a line: 64 lines in two words. */
  readonly valid: Uint32Array = new Uint32Array(2);
  readonly dirty: Uint32Array = new Uint32Array(2);
  /** Lines as they were when DC CVAU made them visible to fetches, while memory does not hold them. */
  unified: Map<number, Uint32Array> | undefined;
  /** Whether translation tables were read from it, or code was fetched. */
  watched = 0;

  /** The words to read a cacheable access at byte `offset` from, its line filled. */
  forRead(offset: number, counters: Counters): Uint32Array {
    const line = offset >>> 6;
    if (this.cache !== undefined && ((this.valid[line >>> 5] ?? 0) >>> (line & 31)) & 1) return this.cache;
    return this.#fill(line, counters);
  }

  /** The words to write a cacheable access at byte `offset` to, its line filled and marked dirty. */
  forWrite(offset: number, counters: Counters): Uint32Array {
    const line = offset >>> 6;
    const words = this.forRead(offset, counters);
    this.dirty[line >>> 5] = (this.dirty[line >>> 5] ?? 0) | (1 << (line & 31));
    return words;
  }

  /** Whether the cache holds the line. */
  isValid(line: number): boolean {
    return ((this.valid[line >>> 5] ?? 0) & (1 << (line & 31))) !== 0;
  }

  /** Whether the cache holds something newer than memory in the line. */
  isDirty(line: number): boolean {
    return ((this.dirty[line >>> 5] ?? 0) & (1 << (line & 31))) !== 0;
  }

  /** The word that a coherent reader sees: the cache's where its line is valid. Fills nothing. */
  coherentWord(index: number): number {
    return ((this.isValid(index >>> 4) ? this.cache?.[index] : this.memory[index]) ?? 0) >>> 0;
  }

  /** The word that a fetch through the instruction cache brings in: from the point of unification. */
  fetchedWord(index: number): number {
    const line = this.unified?.get(index >>> 4);
    return (line === undefined ? this.memory[index] : line[index & 15]) ?? 0;
  }

  /** DC CVAU: fetches see the line as data accesses do. */
  unifyLine(line: number): void {
    if (!this.isDirty(line) || this.cache === undefined) return;
    this.unified ??= new Map();
    this.unified.set(line, this.cache.slice(line * LINE_WORDS, (line + 1) * LINE_WORDS));
  }

  /** Brings a line in, as a speculative load may at any time. */
  prefetch(line: number, counters: Counters): void {
    if (!this.isValid(line)) this.#fill(line, counters);
  }

  #fill(line: number, counters: Counters): Uint32Array {
    this.cache ??= new Uint32Array(WORDS);
    copyLine(this.memory, this.cache, line);
    this.valid[line >>> 5] = (this.valid[line >>> 5] ?? 0) | (1 << (line & 31));
    counters.lineFills += 1;
    return this.cache;
  }

  /** DC CVAC for one line: a dirty line reaches memory. */
  cleanLine(line: number, counters: Counters): void {
    if (!this.isDirty(line)) return;
    this.writeBack(line);
    counters.lineCleans += 1;
  }

  /** A dirty line reaches memory, by whatever cause. */
  writeBack(line: number): void {
    if (!this.isDirty(line) || this.cache === undefined) return;
    copyLine(this.cache, this.memory, line);
    this.unified?.delete(line);
    this.dirty[line >>> 5] = (this.dirty[line >>> 5] ?? 0) & ~(1 << (line & 31));
  }

  /** DC IVAC for one line: the line is dropped, dirty or not. */
  invalidateLine(line: number): void {
    const bit = 1 << (line & 31);
    this.valid[line >>> 5] = (this.valid[line >>> 5] ?? 0) & ~bit;
    this.dirty[line >>> 5] = (this.dirty[line >>> 5] ?? 0) & ~bit;
  }

  /** Fills the frame with bytes as a running kernel does, through its cache: every line valid and dirty. */
  storeDirty(bytes: Uint8Array): void {
    this.cache ??= new Uint32Array(WORDS);
    const view = new Uint8Array(this.cache.buffer, this.cache.byteOffset, FRAME_SIZE);
    view.set(bytes);
    view.fill(0, bytes.length);
    this.valid.fill(0xffffffff);
    this.dirty.fill(0xffffffff);
  }

  /** Cleans and invalidates the whole frame, as a loader does by address range; counts nothing. */
  flush(): void {
    for (let line = 0; line < LINES; line++) this.writeBack(line);
    this.valid.fill(0);
  }

  /** How many lines are dirty. */
  dirtyLines(): number {
    return popcount(this.dirty[0] ?? 0) + popcount(this.dirty[1] ?? 0);
  }

  /** A copy that shares nothing with this one. */
  clone(): Frame {
    const copy = new Frame();
    copy.memory.set(this.memory);
    copy.cache = this.cache?.slice();
    copy.valid.set(this.valid);
    copy.dirty.set(this.dirty);
    copy.watched = this.watched;
    copy.unified = this.unified && new Map(this.unified);
    return copy;
  }
}

/** A loop is quicker than views for 16 words. */
function copyLine(from: Uint32Array, to: Uint32Array, line: number): void {
  const end = (line + 1) * LINE_WORDS;
  for (let at = line * LINE_WORDS; at < end; at++) to[at] = from[at] ?? 0;
}

function popcount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
