import type { Access } from '@kexeckit/arm64-pgtable';
import type { AccessKind } from './access-kind.ts';
import type { Barrier } from './barrier.ts';
import type { CodeLine } from './code-line.ts';
import type { Counters } from './counters.ts';
import type { AbortedAccess, Syndrome } from './exceptions.ts';
import type { ExclusiveMonitor } from './exclusive-monitor.ts';
import type { FaultKind } from './fault.ts';
import type { Frame, Maintenance } from './frame.ts';
import type { Interrupts } from './interrupts.ts';
import type { Port } from './port.ts';
import type { Registers } from './registers.ts';
import type { ExceptionLevel, SystemRegisters } from './system.ts';
import type { Invalidation, Translation } from './translation.ts';
import type { Vectors } from './vectors.ts';

// What an instruction sees of the CPU that executes it, and no more. A CPU is one object of one class at run time: these
// interfaces only say which part of it does what.

/** An instruction's result instead of an index: the next one is wherever the pc points now. */
export const REFETCH = -1;
/** Instead of an index: a breakpoint is here, nothing was executed. */
export const STOP = -2;
/** Instead of an index: the page ends, and execution goes on in the next one. */
export const NEXT_PAGE = -3;

/** A decoded instruction: takes its index in its page, acts, and returns the index of the next instruction. */
export type Op = (index: number) => number;

/** The condition flags, each 0 or 1. */
export interface Flags {
  n: number;
  z: number;
  c: number;
  v: number;
}

/** Registers and processor state. */
export interface CoreState extends Flags {
  readonly registers: Registers;
  readonly vectors: Vectors;
  readonly system: SystemRegisters;
  readonly exclusive: ExclusiveMonitor;
  /** N, Z, C and V as four bits. */
  flags: number;
  /** Interrupt masks D, A, I, F as four bits. */
  daif: number;
  /** PSTATE.SP: whether SP is the level's own rather than SP_EL0. */
  ownStack: boolean;
  /** PSTATE.IL: the next instruction takes an exception instead of being executed. */
  illegal: boolean;
}

/** Where execution goes on: within the page by an index, else by the pc. */
export interface ControlFlow {
  /** Instructions that are left of the run. */
  left: number;
  /** Index of the instruction that left its page. */
  at: number;
  /** The virtual address, as 32-bit halves, `offset` bytes from the instruction at `index`. */
  relative(index: number, offset: number): { low: number; high: number };
  /** A branch by `offset` instructions from the one at `index` of the current page. */
  branch(index: number, offset: number): number;
  /** A branch to an address, a multiple of 4, given as halves. */
  jump(low: number, high: number): typeof REFETCH;
  /** Goes on behind the instruction at `index`, fetching again. */
  refetch(index: number): typeof REFETCH;
}

/** Data accesses. Addresses are virtual, as 32-bit halves; `index` is that of the instruction, for faults. */
export interface MemoryAccess {
  /** The page that was last read, and that was last written. */
  readonly readPort: Port;
  readonly writePort: Port;
  /**
   * The words that a load at this address reads, as far as its cache line goes; index them by `(low & 0xfff) >>> 2`.
   * Where bits of `alignment` are set in the address, Device memory faults.
   */
  viewForRead(low: number, high: number, index: number, alignment: number): Uint32Array;
  /** The words that a store at this address writes, in the same way. */
  viewForWrite(low: number, high: number, index: number, alignment: number): Uint32Array;
  /**
   * The frame that an address leads to, for maintenance of it; or takes the fault. `frameDomain` is then the domain that
   * it is shared in. Where the maintenance may lose what was written, the page must be writable.
   */
  frameAt(low: number, high: number, index: number, writes?: boolean): Frame;
  readonly frameDomain: number;
  /** Translates an address, or takes the fault; by default for a read. */
  translate(low: number, high: number, index: number, access?: AccessKind): Translation;
  /** Takes the fault of an access of so many bytes that EL0 may not make, in a regime that has an EL0. */
  checkUser(low: number, high: number, index: number, bytes: number, write: boolean): void;
  /** What AT leaves in PAR_EL1 for an address, by the tables of a level. */
  addressTranslate(level: ExceptionLevel, address: bigint, access: Access): bigint;
  /** Loses the shortcuts before the TLB. */
  forgetTranslations(): void;
}

