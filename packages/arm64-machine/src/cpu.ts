import { decode, print } from '@kexeckit/a64';
import type { Counters } from './counters.ts';
import { zeroCounters } from './counters.ts';
import { compile } from './execute/compile.ts';
import { type Op, REFETCH, STOP } from './execute/op.ts';
import { type FaultKind, MachineFault } from './fault.ts';
import type { PhysicalMemory } from './memory.ts';
import { Mmu, type Translation } from './mmu.ts';
import { Registers } from './registers.ts';
import { type ExceptionLevel, SystemRegisters } from './system.ts';
import { Vectors } from './vectors.ts';

/** Instructions in a 4 KiB frame. */
const WORDS = 1024;

/** Why `run` came back. */
export type StopReason = 'breakpoint' | 'limit';

/**
 * One CPU that executes A64 words.
 *
 * Instructions are decoded once, when they are first fetched: the decoded page is the instruction cache, and it keeps
 * old code until `IC` invalidates it. Faults are thrown as `MachineFault`.
 */
export class Cpu {
  readonly registers: Registers = new Registers();
  readonly vectors: Vectors = new Vectors();
  readonly system: SystemRegisters;
  readonly mmu: Mmu;
  readonly counters: Counters = zeroCounters();
  /** Condition flags, each 0 or 1. */
  n = 0;
  z = 0;
  c = 0;
  v = 0;
  /** Interrupt masks D, A, I, F as four bits. */
  daif = 0xf;

  readonly #decoded = new Map<number, Op[]>();
  readonly #breakpoints = new Set<number>();
  #instructionCacheStale = false;
  #pcPage = 0;
  #pcIndex = 0;
  // The last translations of each sort: a two-entry shortcut before the TLB.
  #readPage = -1;
  #read: Translation | undefined;
  #writePage = -1;
  #write: Translation | undefined;

  constructor(memory: PhysicalMemory, exceptionLevel: ExceptionLevel) {
    this.system = new SystemRegisters(exceptionLevel);
    this.mmu = new Mmu(this.system, memory, this.counters);
  }

