import { decode, print } from '@kexeckit/a64';
import type { Cpu } from './cpu.ts';
import { compile, usesSimd, usesStack } from './execute/compile.ts';
import { FIELDS, forgetHot, keepHot } from './execute/hot.ts';
import { NEXT_PAGE, type Op, STOP } from './execute/op.ts';
import { type Frame, WATCH_CODE } from './frame.ts';
import type { PhysicalMemory } from './memory.ts';
import type { Translation } from './mmu.ts';
import type { ExceptionLevel } from './system.ts';

/** Instructions in a 4 KiB frame. */
const WORDS = 1024;
/** Instructions in a cache line. */
const LINE_WORDS = 16;

/** Decoded instructions of one frame. */
export interface CodePage {
  readonly frame: Frame;
  readonly number: number;
  /** One for each word, and one that goes on in the next page. */
  readonly ops: Op[];
  /** The same for the interpreter: see `runHot`. */
  readonly code: Int32Array;
  /** The words that were decoded. */
  readonly words: Uint32Array;
  /** Where of these SIMD instructions are: whether they trap may change. */
  readonly simd: Set<number>;
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
  readonly #cpu: Cpu;
  readonly #memory: PhysicalMemory;
  readonly #options: FetchOptions;
  readonly #pages = new Map<number, CodePage>();
  readonly #breakpoints = new Set<number>();
  /** Frames of which it holds what stood there before; and whether only prefetching still does. */
  readonly #old = new Set<number>();
  #oldInvalidated = false;
  /** What SIMD instructions were decoded for. */
  #simdTrap: ExceptionLevel | undefined;

  constructor(cpu: Cpu, memory: PhysicalMemory, options: FetchOptions) {
    this.#cpu = cpu;
    this.#memory = memory;
    this.#options = options;
    this.#simdTrap = cpu.system.simdTrap;
    memory.onCodeWrite.push((frame, line) => this.#written(frame, line));
  }

  /** The page that a fetch goes to. */
  page({ frame, number }: Translation): CodePage {
    return this.#pages.get(number) ?? this.#newPage(frame, number);
  }

  /** IC is complete: what is fetched from here on is fetched anew, but for what was fetched ahead. */
  invalidate(): void {
    this.#pages.clear();
    this.#oldInvalidated = true;
  }

  /** A context synchronization event: what was fetched ahead is dropped, and SIMD instructions trap as they do now. */
  synchronize(): void {
    if (this.#oldInvalidated) this.#old.clear();
    this.#oldInvalidated = false;
    const { simdTrap } = this.#cpu.system;
    if (simdTrap === this.#simdTrap) return;
    this.#simdTrap = simdTrap;
    for (const page of this.#pages.values()) for (const index of page.simd) this.#lookAgain(page, index);
  }

  /** As out of reset. */
  clear(): void {
    this.#pages.clear();
    this.#old.clear();
    this.#simdTrap = this.#cpu.system.simdTrap;
  }

  /** Stops before the instruction at this physical address, or no longer. */
  setBreak(address: bigint, stops: boolean): void {
    const word = Number(address >> 2n);
    if (stops) this.#breakpoints.add(word);
    else this.#breakpoints.delete(word);
    this.#pages.delete(Number(address >> 12n));
  }

  /** Leaves lines of a frame as whatever stood there before this program may have. */
  leaveOld(frame: number): void {
    if (this.#options.strict) this.#old.add(frame);
  }

  /** Whether a fetch from the frame may still see what stood there before: until IC, DSB and ISB. */
  holdsOld(frame: number): boolean {
    return this.#old.has(frame);
  }

  #newPage(frame: Frame, number: number): CodePage {
    const page: CodePage = {
      frame,
      number,
      ops: [],
      code: new Int32Array((WORDS + 1) * FIELDS),
      words: new Uint32Array(WORDS),
      simd: new Set(),
    };
    for (let index = 0; index < WORDS; index++) page.ops.push((at) => this.#decode(page, at));
    page.ops.push(() => NEXT_PAGE);
    this.#memory.watch(frame, WATCH_CODE);
    this.#pages.set(number, page);
    return page;
  }

  /** Instructions of a line that was stored to are looked at again before they are executed. */
  #written(number: number, line: number): void {
    const page = this.#pages.get(number);
    if (page === undefined) return;
    for (let index = line * LINE_WORDS; index < (line + 1) * LINE_WORDS; index++) this.#lookAgain(page, index);
  }

  #lookAgain(page: CodePage, index: number): void {
    page.ops[index] = (at) => this.#decodeAgain(page, at);
    forgetHot(page.code, index);
  }

  #decodeAgain(page: CodePage, index: number): number {
    const now = page.frame.coherentWord(index);
    const held = page.words[index] ?? 0;
    if (this.#options.strict && held !== 0 && now !== held)
      this.#cpu.stopAtFetch(index, `${print(held)} became ${print(now)}`);
    return this.#decode(page, index);
  }

  /** First fetch of an instruction: from the point of unification, so code that was not cleaned is not seen. */
  #decode(page: CodePage, index: number): number {
    if (this.#breakpoints.has(page.number * WORDS + index)) return STOP;
    const coherent = page.frame.coherentWord(index);
    const word = this.#options.strict ? page.frame.fetchedWord(index) : coherent;
    if (word !== coherent)
      this.#cpu.stopAtFetch(index, `a fetch sees ${print(word)}, data accesses ${print(coherent)}`);
    page.words[index] = word;
    const op = this.#opOf(page, index, word);
    page.ops[index] = op;
    return op(index);
  }

  #opOf(page: CodePage, index: number, word: number): Op {
    const decoded = decode(word);
    const op = decoded && compile(this.#cpu, decoded);
    if (decoded === undefined || op === undefined) return (at) => this.#cpu.undefinedAt(at, print(word));
    if (usesSimd(decoded)) {
      page.simd.add(index);
      const level = this.#simdTrap;
      if (level !== undefined) return (at) => this.#cpu.trapSimd(at, level);
    }
    if (usesStack(decoded, word)) {
      return (at) => {
        this.#cpu.checkStack(at);
        return op(at);
      };
    }
    if (this.#options.hot) keepHot(decoded, page.code, index);
    return op;
  }
}
