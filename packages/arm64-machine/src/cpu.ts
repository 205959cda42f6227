import { decode, print } from '@kexeckit/a64';
import { type AccessSize, accessSizeOf } from './access-size.ts';
import type { InstructionInvalidation } from './code-line.ts';
import { type Core, NEXT_PAGE, STOP } from './core.ts';
import { type Counters, zeroCounters } from './counters.ts';
import type { CpuEvent } from './cpu-event.ts';
import type { CpuModel } from './cpu-model.ts';
import { DataPath } from './data-path.ts';
import type { Domain } from './domain.ts';
import { ExceptionUnit, TAKEN } from './exception-unit.ts';
import type { ProcessState } from './exceptions.ts';
import { ExclusiveMonitor } from './exclusive-monitor.ts';
import { runHot } from './execute/run-hot.ts';
import { type FetchParts, fetchPage } from './fetch.ts';
import { type CodePage, InstructionCache, type InstructionsSnapshot } from './instruction-cache.ts';
import { type InterruptArrivals, Interrupts, type InterruptsSnapshot } from './interrupts.ts';
import { checkLimit } from './limit.ts';
import { type MaintenanceSnapshot, MaintenanceUnit } from './maintenance.ts';
import type { PhysicalMemory } from './memory.ts';
import { Mmu, type MmuSnapshot } from './mmu.ts';
import { ProgramCounter } from './program-counter.ts';
import { Registers } from './registers.ts';
import { LINE_SIZE } from './sizes.ts';
import { type ExceptionLevel, SystemRegisters, type SystemSnapshot } from './system.ts';
import { TableStores } from './table-stores.ts';
import { Vectors } from './vectors.ts';

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
  /** What it has; its data cache lines are those of the memory. */
  readonly model?: Omit<CpuModel, 'dataLine'>;
  /** Exceptions that become pending, each after so many instructions have retired, and stay so. */
  readonly interrupts?: InterruptArrivals;
  /** Answers HVC and SMC, as firmware does: true if the call was one for it. */
  readonly firmware?: (cpu: Cpu, conduit: 'hvc' | 'smc') => boolean;
  /** Told what happens, apart from plain execution. */
  readonly onEvent?: (event: CpuEvent) => void;
}

/**
 * One CPU that executes A64 words.
 *
 * Exceptions go to the vectors of their level once VBAR was written; before that, and for rules that hardware does not
 * report, a `MachineFault` is thrown.
 */
export class Cpu implements Core {
  readonly registers: Registers = new Registers();
  readonly vectors: Vectors = new Vectors();
  readonly system: SystemRegisters;
  readonly mmu: Mmu;
  readonly counters: Counters = zeroCounters();
  readonly index: number;
  readonly exclusive: ExclusiveMonitor = new ExclusiveMonitor();
  readonly strict: boolean;
  n = 0;
  z = 0;
  c = 0;
  v = 0;
  daif = 0xf;
  readonly instructionLine: number;
  /** Exceptions that no instruction causes. */
  readonly interrupts: Interrupts;
  ownStack = true;
  illegal = false;
  waiting = false;
  /** Turned off by PSCI, or not on yet. */
  off = false;

  readonly flow: ProgramCounter = new ProgramCounter();
  readonly memory: DataPath;
  readonly exceptions: ExceptionUnit;
  readonly maintenance: MaintenanceUnit;
  readonly #instructions: InstructionCache;
  readonly #fetching: FetchParts;
  /** The CPUs that share its inner shareable domain. */
  readonly #domain: Domain;
  /** The page that is being executed. */
  #page: CodePage | undefined;

  constructor(memory: PhysicalMemory, exceptionLevel: ExceptionLevel, options: CpuOptions = {}) {
    const { strict = true, hot = true, index = 0, model = {}, firmware, onEvent } = options;
    this.strict = strict;
    this.index = index;
    this.instructionLine = model.instructionLine ?? LINE_SIZE;
    this.interrupts = new Interrupts(options.interrupts);
    const { dataLine } = memory;
    const onChange = (): void => this.#instructions?.lookAtSimd();
    this.system = new SystemRegisters(exceptionLevel, { index, model, dataLine, onChange });
    const tableStores = new TableStores();
    this.mmu = new Mmu(this.system, memory, this.counters, tableStores, { strict });
    this.#domain = { own: this, members: [this] };
    this.exceptions = new ExceptionUnit(this, this.flow, {
      ...{ cpu: index, strict },
      onEvent,
      synchronize: () => this.contextSynchronized(),
      instructionAt: (at) => this.#textAt(at),
      firmware: (conduit) => firmware?.(this, conduit) ?? false,
    });
    const { system, mmu, exceptions, counters } = this;
    const domain = this.#domain;
    this.memory = new DataPath({
      ...{ memory, mmu, system, exceptions, counters, domain, tableStores, strict },
      accessSizeAt: (index) => this.#accessSizeAt(index),
      storedCode: (line, domain) => this.maintenance.cleanedCode(line, domain),
    });
    this.maintenance = new MaintenanceUnit(domain, exceptions, tableStores, {
      lineSize: Math.max(dataLine, this.instructionLine),
      settleDevice: () => this.memory.settleDevice(),
      storesComplete: () => this.memory.storesComplete(),
      tell: (what) => onEvent?.({ type: 'maintenance', cpu: index, what }),
    });
    this.#instructions = new InstructionCache(this, memory, { strict, hot });
    this.#fetching = { mmu, exceptions, instructions: this.#instructions };
    memory.onWatch.push(() => this.forgetTranslations());
  }

