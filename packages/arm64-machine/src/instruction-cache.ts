import { decode, print } from '@kexeckit/a64';
import type { CodeLine, InstructionInvalidation } from './code-line.ts';
import { type Core, NEXT_PAGE, type Op, STOP } from './core.ts';
import { compile, usesSimd, usesStack } from './execute/compile.ts';
import { FIELDS, forgetHot, keepHot } from './execute/hot-forms.ts';
import { unpredictable } from './execute/unpredictable.ts';
import { executes } from './features.ts';
import { type Frame, WATCH_CODE } from './frame.ts';
import { KeptMap, type MapPoint } from './kept-map.ts';
import type { PhysicalMemory } from './memory.ts';
import { FRAME_SIZE, FRAME_WORDS } from './sizes.ts';
import type { ExceptionLevel } from './system.ts';
import type { Translation } from './translation.ts';

/** Decoded instructions of one frame. */
export interface CodePage {
  readonly frame: Frame;
  /** Page frame number. */
  readonly pfn: number;
  /** One for each word, and one that goes on in the next page. */
  readonly ops: Op[];
  /** The same for the interpreter: see `runHot`. */
  readonly code: Int32Array;
  /** The words that were decoded. */
  readonly words: Uint32Array;
  /** Where of these SIMD instructions are: whether they trap may change. */
  readonly simd: Set<number>;
  /** Which are looked at again before they are executed: their line was stored to. */
  readonly again: Set<number>;
}

/** What a snapshot keeps of an instruction cache: breakpoints are its owner's. */
export interface InstructionsSnapshot {
  readonly pages: readonly Pick<CodePage, 'frame' | 'pfn' | 'words' | 'again'>[];
  readonly old: MapPoint<number, ReadonlySet<number> | 'all'>;
  readonly isOn: boolean;
  readonly invalidated: readonly InstructionInvalidation[];
  readonly executed: ReadonlyMap<number, bigint>;
  readonly simdTrap: SimdTrap;
}

/** The level that SIMD instructions trap to, if they do. */
type SimdTrap = ExceptionLevel | 'uncertain' | undefined;

/** Instructions of the line, of so many bytes, that holds a byte of a page. */
function indexesAround(offset: number, lineSize: number): number[] {
  const first = Math.floor(offset / lineSize) * (lineSize / 4);
  return Array.from({ length: lineSize / 4 }, (_, at) => first + at);
}

/** How instructions are fetched. */
export interface FetchOptions {
  /** Stale and uncleaned instructions are noticed. */
  readonly strict: boolean;
  /** Usual instructions are kept for `runHot`. */
  readonly hot: boolean;
}

/**
 * The instruction cache of one CPU: an instruction is decoded when it is first fetched, and stays as it was until IC
 * invalidates it, whatever is stored there.
 */
export class InstructionCache {
  readonly #core: Core;
  readonly #memory: PhysicalMemory;
  readonly #options: FetchOptions;
  readonly #pages = new Map<number, CodePage>();
  readonly #breakpoints = new Set<number>();
  /** Bytes of its lines, and of the largest line that a store changes. */
  readonly #lineSize: number;
  readonly #largestLine: number;
  /** Lines of frames of which it holds what stood there before. */
  readonly #old = new KeptMap<number, ReadonlySet<number> | 'all'>();
  /** Whether fetches went through it at the last context synchronization event. */
  #isOn = false;
  /** What IC invalidated since. */
  #invalidated: InstructionInvalidation[] = [];
  /** Every word that was executed, with the physical address where it was first. */
  readonly executed: Map<number, bigint> = new Map();
  /** What SIMD instructions were decoded for. */
  #simdTrap: SimdTrap;

  constructor(core: Core, memory: PhysicalMemory, options: FetchOptions) {
    this.#core = core;
    this.#memory = memory;
    this.#options = options;
    this.#lineSize = core.instructionLine;
    this.#largestLine = Math.max(core.instructionLine, memory.dataLine);
    this.#simdTrap = this.#currentSimdTrap();
    memory.onCodeWrite.push((pfn, offset) => this.#written(pfn, offset));
  }

  #currentSimdTrap(): SimdTrap {
    const { simdPending, simdTrap } = this.#core.system;
    return simdPending && this.#options.strict ? 'uncertain' : simdTrap;
  }

  /** The page that a fetch goes to. */
  page({ frame, pfn }: Translation): CodePage {
    return this.#pages.get(pfn) ?? this.#newPage(frame, pfn);
  }

  /** IC is complete: what is fetched after the next context synchronization event is fetched again. */
  invalidate(what: InstructionInvalidation): void {
    if (what.line === undefined) this.#invalidated = [what];
    else this.#invalidated.push(what);
  }

