import { DOMAINS } from './barrier.ts';
import type { Counters } from './counters.ts';
import { type FrameState, type Maintained, type MaintenanceEpoch, saveFrame } from './frame-state.ts';
import { CLEAN, DIRTY, INVALID } from './line-state.ts';
import { Pieces } from './pieces.ts';
import { FRAME_SIZE, FRAME_WORDS, GARBAGE, LINE_SIZE, lineShiftOf } from './sizes.ts';

const words = new Pieces(
  FRAME_WORDS,
  (length) => new Uint32Array(length),
  (whole, from, to) => whole.subarray(from, to),
);
const newStates = (lineShift: number) =>
  new Pieces(
    FRAME_SIZE >> lineShift,
    (length) => new Uint8Array(length),
    (whole, from, to) => whole.subarray(from, to),
  );
/** States of lines, by the shift of their size. */
const states = new Map<number, ReturnType<typeof newStates>>();

function takeStates(lineShift: number): Uint8Array {
  const pieces = states.get(lineShift) ?? newStates(lineShift);
  states.set(lineShift, pieces);
  return pieces.take();
}

/** The data cache maintenance of one CPU: an epoch for each domain, as memory is shared in it. */
export class Maintenance {
  #epochs: MaintenanceEpoch[] = Array.from({ length: DOMAINS }, () => ({ over: false }));