  /** Makes CPUs share one inner shareable domain: broadcast maintenance reaches all of them. */
  static join(cpus: readonly Cpu[]): void {
    for (const cpu of cpus) cpu.#domain.members = cpus;
  }

  /** The virtual address of the next instruction. */
  get pc(): bigint {
    return this.flow.address;
  }

  set pc(address: bigint) {
    this.flow.address = address;
  }

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

  /** Whether there is a breakpoint at this physical address. */
  breaksAt(address: bigint): boolean {
    return this.#instructions.breaksAt(address);
  }

  /**
   * Whether its instruction cache holds just these words from a physical address on, and no breakpoint is behind the first: whoever
   * knows what they do may do it at once.
   */
  holdsInstructions(address: bigint, words: Uint32Array): boolean {
    return this.#instructions.holds(address, words);
  }

  /**
   * Does what an instruction does, for whoever does instructions at once: false where it took an exception to the vectors, where the CPU
   * goes on.
   *
   * @throws MachineFault for what the program did wrong.
   */
  attempt(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      if (error !== TAKEN) throw error;
      return false;
    }
  }

  /**
   * Executes until a breakpoint, until `limit` instructions have retired, or until there is nothing to do.
   *
   * @throws MachineFault for what the program did wrong.
   */
  run(limit: number): StopReason {
    checkLimit(limit);
    let left = limit;
    for (;;) {
      const { instructions } = this.counters;
      // An interrupt is taken between two instructions: the run is cut where one arrives.
      const part = Math.min(left, this.interrupts.until(instructions));
      const reason = this.#runPart(part);
      left -= reason === 'limit' ? part : this.counters.instructions - instructions;
      if (reason !== 'limit' || left <= 0) return reason;
    }
  }

  #runPart(limit: number): StopReason {
    if (this.off) return 'off';
    const { flow } = this;
    this.waiting = false;
    flow.left = limit;
    // An exception retires nothing: a vector that faults itself would go on for ever.
    let taken = 0;
    try {
      while (flow.left > 0 && !this.waiting && !this.off) {
        try {
          this.#takeInterrupt();
          if (this.#runPage()) return 'breakpoint';
        } catch (error) {
          if (error !== TAKEN) throw error;
          taken += 1;
          if (taken > limit) break;
        }
      }
    } finally {
      this.counters.instructions += limit - flow.left;
      this.memory.settleDevice();
    }
    return this.off ? 'off' : this.waiting ? 'waiting' : 'limit';
  }

  /** Takes the exception of an interrupt that is pending and not masked. Ops that unmask leave their page. */
  #takeInterrupt(): void {
    if (!this.interrupts.isPending) return;
    const taken = this.interrupts.next(this.daif, (kind, isMasked) => this.system.interruptLevel(kind, isMasked));
    if (taken !== undefined) this.exceptions.interrupt(taken.kind, taken.level);
  }

  /** Executes instructions of one page until the pc leaves it; true at a breakpoint. */
  #runPage(): boolean {
    const { flow } = this;
    this.#page = undefined;
    this.memory.settleDevice();
    const page = fetchPage(flow, this.#fetching);
    this.#page = page;
    if (this.illegal) this.exceptions.illegalState();
    const next = runHot(this, page.code, page.ops, flow.index);
    if (next >= 0) flow.index = next;
    else if (next === STOP) {
      // Nothing was executed.
      flow.left += 1;
      flow.index = flow.at;
      return true;
    } else if (next === NEXT_PAGE) {
      flow.left += 1;
      flow.nextPage();
    }
    return false;
  }

  /** An instruction of the current page, for a report; nothing before the first of its page was decoded. */
  #textAt(index: number): string {
    const word = this.#page?.words[index];
    return word ? print(word) : '';
  }

  /** What an instruction of the current page accesses; a word where none was fetched. */
  #accessSizeAt(index: number): AccessSize {
    const decoded = decode(this.#page?.words[index] ?? 0);
    return decoded === undefined ? { bytes: 4, total: 4 } : accessSizeOf(decoded);
  }

  contextSynchronized(): void {
    this.memory.settleDevice();
    this.system.synchronize();
    this.#instructions.synchronize();
    this.forgetTranslations();
  }

  /** Loses the shortcuts before the TLB. */
  forgetTranslations(): void {
    this.memory.forgetTranslations();
  }

  /** IC is complete: fetched instructions are dropped. */
  invalidateInstructions(what: InstructionInvalidation): void {
    this.#instructions.invalidate(what);
  }

  /** Every word that was executed, with the physical address where it was first. */
  get executed(): ReadonlyMap<number, bigint> {
    return this.#instructions.executed;
  }

  /** Leaves lines of a frame in the instruction cache, as whatever stood there before this program may have. */
  leaveOldInstructions(pfn: number): void {
    this.#instructions.leaveOld(pfn);
  }

  /** Whether a fetch from the frame may still see what stood there before: until IC, DSB and ISB. */
  holdsOldInstructions(pfn: number): boolean {
    return this.#instructions.holdsOld(pfn);
  }

  /** As out of reset, at a level: MMU and caches off, interrupts masked, nothing cached. */
  reset(level: ExceptionLevel): void {
    this.system.reset(level);
    this.daif = 0xf;
    this.ownStack = true;
    this.illegal = false;
    this.#emptyCaches();
  }

  #emptyCaches(): void {
    this.#instructions.clear();
    this.mmu.reset();
    this.maintenance.clear();
    this.forgetTranslations();
  }

  /** Everything but memory, for a snapshot. */
  save(): CpuSnapshot {
    this.memory.settleDevice();
    // What it uses from here on is noticed again.
    this.forgetTranslations();
    return {
      low: this.registers.low.slice(),
      high: this.registers.high.slice(),
      vectors: this.vectors.words.slice(),
      system: this.system.save(),
      state: this.exceptions.processState(),
      counters: { ...this.counters },
      interrupts: this.interrupts.save(),
      exclusive: this.exclusive.save(),
      mmu: this.mmu.save(),
      instructions: this.#instructions.save(),
      maintenance: this.maintenance.save(),
      pc: this.pc,
      waiting: this.waiting,
      off: this.off,
    };
  }

  /** Goes back to a snapshot, with all that TLB and caches held, and all that waited for a barrier. */
  restore(saved: CpuSnapshot): void {
    this.registers.low.set(saved.low);
    this.registers.high.set(saved.high);
    this.vectors.words.set(saved.vectors);
    this.system.restore(saved.system);
    this.flags = saved.state.flags;
    this.daif = saved.state.daif;
    this.ownStack = saved.state.ownStack;
    this.illegal = saved.state.illegal;
    Object.assign(this.counters, saved.counters);
    this.interrupts.restore(saved.interrupts);
    this.exclusive.mark(...saved.exclusive);
    this.pc = saved.pc;
    this.waiting = saved.waiting;
    this.off = saved.off;
    this.memory.dropPosted();
    this.mmu.restore(saved.mmu);
    this.#instructions.restore(saved.instructions);
    this.#page = undefined;
    this.maintenance.restore(saved.maintenance);
    this.forgetTranslations();
  }

  /** What its instruction cache holds. */
  get instructionCache(): InstructionCacheState {
    return { decoded: this.#instructions.held, oldFrames: this.#instructions.oldFrames };
  }
}

/** What an instruction cache holds. */
export interface InstructionCacheState {
  /** Instructions that were fetched and not invalidated since. */
  readonly decoded: number;
  /** Frames of which it may still hold what stood there before this program. */
  readonly oldFrames: number;
}

/** What a snapshot keeps of a CPU. */
export interface CpuSnapshot {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly vectors: Int32Array;
  readonly system: SystemSnapshot;
  readonly state: ProcessState;
  readonly counters: Counters;
  readonly interrupts: InterruptsSnapshot;
  readonly exclusive: ReturnType<ExclusiveMonitor['save']>;
  readonly mmu: MmuSnapshot;
  readonly instructions: InstructionsSnapshot;
  readonly maintenance: MaintenanceSnapshot;
  readonly pc: bigint;
  readonly waiting: boolean;
  readonly off: boolean;
}