/** The exceptions that an instruction, or fetching it, takes: to the vectors, or as a `MachineFault`. */
export interface Exceptions {
  /** A fault of the instruction at `index` that accesses an address, given as halves. */
  fault(kind: FaultKind, low: number, high: number, index: number, detail: string, write?: boolean): never;
  /** An abort of the instruction or fetch at `index`, with what the syndrome register says of it. */
  abort(kind: FaultKind, address: bigint, index: number, detail: string, access: AbortedAccess): never;
  /** The end of the run: what no hardware reports, at `index`. */
  stop(kind: FaultKind, address: bigint, index: number, detail: string): never;
  /** The same, for a rule or limit that the instruction itself breaks. */
  stopAt(kind: FaultKind, index: number, detail: string): never;
  /** A word that is not an instruction of this machine. */
  undefinedAt(index: number, text: string): never;
  /** A SIMD instruction that its level may not use. */
  trapSimd(index: number, level: ExceptionLevel): never;
  /** A SIMD instruction of which it is not known whether it traps: a register was written, and no ISB came behind. */
  simdUncertain(index: number): never;
  /** The high half of where a branch to an address goes: a tag, where it may have one, is taken away. */
  targetHigh(high: number): number;
  /** Before an access through SP (Arm ARM D1.3.8 "Stack pointer alignment"). */
  checkStack(index: number): void;
  /** A branch to an address that is not a multiple of 4 (Arm ARM D1.3.7 "PC alignment"). */
  misalignedTarget(low: number, high: number, index: number): never;
  /** SVC, HVC, SMC, BRK: goes to firmware, to the vectors, or ends the run. */
  call(conduit: 'svc' | 'hvc' | 'smc' | 'brk', syndrome: Syndrome, level: ExceptionLevel, index: number): number;
  /** ERET. */
  exceptionReturn(index: number): typeof REFETCH;
  /** SPSel: which stack pointer SP is. */
  selectStack(own: boolean): void;
}

/** Maintenance of caches and TLBs, and the barriers that complete it. */
export interface MaintenanceControl {
  /** What was asked of data caches; a DSB completes it. */
  readonly dataCache: Maintenance;
  /**
   * IC: fetched instructions are dropped at the next DSB, here or in the whole domain; those of the line at byte `offset`
   * of a frame, or all.
   */
  requestInstructionInvalidation(broadcast: boolean, line?: CodeLine): void;
  /** DC is used on a frame. */
  cleaned(frame: Frame): void;
  /** DC has cleaned a line of a frame that code was fetched from: fetches see it for sure when a DSB completes it. */
  cleanedCode(line: CodeLine, domain: number): void;
  /** TLBI: entries are dropped at the next DSB of the domain, or of a wider one. */
  requestTlbInvalidation(what: Invalidation, domain: number): void;
  /** DSB: what it waits for is complete. */
  complete(barrier: Barrier, index: number): void;
}

/** What an instruction may see and do. */
export interface Core extends CoreState {
  readonly counters: Counters;
  readonly flow: ControlFlow;
  readonly memory: MemoryAccess;
  readonly exceptions: Exceptions;
  readonly maintenance: MaintenanceControl;
  /** Whether broken rules are reported. */
  readonly strict: boolean;
  readonly interrupts: Interrupts;
  /** Waits for an event or interrupt until another CPU has run. */
  waiting: boolean;
  /** Bytes of a line of its instruction cache. */
  readonly instructionLine: number;
  /** A context synchronization event, as ISB is one: writes to system registers take effect. */
  contextSynchronized(): void;
}
