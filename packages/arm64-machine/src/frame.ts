import type { Counters } from './counters.ts';
import { FRAME_LINES, FRAME_SIZE, FRAME_WORDS, LINE_WORDS } from './sizes.ts';

/** What memory holds that nobody wrote: no routine may rely on zeros. */
const GARBAGE = 0xa5a5a5a5;

/** States of a line in the cache. */
export const INVALID = 0;
const CLEAN = 1;
export const DIRTY = 2;

/** Cuts many small arrays out of few large ones: making a typed array of its own costs more than filling it. */
class Pieces<T extends Uint8Array | Uint32Array> {
  readonly #length: number;
  readonly #make: (length: number) => T;
  readonly #cut: (whole: T, from: number, to: number) => T;
  #whole: T | undefined;
  #next = 0;

  constructor(length: number, make: (length: number) => T, cut: (whole: T, from: number, to: number) => T) {
    this.#length = length;
    this.#make = make;
    this.#cut = cut;
  }

  /** The next piece, all zero. */
  take(): T {
    if (this.#whole === undefined || this.#next === this.#whole.length) {
      this.#whole = this.#make(this.#length * PIECES);
      this.#next = 0;
    }
    const from = this.#next;
    this.#next += this.#length;
    return this.#cut(this.#whole, from, this.#next);
  }
}

const PIECES = 64;
const words = new Pieces(
  FRAME_WORDS,
  (length) => new Uint32Array(length),
  (whole, from, to) => whole.subarray(from, to),
);
const states = new Pieces(
  FRAME_LINES,
  (length) => new Uint8Array(length),
  (whole, from, to) => whole.subarray(from, to),
);

/** The data cache maintenance that one CPU has asked for since its last DSB. */
export interface Maintenance {
  /** Counts its DSBs: what was asked for at an earlier count is complete. */
  completed: number;
}

/** Lines of a frame that a CPU maintains, as two halves of a mask, and its count of DSBs when it began. */
interface Maintained {
  readonly by: Maintenance;
  readonly since: number;
  low: number;
  high: number;
}

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
  readonly memory: Uint32Array = words.take().fill(GARBAGE);
  /** The cache's view; only the words of valid lines mean anything. */
  cache: Uint32Array | undefined;
  /** The state of each line in the cache: `INVALID`, `CLEAN` or `DIRTY`. */
  readonly lines: Uint8Array = states.take();
  /** As states of lines, `DIRTY` for those that may be accessed past the cache: not dirty in it, nor under maintenance. */
  direct: Uint8Array | undefined;
  /** Lines as they were when DC CVAU made them visible to fetches, while memory does not hold them. */
  unified: Map<number, Uint32Array> | undefined;
  /** Whether translation tables were read from it, or code was fetched. */
  watched = 0;
  #maintained: Maintained | undefined;

  /** The words to read a cacheable access at byte `offset` from, its line filled. */
  forRead(offset: number, counters: Counters): Uint32Array {
    const line = offset >>> 6;
    return this.lines[line] !== INVALID && this.cache !== undefined ? this.cache : this.#fill(line, counters);
  }

  /** The words to write a cacheable access at byte `offset` to, its line filled and marked dirty. */
  forWrite(offset: number, counters: Counters): Uint32Array {
    const words = this.forRead(offset, counters);
    this.lines[offset >>> 6] = DIRTY;
    if (this.direct !== undefined) this.direct[offset >>> 6] = INVALID;
    return words;
  }

  /** Whether the cache holds the line. */
  isValid(line: number): boolean {
    return this.lines[line] !== INVALID;
  }

  /** Whether the cache holds something newer than memory in the line. */
  isDirty(line: number): boolean {
    return this.lines[line] === DIRTY;
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
    this.cache ??= words.take();
    copyLine(this.memory, this.cache, line);
    this.lines[line] = CLEAN;
    counters.lineFills += 1;
    return this.cache;
  }

  /** DC CVAC for one line: a dirty line reaches memory. */
  cleanLine(line: number, counters: Counters): void {
    if (!this.isDirty(line)) return;
    this.writeBack(line);
    counters.lineCleans += 1;
  }

  /** A CPU asked for maintenance of the line: it is done at any time until the CPU's next DSB. */
  maintain(line: number, by: Maintenance): void {
    let held = this.#maintained;
    if (held === undefined || held.by !== by || held.since !== by.completed) {
      held = { by, since: by.completed, low: 0, high: 0 };
      this.#maintained = held;
    }
    if (this.direct !== undefined) this.direct[line] = INVALID;
    if (line < 32) held.low |= 1 << line;
    else held.high |= 1 << (line - 32);
  }

  /** Whether maintenance of the line was asked for and is not complete. */
  isUnfinished(line: number): boolean {
    const held = this.#maintained;
    if (held === undefined || held.since !== held.by.completed) return false;
    return (((line < 32 ? held.low : held.high) >>> (line & 31)) & 1) !== 0;
  }

  /** An access past the cache was found safe: so are more of them, until the line becomes dirty or is maintained. */
  allowDirect(line: number): void {
    this.direct ??= states.take();
    this.direct[line] = DIRTY;
  }

  /** A dirty line reaches memory, by whatever cause. */
  writeBack(line: number): void {
    if (!this.isDirty(line) || this.cache === undefined) return;
    copyLine(this.cache, this.memory, line);
    this.unified?.delete(line);
    this.lines[line] = CLEAN;
  }

  /** DC IVAC for one line: the line is dropped, dirty or not. */
  invalidateLine(line: number): void {
    this.lines[line] = INVALID;
  }

  /** Fills the frame with bytes as a running kernel does, through its cache: every line valid and dirty. */
  storeDirty(bytes: Uint8Array): void {
    this.cache ??= words.take();
    const view = new Uint8Array(this.cache.buffer, this.cache.byteOffset, FRAME_SIZE);
    view.set(bytes);
    view.fill(0, bytes.length);
    this.lines.fill(DIRTY);
    this.direct?.fill(INVALID);
  }

  /** Cleans and invalidates the whole frame, as a loader does by address range; counts nothing. */
  flush(): void {
    for (let line = 0; line < FRAME_LINES; line++) this.writeBack(line);
    this.lines.fill(INVALID);
  }

  /** How many lines are dirty. */
  dirtyLines(): number {
    let count = 0;
    for (const state of this.lines) if (state === DIRTY) count += 1;
    return count;
  }

  /** How many lines are clean, yet not what memory holds: it was written past the cache. */
  staleLines(): number {
    let count = 0;
    for (let line = 0; line < FRAME_LINES; line++)
      if (this.lines[line] === CLEAN && !this.#isAsMemory(line)) count += 1;
    return count;
  }

  #isAsMemory(line: number): boolean {
    for (let at = line * LINE_WORDS; at < (line + 1) * LINE_WORDS; at++)
      if (this.cache?.[at] !== this.memory[at]) return false;
    return true;
  }

  /** How many lines are under maintenance that is not complete. */
  unfinishedLines(): number {
    let count = 0;
    for (let line = 0; line < FRAME_LINES; line++) if (this.isUnfinished(line)) count += 1;
    return count;
  }

  /** What memory holds, as bytes. */
  bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer, this.memory.byteOffset, FRAME_SIZE);
  }

  /** A copy that shares nothing with this one. */
  clone(): Frame {
    const copy = new Frame();
    copy.memory.set(this.memory);
    copy.cache = this.cache?.slice();
    copy.lines.set(this.lines);
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
