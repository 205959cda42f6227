import { print, type SystemRegister } from '@kexeckit/a64';
import type { Counters } from './counters.ts';
import { zeroCounters } from './counters.ts';
import {
  type AbortedAccess,
  classes,
  esrOf,
  type ProcessState,
  type Syndrome,
  spsrOf,
  stateOfSpsr,
  syndromeOf,
  vectorOffset,
} from './exceptions.ts';
import { ExclusiveMonitor } from './exclusive-monitor.ts';
import { runHot } from './execute/hot.ts';
import { NEXT_PAGE, REFETCH, STOP } from './execute/op.ts';
import { type FaultKind, isRule, MachineFault } from './fault.ts';
import { DIRTY, type Frame, INVALID, type Maintenance, WATCH_CODE, WATCH_TABLE } from './frame.ts';
import { type CodePage, InstructionCache } from './instruction-cache.ts';
import type { PhysicalMemory } from './memory.ts';
import { type Invalidation, Mmu, type Translation } from './mmu.ts';
import { Port } from './port.ts';
import { Registers, SP } from './registers.ts';
import { type ExceptionLevel, SystemRegisters, type SystemSnapshot } from './system.ts';
import { Vectors } from './vectors.ts';

/** Instructions in a 4 KiB frame. */
const WORDS = 1024;
/** Thrown to leave an instruction whose exception was taken: the pc is at the vector. */
const TAKEN = Symbol('exception taken');
/** ESR.ISS of a trapped SIMD instruction: no condition (Arm ARM D24, `ESR_ELx`, "trapped SVE, SIMD, or floating-point"). */
const UNCONDITIONAL = 0x1e0_0000;

/** Why `run` came back. */
export type StopReason = 'breakpoint' | 'limit' | 'waiting' | 'off';

/** How a CPU is made. */
export interface CpuOptions {
  /** Caches, stale translations and stale instructions are modelled, and broken rules reported. Yes by default. */
  readonly strict?: boolean;
  /** False executes every instruction by its own op, which is slower and should make no difference. */
  readonly hot?: boolean;
  /** Its number in MPIDR. */
  readonly index?: number;
  /** Answers HVC and SMC, as firmware does: true if the call was one for it. */
  readonly firmware?: (cpu: Cpu, conduit: 'hvc' | 'smc') => boolean;
  /** Told what happens, apart from plain execution. */
  readonly onEvent?: (event: CpuEvent) => void;
}

/** What is worth telling about a CPU that runs. */
export type CpuEvent =
  | {
      readonly type: 'exception';
      readonly cpu: number;
      readonly pc: bigint;
      readonly level: ExceptionLevel;
      readonly esr: bigint;
    }
  | { readonly type: 'return'; readonly cpu: number; readonly pc: bigint; readonly level: ExceptionLevel }
  | { readonly type: 'maintenance'; readonly cpu: number; readonly what: string };

/**
 * One CPU that executes A64 words.
 *
 * Exceptions go to the vectors of their level once VBAR was written; before that, and for rules that hardware does not
 * report, a `MachineFault` is thrown.
 */
export class Cpu {
  readonly registers: Registers = new Registers();
  readonly vectors: Vectors = new Vectors();
  readonly system: SystemRegisters;
  readonly mmu: Mmu;
  readonly counters: Counters = zeroCounters();
  readonly index: number;
  readonly exclusive: ExclusiveMonitor = new ExclusiveMonitor();
  /** What it has asked of data caches; a DSB completes it. */
  readonly maintenance: Maintenance = { completed: 0 };
  /** Condition flags, each 0 or 1. */
  n = 0;
  z = 0;
  c = 0;
  v = 0;
  /** Interrupt masks D, A, I, F as four bits. */
  daif = 0xf;
  /** PSTATE.SP: whether SP is the level's own rather than SP_EL0. */
  ownStack = true;
  /** Waits for an event or interrupt until someone else ran. */
  waiting = false;
  /** Turned off by PSCI, or not on yet. */
  off = false;

  // For the interpreter: the pages that were last read and written, instructions that are left of the run, and the one
  // that left its page.
  readonly readPort: Port = new Port();
  readonly writePort: Port = new Port();
  left = 0;
  at = 0;

