import { decode, print } from '@kexeckit/a64';
import { type Core, NEXT_PAGE, type Op, STOP } from './core.ts';
import { compile, usesSimd, usesStack } from './execute/compile.ts';
import { FIELDS, forgetHot, keepHot } from './execute/hot-forms.ts';
import { type Frame, WATCH_CODE } from './frame.ts';
import type { PhysicalMemory } from './memory.ts';
import { FRAME_WORDS, LINE_WORDS } from './sizes.ts';
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
  /** Frames of which it holds what stood there before; and whether only prefetching still does. */
  readonly #old = new Set<number>();
  #oldInvalidated = false;
  /** What SIMD instructions were decoded for. */
  #simdTrap: ExceptionLevel | undefined;

  constructor(core: Core, memory: PhysicalMemory, options: FetchOptions) {
    this.#core = core;
    this.#memory = memory;
    this.#options = options;
    this.#simdTrap = core.system.simdTrap;
    memory.onCodeWrite.push((pfn, line) => this.#written(pfn, line));
  }

  /** The page that a fetch goes to. */
  page({ frame, pfn }: Translation): CodePage {
    return this.#pages.get(pfn) ?? this.#newPage(frame, pfn);
  }

  /** IC is complete: what is fetched from here on is fetched again, except what was fetched ahead. */
  invalidate(): void {
    this.#pages.clear();
    this.#oldInvalidated = true;
  }

  /** A context synchronization event: what was fetched ahead is dropped, and SIMD instructions trap as they do now. */
  synchronize(): void {
    if (this.#oldInvalidated) this.#old.clear();
    this.#oldInvalidated = false;
    const { simdTrap } = this.#core.system;
    if (simdTrap === this.#simdTrap) return;
    this.#simdTrap = simdTrap;
    for (const page of this.#pages.values()) for (const index of page.simd) this.#lookAgain(page, index);
  }

  /** As out of reset. */
  clear(): void {
    this.#pages.clear();
    this.#old.clear();
    this.#simdTrap = this.#core.system.simdTrap;
  }

  /** Stops before the instruction at this physical address, or no longer. */
  setBreak(address: bigint, stops: boolean): void {
    const word = Number(address >> 2n);
    if (stops) this.#breakpoints.add(word);
    else this.#breakpoints.delete(word);
    this.#pages.delete(Number(address >> 12n));
  }

  /** Leaves lines of a frame as whatever stood there before this program may have. */
  leaveOld(pfn: number): void {
    if (this.#options.strict) this.#old.add(pfn);
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
    };
    for (let index = 0; index < FRAME_WORDS; index++) page.ops.push((at) => this.#decode(page, at));
    page.ops.push(() => NEXT_PAGE);
    this.#memory.watch(frame, WATCH_CODE);
    this.#pages.set(pfn, page);
    return page;
  }

  /** Instructions of a line that was stored to are looked at again before they are executed. */
  #written(pfn: number, line: number): void {
    const page = this.#pages.get(pfn);
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
      this.#core.exceptions.stopAt('stale-instruction', index, `${print(held)} became ${print(now)}`);
    return this.#decode(page, index);
  }

  /** First fetch of an instruction: from the point of unification, so code that was not cleaned is not seen. */
  #decode(page: CodePage, index: number): number {
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
    const op = this.#opOf(page, index, word);
    page.ops[index] = op;
    return op(index);
  }

  #opOf(page: CodePage, index: number, word: number): Op {
    const decoded = decode(word);
    const op = decoded && compile(this.#core, decoded);
    if (decoded === undefined || op === undefined) return (at) => this.#core.exceptions.undefinedAt(at, print(word));
    if (usesSimd(decoded)) {
      page.simd.add(index);
      const level = this.#simdTrap;
      if (level !== undefined) return (at) => this.#core.exceptions.trapSimd(at, level);
    }
    if (usesStack(decoded, word)) {
      return (at) => {
        this.#core.exceptions.checkStack(at);
        return op(at);
      };
    }
    if (this.#options.hot) keepHot(decoded, page.code, index);
    return op;
  }
}