  /** The epochs that no DSB has completed: all others are over. */
  save(): readonly MaintenanceEpoch[] {
    return [...this.#epochs];
  }

  restore(epochs: readonly MaintenanceEpoch[]): void {
    for (const epoch of this.#epochs) epoch.over = true;
    for (const epoch of epochs) epoch.over = false;
    this.#epochs = [...epochs];
  }

  /** What is asked now of memory that is shared in a domain. */
  epochOf(domain: number): MaintenanceEpoch {
    return this.#epochs[domain] ?? { over: true };
  }

  /** A DSB for a domain, and so for all within it. */
  complete(domain: number): void {
    for (let each = 0; each <= domain; each++) {
      this.epochOf(each).over = true;
      this.#epochs[each] = { over: false };
    }
  }
}

function maskOf({ mask0, mask1, mask2, mask3 }: Maintained, line: number): number {
  return line < 32 ? mask0 : line < 64 ? mask1 : line < 96 ? mask2 : mask3;
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
  #memory: Uint32Array | undefined;
  /** The cache's view; only the words of valid lines mean anything. */
  cache: Uint32Array | undefined;
  /** The state of each line in the cache: `INVALID`, `CLEAN` or `DIRTY`. */
  readonly lines: Uint8Array;
  /** As states of lines, `DIRTY` for those that may be accessed past the cache: not dirty in it, nor under maintenance. */
  direct: Uint8Array | undefined;
  /** Lines as they were when DC CVAU made them visible to fetches, while memory does not hold them. */
  unified: Map<number, Uint32Array> | undefined;
  /** Whether translation tables were read from it, or code was fetched. */
  watched = 0;
  /** Whether it has come into being: one that a snapshot was restored without has not, yet. */
  isTouched = true;
  /** The interval between two snapshots in which it was last used: see `FrameHistory`. */
  usedIn = 0;
  /** How far a byte offset is shifted right to count lines. */
  readonly lineShift: number;
  readonly #wordShift: number;
  #maintained: Maintained | undefined;
  /** What other CPUs maintain, or for other domains. */
  #others: Maintained[] = [];

  /** @param lineShift that of the machine's cache lines; 64 bytes by default. */
  constructor(lineShift: number = lineShiftOf(LINE_SIZE)) {
    this.lineShift = lineShift;
    this.#wordShift = lineShift - 2;
    this.lines = takeStates(lineShift);
  }

  /** The point of coherency: what the next stage reads with its MMU off. Comes into being when it is first looked at. */
  get memory(): Uint32Array {
    this.#memory ??= words.take().fill(GARBAGE);
    return this.#memory;
  }

  /** The words to read a cacheable access at byte `offset` from, its line filled. */
  forRead(offset: number, counters: Counters): Uint32Array {
    const line = offset >>> this.lineShift;
    return this.lines[line] !== INVALID && this.cache !== undefined ? this.cache : this.#fill(line, counters);
  }

  /** The words to write a cacheable access at byte `offset` to, its line filled and marked dirty. */
  forWrite(offset: number, counters: Counters): Uint32Array {
    const words = this.forRead(offset, counters);
    const line = offset >>> this.lineShift;
    this.lines[line] = DIRTY;
    if (this.direct !== undefined) this.direct[line] = INVALID;
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
    return ((this.isValid(index >>> this.#wordShift) ? this.cache?.[index] : this.memory[index]) ?? 0) >>> 0;
  }

  /** The word that a fetch through the instruction cache brings in: from the point of unification. */
  fetchedWord(index: number): number {
    const line = this.unified?.get(index >>> this.#wordShift);
    return (line === undefined ? this.memory[index] : line[index & ((1 << this.#wordShift) - 1)]) ?? 0;
  }

  /** Whether fetches see something else in the line than data accesses do. */
  isHidden(line: number): boolean {
    if (!this.isDirty(line)) return false;
    const end = (line + 1) << this.#wordShift;
    for (let at = line << this.#wordShift; at < end; at++) if (this.cache?.[at] !== this.fetchedWord(at)) return true;
    return false;
  }

  /** DC CVAU: fetches see the line as data accesses do. */
  unifyLine(line: number): void {
    if (!this.isDirty(line) || this.cache === undefined) return;
    this.unified ??= new Map();
    this.unified.set(line, this.cache.slice(line << this.#wordShift, (line + 1) << this.#wordShift));
  }

  /** Brings a line in, as a speculative load may at any time. */
  prefetch(line: number, counters: Counters): void {
    if (!this.isValid(line)) this.#fill(line, counters);
  }

  #fill(line: number, counters: Counters): Uint32Array {
    this.cache ??= words.take();
    copyLine(this.memory, this.cache, line << this.#wordShift, (line + 1) << this.#wordShift);
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

  /** A CPU asked for maintenance of the line: it is done at any time until a DSB ends the epoch. */
  maintain(line: number, epoch: MaintenanceEpoch): void {
    let held = this.#maintained;
    if (held === undefined || held.epoch !== epoch) held = this.#newMaintained(epoch);
    if (this.direct !== undefined) this.direct[line] = INVALID;
    const bit = 1 << (line & 31);
    if (line < 32) held.mask0 |= bit;
    else if (line < 64) held.mask1 |= bit;
    else if (line < 96) held.mask2 |= bit;
    else held.mask3 |= bit;
  }

  #newMaintained(epoch: MaintenanceEpoch): Maintained {
    const before = this.#maintained;
    if (before !== undefined && !before.epoch.over)
      this.#others = [...this.#others.filter((each) => !each.epoch.over), before];
    const made = { epoch, mask0: 0, mask1: 0, mask2: 0, mask3: 0 };
    this.#maintained = made;
    return made;
  }

  /** Whether maintenance of the line was asked for and is not complete. */
  isUnfinished(line: number): boolean {
    const held = this.#maintained;
    if (held === undefined) return false;
    if (isUnder(held, line)) return true;
    for (const other of this.#others) if (isUnder(other, line)) return true;
    return false;
  }

  /** An access past the cache was found safe: so are more of them, until the line becomes dirty or is maintained. */
  allowDirect(line: number): void {
    this.direct ??= takeStates(this.lineShift);
    this.direct[line] = DIRTY;
  }

  /** Whether the line was accessed past the cache, and neither became dirty nor was maintained since. */
  isDirect(line: number): boolean {
    return this.direct?.[line] === DIRTY;
  }

  /** A dirty line reaches memory, by whatever cause. */
  writeBack(line: number): void {
    if (!this.isDirty(line) || this.cache === undefined) return;
    copyLine(this.cache, this.memory, line << this.#wordShift, (line + 1) << this.#wordShift);
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
    setBytes(this.cache, bytes);
    this.lines.fill(DIRTY);
    this.direct?.fill(INVALID);
  }

  /** Cleans and invalidates the whole frame, as a loader does by address range; counts nothing. */
  flush(): void {
    for (let line = 0; line < this.lines.length; line++) this.writeBack(line);
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
    for (let line = 0; line < this.lines.length; line++)
      if (this.lines[line] === CLEAN && !this.#isAsMemory(line)) count += 1;
    return count;
  }

  #isAsMemory(line: number): boolean {
    const end = (line + 1) << this.#wordShift;
    for (let at = line << this.#wordShift; at < end; at++) if (this.cache?.[at] !== this.memory[at]) return false;
    return true;
  }

  /** Whether lines are under maintenance that is not complete. */
  get isMaintained(): boolean {
    if (this.#maintained === undefined) return false;
    return !this.#maintained.epoch.over || this.#others.some(({ epoch }) => !epoch.over);
  }

  /** How many lines are under maintenance that is not complete. */
  unfinishedLines(): number {
    let count = 0;
    if (!this.isMaintained) return count;
    for (let line = 0; line < this.lines.length; line++) if (this.isUnfinished(line)) count += 1;
    return count;
  }

  /** What memory holds, as bytes. */
  bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer, this.memory.byteOffset, FRAME_SIZE);
  }

  /** A copy of what a coherent reader sees: the cache's lines where they are valid, memory's elsewhere. */
  coherentBytes(): Uint8Array<ArrayBuffer> {
    const seen = this.memory.slice();
    if (this.cache !== undefined)
      for (let line = 0; line < this.lines.length; line++)
        if (this.isValid(line)) copyLine(this.cache, seen, line << this.#wordShift, (line + 1) << this.#wordShift);
    return new Uint8Array(seen.buffer);
  }

  /**
   * What it is now. Nothing in it ever changes: where it is as it was `before`, arrays are shared, and where all of it is, this is
   * `before` itself.
   */
  save(before?: FrameState): FrameState {
    return saveFrame(this, this.#memory, this.#underMaintenance, before);
  }

  /** Is as it was. @param now what it is, where that is known: what is the same is left alone. */
  restore({ memory, cache, lines, direct, unified, watched, maintained }: FrameState, now?: FrameState): void {
    if (memory === undefined) this.#memory?.fill(GARBAGE);
    else if (memory !== now?.memory) this.memory.set(memory);
    // Without a valid line it is all the same what stands where they would be.
    if (cache !== undefined && cache !== now?.cache) {
      this.cache ??= words.take();
      this.cache.set(cache);
    }
    if (lines !== now?.lines) this.lines.set(lines);
    this.direct = direct?.slice();
    this.unified = unified && new Map(unified);
    this.watched = watched;
    const [last, ...others] = maintained.map((each) => ({ ...each }));
    this.#maintained = last;
    this.#others = others;
  }

  get #underMaintenance(): readonly Maintained[] {
    return this.#maintained === undefined ? this.#others : [this.#maintained, ...this.#others];
  }
}

const isUnder = (held: Maintained, line: number): boolean =>
  !held.epoch.over && ((maskOf(held, line) >>> (line & 31)) & 1) !== 0;

/** A loop is quicker than views for so few words. */
function copyLine(from: Uint32Array, to: Uint32Array, start: number, end: number): void {
  for (let at = start; at < end; at++) to[at] = from[at] ?? 0;
}

/** Puts bytes into words, and zeros behind them. */
function setBytes(to: Uint32Array, bytes: Uint8Array): void {
  const view = new Uint8Array(to.buffer, to.byteOffset, FRAME_SIZE);
  view.set(bytes);
  if (bytes.length < FRAME_SIZE) view.fill(0, bytes.length);
}