  /** The virtual address of the next instruction. */
  get pc(): bigint {
    return BigInt(this.#pcPage) * 4096n + BigInt(this.#pcIndex * 4);
  }

  set pc(address: bigint) {
    this.#pcPage = Number(address >> 12n);
    this.#pcIndex = Number(address & 0xfffn) >>> 2;
  }

  /** Stops before the instruction at this physical address is executed. */
  breakAt(address: bigint): void {
    this.#breakpoints.add(Number(address >> 2n));
    this.#decoded.delete(Number(address >> 12n));
  }

  /** Takes a breakpoint away. */
  clearBreak(address: bigint): void {
    this.#breakpoints.delete(Number(address >> 2n));
    this.#decoded.delete(Number(address >> 12n));
  }

  /**
   * Executes until a breakpoint, or until `limit` instructions have retired.
   *
   * @throws MachineFault for what the program did wrong.
   */
  run(limit: number): StopReason {
    let left = limit;
    while (left > 0) {
      const ops = this.#fetchPage();
      let index = this.#pcIndex;
      let next = index;
      while (left > 0 && next >= 0 && next < WORDS) {
        index = next;
        const op = ops[index];
        if (op === undefined) break;
        next = op(index);
        left -= 1;
      }
      if (next === STOP) {
        this.#pcIndex = index;
        this.counters.instructions += limit - left - 1;
        return 'breakpoint';
      }
      if (next === WORDS) {
        this.#pcPage += 1;
        this.#pcIndex = 0;
      } else if (next !== REFETCH) this.#pcIndex = next;
    }
    this.counters.instructions += limit;
    return 'limit';
  }

  /** A branch that leaves its page, or a context synchronization event: fetch anew from this address. */
  jump(low: number, high: number): typeof REFETCH {
    this.#pcPage = (high >>> 0) * 0x100000 + (low >>> 12);
    this.#pcIndex = (low & 0xfff) >>> 2;
    return REFETCH;
  }

  /** A branch by `offset` instructions from the one at `index` of the current page. */
  branch(index: number, offset: number): number {
    const target = index + offset;
    if (target >= 0 && target < WORDS) return target;
    this.#pcPage += Math.floor(target / WORDS);
    this.#pcIndex = ((target % WORDS) + WORDS) % WORDS;
    return REFETCH;
  }

  /** The virtual address, as 32-bit halves, `offset` bytes from the instruction at `index`. */
  relative(index: number, offset: number): { low: number; high: number } {
    const address = this.#pcPage * 4096 + index * 4 + offset;
    return { low: address | 0, high: Math.floor(address / 2 ** 32) };
  }

  /** ISB: system-register writes take effect, and what was fetched ahead is fetched again. */
  synchronize(index: number): number {
    this.system.synchronize();
    this.#forgetTranslations();
    const next = this.branch(index, 1);
    if (next !== REFETCH) this.#pcIndex = next;
    return REFETCH;
  }

  /** DSB: requested TLB and instruction-cache invalidations are complete. */
  completeMaintenance(): void {
    this.mmu.completeInvalidations();
    this.#forgetTranslations();
    if (this.#instructionCacheStale) this.#decoded.clear();
    this.#instructionCacheStale = false;
  }

  /** IC: all fetched instructions are dropped at the next DSB. */
  requestInstructionInvalidation(): void {
    this.#instructionCacheStale = true;
  }

  /**
   * The words that a load at this address reads, as far as its cache line goes; index them by `(low & 0xfff) >>> 2`.
   * Where bits of `alignment` are set in the address, Device memory faults.
   */
  viewForRead(low: number, high: number, index: number, alignment: number): Uint32Array {
    const page = (high >>> 0) * 0x100000 + (low >>> 12);
    if (page !== this.#readPage || this.#read === undefined) {
      this.#read = this.translate(low, high, index);
      this.#readPage = page;
    }
    if ((low & alignment) !== 0 && this.#read.device) this.#misaligned(low, high, index);
    if (this.#read.cacheable) return this.#read.frame.forRead(low & 0xfff, this.counters);
    this.counters.uncachedAccesses += 1;
    return this.#read.frame.memory;
  }

  /** The words that a store at this address writes, in the same way. */
  viewForWrite(low: number, high: number, index: number, alignment: number): Uint32Array {
    const page = (high >>> 0) * 0x100000 + (low >>> 12);
    if (page !== this.#writePage || this.#write === undefined) {
      const found = this.translate(low, high, index);
      if (!found.writable) this.fault('permission-fault', low, high, index, 'a store to a read-only page');
      this.#write = found;
      this.#writePage = page;
    }
    if ((low & alignment) !== 0 && this.#write.device) this.#misaligned(low, high, index);
    if (this.#write.cacheable) return this.#write.frame.forWrite(low & 0xfff, this.counters);
    this.counters.uncachedAccesses += 1;
    return this.#write.frame.memory;
  }

  /** Translates a data address, or throws the fault. */
  translate(low: number, high: number, index: number): Translation {
    const found = this.mmu.translate((high >>> 0) * 0x100000 + (low >>> 12));
    if ('frame' in found) return found;
    return this.fault(found.fault, low, high, index, found.detail);
  }

  /** Throws a fault of the instruction at `index` of the current page. */
  fault(kind: FaultKind, low: number, high: number, index: number, detail: string): never {
    this.#pcIndex = index;
    const address = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    throw new MachineFault(kind, this.pc, address, detail);
  }

  #misaligned(low: number, high: number, index: number): never {
    const detail = 'an unaligned access to Device memory (with the MMU off, all memory is)';
    return this.fault('alignment-fault', low, high, index, detail);
  }

  #forgetTranslations(): void {
    this.#readPage = -1;
    this.#writePage = -1;
  }

  #fetchPage(): Op[] {
    const found = this.mmu.translate(this.#pcPage);
    if (!('frame' in found))
      throw new MachineFault(found.fault, this.pc, this.pc, `instruction fetch: ${found.detail}`);
    if (!found.executable)
      throw new MachineFault('permission-fault', this.pc, this.pc, 'a fetch from an execute-never page');
    const held = this.#decoded.get(found.number);
    if (held !== undefined) return held;
    const ops: Op[] = new Array(WORDS).fill((index: number) =>
      this.#decodeAt(ops, found.frame.memory, found.number, index),
    );
    this.#decoded.set(found.number, ops);
    return ops;
  }

  /** First fetch of an instruction: from the point of coherency, so code that was not cleaned is not seen. */
  #decodeAt(ops: Op[], memory: Uint32Array, frame: number, index: number): number {
    if (this.#breakpoints.has(frame * WORDS + index)) return STOP;
    const word = memory[index] ?? 0;
    const decoded = decode(word);
    const op = decoded && compile(this, decoded);
    if (op === undefined) {
      this.#pcIndex = index;
      throw new MachineFault('undefined-instruction', this.pc, this.pc, print(word));
    }
    ops[index] = op;
    return op(index);
  }
}