  readonly #memory: PhysicalMemory;
  readonly #options: CpuOptions;
  readonly #strict: boolean;
  /** The CPUs that share its inner shareable domain, itself included. */
  #domain: readonly Cpu[] = [this];
  readonly #instructions: InstructionCache;
  #fetchInvalidation: readonly Cpu[] = [];
  #tlbInvalidation: readonly Cpu[] = [];
  #pcPage = 0;
  #pcIndex = 0;
  /** The page that is being executed. */
  #page: CodePage | undefined;
  /** A store to a device that the device has not been told of yet. */
  #posted: { readonly translation: Translation; readonly offset: number } | undefined;

  constructor(memory: PhysicalMemory, exceptionLevel: ExceptionLevel, options: CpuOptions = {}) {
    this.#memory = memory;
    this.#options = options;
    this.#strict = options.strict ?? true;
    this.index = options.index ?? 0;
    this.system = new SystemRegisters(exceptionLevel, this.index);
    this.mmu = new Mmu(this.system, memory, this.counters, { strict: this.#strict });
    memory.onWatch.push(() => this.forgetTranslations());
    this.#instructions = new InstructionCache(this, memory, { strict: this.#strict, hot: options.hot ?? true });
  }

  /** Makes CPUs share one inner shareable domain: broadcast maintenance reaches all of them. */
  static join(cpus: readonly Cpu[]): void {
    for (const cpu of cpus) cpu.#domain = cpus;
  }

  /** The virtual address of the next instruction. */
  get pc(): bigint {
    return BigInt(this.#pcPage) * 4096n + BigInt(this.#pcIndex * 4);
  }

  set pc(address: bigint) {
    this.#pcPage = Number(address >> 12n);
    this.#pcIndex = Number(address & 0xfffn) >>> 2;
  }

  /** Condition flags as NZCV, four bits. */
  get flags(): number {
    return (this.n << 3) | (this.z << 2) | (this.c << 1) | this.v;
  }

  set flags(nzcv: number) {
    this.n = (nzcv >> 3) & 1;
    this.z = (nzcv >> 2) & 1;
    this.c = (nzcv >> 1) & 1;
    this.v = nzcv & 1;
  }

  /** Stops before the instruction at this physical address is executed. */
  breakAt(address: bigint): void {
    this.#instructions.setBreak(address, true);
  }

  /** Takes a breakpoint away. */
  clearBreak(address: bigint): void {
    this.#instructions.setBreak(address, false);
  }

  /**
   * Executes until a breakpoint, until `limit` instructions have retired, or until there is nothing to do.
   *
   * @throws MachineFault for what the program did wrong.
   */
  run(limit: number): StopReason {
    if (this.off) return 'off';
    this.waiting = false;
    this.left = limit;
    // An exception retires nothing: a vector that faults itself would go on for ever.
    let taken = 0;
    try {
      while (this.left > 0 && !this.waiting && !this.off) {
        try {
          if (this.#runPage()) return 'breakpoint';
        } catch (error) {
          if (error !== TAKEN) throw error;
          taken += 1;
          if (taken > limit) break;
        }
      }
    } finally {
      this.counters.instructions += limit - this.left;
      this.#settleDevice();
    }
    return this.off ? 'off' : this.waiting ? 'waiting' : 'limit';
  }

  /** Executes instructions of one page until the pc leaves it; true at a breakpoint. */
  #runPage(): boolean {
    this.#page = undefined;
    const page = this.#fetchPage();
    this.#page = page;
    const next = runHot(this, page.code, page.ops, this.#pcIndex);
    if (next >= 0) this.#pcIndex = next;
    else if (next === STOP) {
      // Nothing was executed.
      this.left += 1;
      this.#pcIndex = this.at;
      return true;
    } else if (next === NEXT_PAGE) {
      this.left += 1;
      this.#pcPage += 1;
      this.#pcIndex = 0;
    }
    return false;
  }

  /** A branch that leaves its page, or a context synchronization event: fetch anew from this address. */
  jump(low: number, high: number): typeof REFETCH {
    if ((low & 3) !== 0) this.#misalignedPc(low, high);
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
    this.contextSynchronized();
    return this.refetch(index);
  }

  /** Goes on behind the instruction at `index`, fetching anew. */
  refetch(index: number): typeof REFETCH {
    const next = this.branch(index, 1);
    if (next !== REFETCH) this.#pcIndex = next;
    return REFETCH;
  }

  /** A context synchronization event, without a fetch. */
  contextSynchronized(): void {
    this.#settleDevice();
    this.system.synchronize();
    this.#instructions.synchronize();
    this.forgetTranslations();
  }

  /** A SIMD instruction that its level may not use. */
  trapSimd(index: number, level: ExceptionLevel): never {
    this.#pcIndex = index;
    const detail = `${level === 2 ? 'CPTR_EL2' : 'CPACR_EL1'} traps SIMD instructions, and there is nobody to answer`;
    this.#enterOrEnd({ exceptionClass: classes.simd, iss: UNCONDITIONAL }, level, 'simd-trap', this.pc, detail);
  }

  /** DSB: requested cache maintenance and TLB invalidations are complete. */
  completeMaintenance(index: number): void {
    this.#settleDevice();
    this.maintenance.completed += 1;
    this.#settle(this, index);
    for (const cpu of this.#tlbInvalidation) if (cpu !== this) this.#settle(cpu, index);
    for (const cpu of this.#fetchInvalidation) cpu.#instructions.invalidate();
    this.#tlbInvalidation = [];
    this.#fetchInvalidation = [];
  }

  #settle(cpu: Cpu, index: number): void {
    const breach = cpu.mmu.completeInvalidations();
    cpu.forgetTranslations();
    if (breach) this.#stop(breach.fault, breach.address ?? 0n, index, breach.detail);
  }

  /** IC: fetched instructions are dropped at the next DSB, here or in the whole domain. */
  requestInstructionInvalidation(broadcast: boolean): void {
    this.#fetchInvalidation = broadcast || this.#fetchInvalidation.length > 1 ? this.#domain : [this];
    this.tell('IC');
  }

  /** TLBI: entries are dropped at the next DSB, here or in the whole domain. */
  requestTlbInvalidation(what: Invalidation, broadcast: boolean): void {
    const cpus = broadcast ? this.#domain : [this];
    for (const cpu of cpus) cpu.mmu.requestInvalidation(what);
    if (broadcast) this.#tlbInvalidation = cpus;
    this.tell('TLBI');
  }

  /** Tells the machine's owner of cache or TLB maintenance. */
  tell(what: string): void {
    this.#options.onEvent?.({ type: 'maintenance', cpu: this.index, what });
  }

  /**
   * The words that a load at this address reads, as far as its cache line goes; index them by `(low & 0xfff) >>> 2`.
   * Where bits of `alignment` are set in the address, Device memory faults.
   */
  viewForRead(low: number, high: number, index: number, alignment: number): Uint32Array {
    const port = this.readPort;
    if (low >>> 12 === port.low && high === port.high && (low & alignment) === 0) {
      if (port.lines[(low & 0xfff) >>> 6] !== INVALID) return this.#through(port);
      if (port.cached !== undefined) return port.cached.forRead(low & 0xfff, this.counters);
    }
    return this.#readSlowly(low, high, index, alignment);
  }

  /** The words that a store at this address writes, in the same way. */
  viewForWrite(low: number, high: number, index: number, alignment: number): Uint32Array {
    const port = this.writePort;
    if (low >>> 12 === port.low && high === port.high && (low & alignment) === 0) {
      if (port.lines[(low & 0xfff) >>> 6] === DIRTY) return this.#through(port);
      if (port.cached !== undefined) return port.cached.forWrite(low & 0xfff, this.counters);
    }
    return this.#writeSlowly(low, high, index, alignment);
  }

  /** An access that needs nothing but its count. */
  #through({ words, uncached }: Port): Uint32Array {
    this.counters.uncachedAccesses += uncached;
    return words;
  }

  #readSlowly(low: number, high: number, index: number, alignment: number): Uint32Array {
    const translation = this.translate(low, high, index);
    const { frame, cacheable, device, target } = translation;
    if ((low & alignment) !== 0) this.#checkAlignment(device, low, high, index, false);
    if (cacheable) {
      const words = frame.forRead(low & 0xfff, this.counters);
      this.readPort.openCached(low, high, frame);
      return words;
    }
    this.counters.uncachedAccesses += 1;
    if (target) this.#readDevice(translation, low & 0xfff, alignment);
    else {
      if (this.#strict) this.#checkBypass(frame, low, high, index);
      this.readPort.openPast(low, high, frame, this.#strict);
    }
    return frame.memory;
  }

  #writeSlowly(low: number, high: number, index: number, alignment: number): Uint32Array {
    const translation = this.translate(low, high, index, true);
    const { frame, cacheable, device, target } = translation;
    if ((low & alignment) !== 0) this.#checkAlignment(device, low, high, index, true);
    if (frame.watched !== 0) this.#watchedWrite(translation, low & 0xfff);
    if (cacheable) {
      const words = frame.forWrite(low & 0xfff, this.counters);
      if (frame.watched === 0) this.writePort.openCached(low, high, frame);
      return words;
    }
    this.counters.uncachedAccesses += 1;
    if (target) this.#post(translation, low & 0xfff);
    else {
      if (this.#strict) this.#checkBypass(frame, low, high, index);
      if (frame.watched === 0) this.writePort.openPast(low, high, frame, this.#strict);
    }
    return frame.memory;
  }

  /** The frame that a data address leads to, for maintenance of it; or takes the fault. */
  frameAt(low: number, high: number, index: number): Frame {
    return this.writePort.frameAt(low, high) ?? this.translate(low, high, index).frame;
  }

  /** Translates a data address, or takes the fault. */
  translate(low: number, high: number, index: number, write = false): Translation {
    this.#settleDevice();
    const found = this.mmu.translate((high >>> 0) * 0x100000 + (low >>> 12));
    if (!('frame' in found)) {
      this.#pcIndex = index;
      if (write && found.readOnlyAt !== undefined) return this.#refuseStore(low, high, found.readOnlyAt);
      const address = found.address ?? addressOf(low, high);
      return this.#raise(found.fault, address, found.detail, { write, fetch: false, status: found.status });
    }
    if (!write || found.writable) return found;
    this.#pcIndex = index;
    return this.#refuseStore(low, high, found.level ?? 3);
  }

  #refuseStore(low: number, high: number, level: number): never {
    const access = { write: true, fetch: false, status: 0b001100 | level };
    return this.#raise('permission-fault', addressOf(low, high), 'a store to a read-only page', access);
  }

  /** Takes a fault of the instruction at `index` of the current page. */
  fault(kind: FaultKind, low: number, high: number, index: number, detail: string, write = false): never {
    this.#pcIndex = index;
    return this.#raise(kind, addressOf(low, high), detail, { write, fetch: false, status: 0 });
  }

  /**
   * An MMU that is turned on may still see the old tables, unless an ISB came behind the MSR of their registers. The
   * other byte order is not modelled.
   */
  checkControl(register: SystemRegister, value: bigint, index: number): void {
    if (this.system.isBigEndian(register, value)) {
      const detail = `${register} asks for big-endian data, which is not modelled`;
      this.#stop('undefined-instruction', this.#addressAt(index), index, detail);
    }
    if (!this.#strict || !this.system.turnsOnEarly(register, value)) return;
    this.#stop(
      'missing-isb',
      this.#addressAt(index),
      index,
      'the MMU is turned on over registers that are still being written',
    );
  }

  /** Refuses an exclusive or atomic access to Device memory, which real interconnects may abort or hang on. */
  requireNormal(low: number, high: number, index: number): void {
    if (!this.#strict || !this.translate(low, high, index).device) return;
    this.fault('device-exclusive', low, high, index, 'with the MMU off all memory is Device');
  }

  /** SVC, HVC, SMC, BRK: goes to firmware, to the vectors, or ends the run. */
  call(conduit: 'svc' | 'hvc' | 'smc' | 'brk', syndrome: Syndrome, level: ExceptionLevel, index: number): number {
    if ((conduit === 'hvc' || conduit === 'smc') && this.#options.firmware?.(this, conduit)) return this.refetch(index);
    this.#pcIndex = index;
    if (this.system.isSet(`vbar_el${level}`)) {
      this.#pcIndex = conduit === 'brk' ? index : index + 1;
      this.#enter(syndrome, level);
    }
    const kind = conduit === 'brk' ? 'breakpoint-instruction' : 'system-call';
    throw new MachineFault(
      kind,
      this.pc,
      this.pc,
      `${conduit} at EL${this.system.exceptionLevel}: there is nobody to answer`,
      conduit,
    );
  }

  /** ERET. */
  exceptionReturn(index: number): typeof REFETCH {
    const level = this.system.exceptionLevel;
    const state = stateOfSpsr(this.system.get(`spsr_el${level}`));
    if (state === undefined || state.exceptionLevel > level) {
      this.#pcIndex = index;
      throw new MachineFault(
        'illegal-state',
        this.pc,
        this.pc,
        `SPSR_EL${level} does not describe a state to return to`,
        'eret',
      );
    }
    const target = this.system.get(`elr_el${level}`);
    this.#enterState(state);
    this.exclusive.clear();
    this.contextSynchronized();
    if ((target & 3n) !== 0n) this.#misalignedPc(Number(target & 0xffff_ffffn), Number(target >> 32n));
    this.pc = target;
    this.#options.onEvent?.({ type: 'return', cpu: this.index, pc: target, level: state.exceptionLevel });
    return REFETCH;
  }

  /** SPSel: which stack pointer SP is. */
  selectStack(own: boolean): void {
    this.#enterState({ ...this.#state(), ownStack: own });
  }

  /** Loses the shortcuts before the TLB. */
  forgetTranslations(): void {
    this.readPort.close();
    this.writePort.close();
  }

  #state(): ProcessState {
    const { flags, daif, ownStack, system } = this;
    return { flags, daif, ownStack, exceptionLevel: system.exceptionLevel };
  }

  /** Changes level and stack: the stack pointer in use goes to its bank, and another comes from one. */
  #enterState(state: ProcessState): void {
    this.system.set(this.#stackName(), this.registers.get(SP));
    this.flags = state.flags;
    this.daif = state.daif;
    this.ownStack = state.ownStack;
    this.system.exceptionLevel = state.exceptionLevel;
    this.registers.set(SP, this.system.get(this.#stackName()));
  }

  #stackName(): string {
    return this.ownStack ? `sp_el${this.system.exceptionLevel}` : 'sp_el0';
  }

  /** Takes an exception to a level whose vectors are set; never returns to the instruction. */
  #enter(syndrome: Syndrome, level: ExceptionLevel, returnTo = this.pc): never {
    const from = this.#state();
    const esr = esrOf(syndrome);
    this.#enterState({ flags: from.flags, daif: 0xf, exceptionLevel: level, ownStack: true });
    this.system.set(`spsr_el${level}`, spsrOf(from));
    this.system.set(`elr_el${level}`, returnTo);
    this.system.set(`esr_el${level}`, esr);
    if (syndrome.address !== undefined) this.system.set(`far_el${level}`, syndrome.address);
    this.contextSynchronized();
    this.pc = this.system.get(`vbar_el${level}`) + vectorOffset(from.exceptionLevel < level, from.ownStack);
    this.#options.onEvent?.({ type: 'exception', cpu: this.index, pc: returnTo, level, esr });
    throw TAKEN;
  }

  /** A fault at the current pc: an exception where the level has vectors, else the end of the run. */
  #raise(kind: FaultKind, address: bigint, detail: string, access: AbortedAccess): never {
    if (isRule(kind)) throw new MachineFault(kind, this.pc, address, detail, this.#instructionText());
    const syndrome = syndromeOf(kind, address, access, true);
    return this.#enterOrEnd(syndrome, this.system.exceptionLevel, kind, address, detail);
  }

  /** An exception where the level that it goes to has vectors, else the end of the run. */
  #enterOrEnd(syndrome: Syndrome, level: ExceptionLevel, kind: FaultKind, address: bigint, detail: string): never {
    if (this.system.isSet(`vbar_el${level}`)) this.#enter(syndrome, level);
    throw new MachineFault(kind, this.pc, address, detail, this.#instructionText());
  }

  #stop(kind: FaultKind, address: bigint, index: number, detail: string): never {
    this.#pcIndex = index;
    throw new MachineFault(kind, this.pc, address, detail, this.#instructionText());
  }

  /** The instruction at the pc, for a report; nothing before the first of its page was decoded. */
  #instructionText(): string {
    const word = this.#page?.words[this.#pcIndex];
    return word ? print(word) : '';
  }

  /** An access that goes past the cache: the cache must hold nothing newer, and be done with the line. */
  #checkBypass(frame: Frame, low: number, high: number, index: number): void {
    const line = (low & 0xfff) >>> 6;
    if (frame.isDirty(line)) {
      const kind = this.system.effective.mmu ? 'mismatched-attributes' : 'dirty-line-bypassed';
      this.#stop(kind, addressOf(low, high), index, 'the line is dirty in the data cache');
    }
    if (frame.isUnfinished(line))
      this.#stop('maintenance-without-dsb', addressOf(low, high), index, 'no DSB came behind the DC for its line');
    frame.allowDirect(line);
  }

  /** An access that is not aligned: Device memory never takes it, Normal memory unless SCTLR.A says so. */
  #checkAlignment(device: boolean, low: number, high: number, index: number, write: boolean): void {
    if (device) {
      const detail = 'an unaligned access to Device memory (with the MMU off, all memory is)';
      this.fault('alignment-fault', low, high, index, detail, write);
    }
    if (this.system.effective.alignmentCheck)
      this.fault('alignment-fault', low, high, index, 'an unaligned access, which SCTLR.A forbids', write);
  }

  /** Before an access through SP (Arm ARM D1.3.8 "Stack pointer alignment"). */
  checkStack(index: number): void {
    const low = this.registers.low[SP] ?? 0;
    if ((low & 15) === 0 || !this.system.effective.stackCheck) return;
    this.#pcIndex = index;
    const syndrome = { exceptionClass: classes.spAlignment, iss: 0 };
    const detail = 'SP is no multiple of 16, and SCTLR.SA checks it';
    this.#enterOrEnd(syndrome, this.system.exceptionLevel, 'alignment-fault', this.registers.get(SP), detail);
  }

  /** A branch to an address that is no multiple of 4: the exception is the target's (Arm ARM D1.3.7 "PC alignment"). */
  #misalignedPc(low: number, high: number): never {
    const address = addressOf(low, high);
    const level = this.system.exceptionLevel;
    if (this.system.isSet(`vbar_el${level}`))
      this.#enter({ exceptionClass: classes.pcAlignment, iss: 0, address }, level, address);
    throw new MachineFault('alignment-fault', this.pc, address, 'a branch to an address that is no multiple of 4');
  }

  #readDevice({ target, frame }: Translation, offset: number, alignment: number): void {
    const at = offset >>> 2;
    frame.memory[at] = target?.read(at * 4) ?? 0;
    if (alignment === 7) frame.memory[at + 1] = target?.read(at * 4 + 4) ?? 0;
  }

  #post(translation: Translation, offset: number): void {
    this.#settleDevice();
    this.#posted = { translation, offset: offset & ~3 };
  }