  /** A context synchronization event: what was invalidated is dropped, also where it was fetched ahead. */
  synchronize(): void {
    for (const { line, late, lateFrames } of this.#invalidated) {
      if (line === undefined) {
        this.#pages.clear();
        for (const pfn of this.#old.keys()) if (!this.#isLate(pfn, lateFrames)) this.#old.delete(pfn);
      } else this.#dropLine(line, this.#isLate(line.pfn, lateFrames));
      if (this.#options.strict) for (const each of late) this.#holdOld(each);
    }
    if (this.#invalidated.length > 0) this.#invalidated = [];
    this.#lookAtOld();
    this.lookAtSimd();
  }

  #isLate(pfn: number, frames: ReadonlySet<Frame>): boolean {
    const frame = frames.size === 0 ? undefined : this.#memory.frame(pfn);
    return frame !== undefined && frames.has(frame);
  }

  /** What stood in a data cache line before is held, or nothing of the frame is known. */
  #holdOld({ pfn, offset }: CodeLine): void {
    const before = this.#old.get(pfn) ?? [];
    if (before === 'all') return;
    const held = new Set(before);
    const first = offset & -this.#largestLine;
    for (let at = first; at < first + this.#largestLine; at += this.#lineSize)
      held.add(Math.floor(at / this.#lineSize));
    this.#old.set(pfn, held);
  }

  #dropLine({ pfn, offset }: CodeLine, keepsOld: boolean): void {
    const page = this.#pages.get(pfn);
    if (page !== undefined) {
      for (const index of indexesAround(offset, this.#lineSize)) {
        page.words[index] = 0;
        this.#lookAgain(page, index);
      }
    }
    const old = this.#old.get(pfn);
    if (old === undefined || keepsOld) return;
    const lines = new Set(old === 'all' ? Array.from({ length: FRAME_SIZE / this.#lineSize }, (_, each) => each) : old);
    lines.delete(Math.floor(offset / this.#lineSize));
    if (lines.size === 0) this.#old.delete(pfn);
    else this.#old.set(pfn, lines);
  }

  /** Fetches begin to go through the instruction cache: instructions that were decoded past it are looked at again. */
  #lookAtOld(): void {
    const { instructionCache } = this.#core.system.effective;
    if (instructionCache && !this.#isOn) for (const pfn of this.#old.keys()) this.#pages.delete(pfn);
    this.#isOn = instructionCache;
  }

  /** SIMD instructions trap as they do now. */
  lookAtSimd(): void {
    const now = this.#currentSimdTrap();
    if (now === this.#simdTrap) return;
    this.#simdTrap = now;
    for (const page of this.#pages.values()) for (const index of page.simd) this.#lookAgain(page, index);
  }

  /** As out of reset. */
  clear(): void {
    this.#pages.clear();
    this.#old.clear();
    this.#invalidated = [];
    this.#isOn = this.#core.system.effective.instructionCache;
    this.#simdTrap = this.#currentSimdTrap();
  }

  /** Stops before the instruction at this physical address, or no longer. */
  setBreak(address: bigint, stops: boolean): void {
    const word = Number(address >> 2n);
    if (stops) this.#breakpoints.add(word);
    else this.#breakpoints.delete(word);
    const page = this.#pages.get(Number(address >> 12n));
    const index = word % FRAME_WORDS;
    if (page !== undefined && page.words[index] !== 0 && !page.again.has(index)) this.#hold(page, index);
  }

  /** Whether it stops before the instruction at this physical address. */
  breaksAt(address: bigint): boolean {
    return this.#breakpoints.has(Number(address >> 2n));
  }

  /** Whether so many instructions from a physical address on are held decoded as these words, with no breakpoint behind the first. */
  holds(address: bigint, words: Uint32Array): boolean {
    const page = this.#pages.get(Number(address >> 12n));
    if (page === undefined) return false;
    const first = Number(address >> 2n);
    const index = first % FRAME_WORDS;
    for (const each of this.#breakpoints) if (each > first && each < first + words.length) return false;
    return words.every((word, at) => page.words[index + at] === word && !page.again.has(index + at));
  }

  /** What was decoded stays decoded, but breakpoints are looked for before it is executed. */
  #hold(page: CodePage, index: number): void {
    const word = page.words[index] ?? 0;
    page.ops[index] = (at) => this.#takeHeld(page, at, word);
    forgetHot(page.code, index);
  }

  /** Leaves lines of a frame as whatever stood there before this program may have. */
  leaveOld(pfn: number): void {
    if (!this.#options.strict) return;
    this.#old.set(pfn, 'all');
    this.#pages.delete(pfn);
  }

  /** Whether a fetch from the frame may still see what stood there before: until IC, DSB and ISB. */
  holdsOld(pfn: number): boolean {
    return this.#old.has(pfn);
  }

  #newPage(frame: Frame, pfn: number): CodePage {
    const page: CodePage = {
      frame,
      pfn,
      ops: [],
      code: new Int32Array((FRAME_WORDS + 1) * FIELDS),
      words: new Uint32Array(FRAME_WORDS),
      simd: new Set(),
      again: new Set(),
    };
    for (let index = 0; index < FRAME_WORDS; index++) page.ops.push((at) => this.#decode(page, at));
    page.ops.push(() => NEXT_PAGE);
    this.#memory.watch(frame, WATCH_CODE);
    this.#pages.set(pfn, page);
    return page;
  }

  /** Everything, for a snapshot. */
  save(): InstructionsSnapshot {
    return {
      pages: [...this.#pages.values()].map(({ frame, pfn, words, again }) => ({
        ...{ frame, pfn, words: words.slice(), again: new Set(again) },
      })),
      old: this.#old.save(),
      isOn: this.#isOn,
      invalidated: [...this.#invalidated],
      executed: new Map(this.executed),
      simdTrap: this.#simdTrap,
    };
  }

  /** Goes back: what was decoded then is decoded, without a look at what stands in memory. */
  restore({ pages, old, isOn, invalidated, executed, simdTrap }: InstructionsSnapshot): void {
    this.#pages.clear();
    this.#old.restore(old);
    this.#isOn = isOn;
    this.#invalidated = [...invalidated];
    this.executed.clear();
    for (const [word, address] of executed) this.executed.set(word, address);
    this.#simdTrap = simdTrap;
    for (const { frame, pfn, words, again } of pages) {
      const page = this.#newPage(frame, pfn);
      page.words.set(words);
      for (const [index, word] of words.entries()) if (word !== 0) this.#hold(page, index);
      for (const index of again) this.#lookAgain(page, index);
    }
  }

  /** An instruction that was held when a snapshot was made. */
  #takeHeld(page: CodePage, index: number, word: number): number {
    if (this.#breakpoints.has(page.pfn * FRAME_WORDS + index)) return STOP;
    const op = this.#opOf(page, index, word);
    page.ops[index] = op;
    return op(index);
  }

  /** How many instructions are held decoded. */
  get held(): number {
    let held = 0;
    for (const { words } of this.#pages.values()) for (const word of words) if (word !== 0) held += 1;
    return held;
  }

  /** In how many frames it may hold what stood there before. */
  get oldFrames(): number {
    return this.#old.size;
  }

  /** Instructions of a line that was stored to are looked at again before they are executed. */
  #written(pfn: number, offset: number): void {
    const page = this.#pages.get(pfn);
    if (page === undefined) return;
    for (const index of indexesAround(offset, this.#largestLine)) this.#lookAgain(page, index);
  }

  #lookAgain(page: CodePage, index: number): void {
    page.ops[index] = (at) => this.#decodeAgain(page, at);
    page.again.add(index);
    forgetHot(page.code, index);
  }

  #decodeAgain(page: CodePage, index: number): number {
    const now = page.frame.coherentWord(index);
    const held = page.words[index] ?? 0;
    if (this.#options.strict && held !== 0 && now !== held)
      this.#core.exceptions.stopAt('stale-instruction', index, `${print(held)} became ${print(now)}`);
    return this.#decode(page, index);
  }

  /** First fetch of an instruction: from the point of unification, so code that was not cleaned is not seen. */
  #decode(page: CodePage, index: number): number {
    if (this.#old.size > 0) this.#checkOld(page, index);
    if (this.#breakpoints.has(page.pfn * FRAME_WORDS + index)) return STOP;
    const coherent = page.frame.coherentWord(index);
    const word = this.#options.strict ? page.frame.fetchedWord(index) : coherent;
    if (word !== coherent)
      this.#core.exceptions.stopAt(
        'stale-instruction',
        index,
        `a fetch sees ${print(word)}, data accesses ${print(coherent)}`,
      );
    page.words[index] = word;
    page.again.delete(index);
    if (!this.executed.has(word)) this.executed.set(word, BigInt(page.pfn * FRAME_WORDS + index) << 2n);
    const op = this.#opOf(page, index, word);
    page.ops[index] = op;
    return op(index);
  }

  #checkOld({ pfn }: CodePage, index: number): void {
    const old = this.#old.get(pfn);
    const holds = old === 'all' || (old?.has(Math.floor((index * 4) / this.#lineSize)) ?? false);
    if (holds && this.#core.system.effective.instructionCache)
      this.#core.exceptions.stopAt('stale-instruction', index, 'the instruction cache holds what stood here before');
  }

  #opOf(page: CodePage, index: number, word: number): Op {
    const decoded = decode(word);
    const isThere = decoded !== undefined && executes(this.#core.system.features, decoded);
    const op = isThere ? compile(this.#core, decoded) : undefined;
    if (decoded === undefined || op === undefined) return (at) => this.#core.exceptions.undefinedAt(at, print(word));
    const open = this.#options.strict ? unpredictable(decoded) : undefined;
    if (open !== undefined) return (at) => this.#core.exceptions.stopAt('unpredictable-form', at, open);
    if (usesSimd(decoded)) {
      page.simd.add(index);
      const level = this.#simdTrap;
      if (level === 'uncertain') return (at) => this.#core.exceptions.simdUncertain(at);
      if (level !== undefined) return (at) => this.#core.exceptions.trapSimd(at, level);
    }
    if (usesStack(decoded, word)) {
      return (at) => {
        this.#core.exceptions.checkStack(at);
        return op(at);
      };
    }
    if (this.#options.hot) keepHot(decoded, page.code, index, this.#memory.lineShift);
    return op;
  }
}