  /** Tells a device of the store that was posted to it. */
  #settleDevice(): void {
    const posted = this.#posted;
    if (posted === undefined) return;
    this.#posted = undefined;
    posted.translation.target?.write(posted.offset, posted.translation.frame.memory[posted.offset >>> 2] ?? 0);
  }

  #watchedWrite({ frame, number }: Translation, offset: number): void {
    if ((frame.watched & WATCH_TABLE) !== 0) {
      this.#memory.tableWrites += 1;
      for (const cpu of this.#domain) cpu.forgetTranslations();
    }
    if ((frame.watched & WATCH_CODE) !== 0) for (const tell of this.#memory.onCodeWrite) tell(number, offset >>> 6);
  }

  /** A fetch that sees something else than data accesses do. */
  stopAtFetch(index: number, detail: string): never {
    return this.#stop('stale-instruction', this.#addressAt(index), index, detail);
  }

  /** A word that is no instruction of this machine. */
  undefinedAt(index: number, text: string): never {
    this.#pcIndex = index;
    return this.#raise('undefined-instruction', this.pc, text, { write: false, fetch: true, status: 0 });
  }

  #addressAt(index: number): bigint {
    return BigInt(this.#pcPage) * 4096n + BigInt(index * 4);
  }

  #fetchPage(): CodePage {
    this.#settleDevice();
    const found = this.mmu.translate(this.#pcPage, true);
    if (!('frame' in found)) {
      const detail = `instruction fetch: ${found.detail}`;
      return this.#raise(found.fault, found.address ?? this.pc, detail, {
        write: false,
        fetch: true,
        status: found.status,
      });
    }
    if (!found.executable) {
      const status = 0b001100 | (found.level ?? 3);
      return this.#raise('permission-fault', this.pc, 'a fetch from an execute-never page', {
        write: false,
        fetch: true,
        status,
      });
    }
    if (this.#instructions.holdsOld(found.number) && this.system.effective.instructionCache)
      throw new MachineFault(
        'stale-instruction',
        this.pc,
        this.pc,
        'the instruction cache holds what stood here before',
      );
    return this.#instructions.page(found);
  }

  /** Leaves lines of a frame in the instruction cache, as whatever stood there before this program may have. */
  leaveOldInstructions(frame: number): void {
    this.#instructions.leaveOld(frame);
  }

  /** Whether a fetch from the frame may still see what stood there before: until IC, DSB and ISB. */
  holdsOldInstructions(frame: number): boolean {
    return this.#instructions.holdsOld(frame);
  }

  /** As out of reset, at a level: MMU and caches off, interrupts masked, nothing cached. */
  reset(level: ExceptionLevel): void {
    this.system.reset(level);
    this.daif = 0xf;
    this.ownStack = true;
    this.#instructions.clear();
    this.mmu.reset();
    this.forgetTranslations();
  }

  /** A line comes into the cache without an instruction asking for it. @throws MachineFault if it is a device's, or nobody's. */
  speculativeLoad(number: number, page: number, line: number): void {
    const device = this.#memory.device(number);
    if (device === undefined && this.#memory.isRam(number)) {
      this.#memory.frame(number)?.prefetch(line, zeroCounters());
      return;
    }
    const address = BigInt(page) * 4096n + BigInt(line * 64);
    const what = device?.name ?? `frame 0x${number.toString(16)}, where there is no RAM`;
    throw new MachineFault('device-speculation', this.pc, address, `it read ${what}`, this.#instructionText());
  }

  /** Everything but memory, for a snapshot. */
  save(): CpuSnapshot {
    this.#settleDevice();
    return {
      low: this.registers.low.slice(),
      high: this.registers.high.slice(),
      vectors: this.vectors.words.slice(),
      system: this.system.save(),
      state: this.#state(),
      counters: { ...this.counters },
      pc: this.pc,
      waiting: this.waiting,
      off: this.off,
    };
  }

  /** Goes back to a snapshot: TLB and instruction cache are empty then, as hardware may have them at any time. */
  restore(saved: CpuSnapshot): void {
    this.registers.low.set(saved.low);
    this.registers.high.set(saved.high);
    this.vectors.words.set(saved.vectors);
    this.system.restore(saved.system);
    this.flags = saved.state.flags;
    this.daif = saved.state.daif;
    this.ownStack = saved.state.ownStack;
    Object.assign(this.counters, saved.counters);
    this.pc = saved.pc;
    this.waiting = saved.waiting;
    this.off = saved.off;
    this.#posted = undefined;
    this.#instructions.clear();
    this.mmu.reset();
    this.forgetTranslations();
  }
}

/** What a snapshot keeps of a CPU. */
export interface CpuSnapshot {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly vectors: Int32Array;
  readonly system: SystemSnapshot;
  readonly state: ProcessState;
  readonly counters: Counters;
  readonly pc: bigint;
  readonly waiting: boolean;
  readonly off: boolean;
}

const addressOf = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
