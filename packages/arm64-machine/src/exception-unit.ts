import { type CoreState, type Exceptions, REFETCH } from './core.ts';
import type { CpuEvent } from './cpu-event.ts';
import {
  type AbortedAccess,
  classes,
  esrOf,
  flagsOfSpsr,
  type Interrupt,
  isForUser,
  type ProcessState,
  type Syndrome,
  spsrOf,
  stateOfSpsr,
  syndromeOf,
  vectorOffset,
} from './exceptions.ts';
import { type FaultKind, isRule, machineFault } from './fault.ts';
import type { ProgramCounter } from './program-counter.ts';
import { addressOf, SP } from './registers.ts';
import type { ExceptionLevel } from './system.ts';

/** Thrown to leave an instruction whose exception was taken: the pc is at the vector. */
export const TAKEN: unique symbol = Symbol('exception taken');
/** ESR.ISS of a trapped SIMD instruction: no condition (Arm ARM D24, `ESR_ELx`, "trapped SVE, SIMD, or floating-point"). */
const UNCONDITIONAL = 0x1e0_0000;

/** What exceptions need of the CPU that takes them. */
export interface ExceptionHooks {
  readonly cpu: number;
  /** Whether broken rules are reported. */
  readonly strict: boolean;
  /** A context synchronization event. */
  synchronize(): void;
  /** The instruction at an index of the current page, as the assembler writes it; empty before the first was decoded. */
  instructionAt(index: number): string;
  /** Answers a call as firmware does: false where it is not one for it. */
  firmware(conduit: 'hvc' | 'smc'): boolean;
  readonly onEvent: ((event: CpuEvent) => void) | undefined;
}

/**
 * Exceptions of one CPU: they go to the vectors of their level once VBAR was written; before that, and for rules that
 * hardware does not report, a `MachineFault` is thrown.
 */
export class ExceptionUnit implements Exceptions {
  readonly #state: CoreState;
  readonly #pc: ProgramCounter;
  readonly #hooks: ExceptionHooks;

  constructor(state: CoreState, pc: ProgramCounter, hooks: ExceptionHooks) {
    this.#state = state;
    this.#pc = pc;
    this.#hooks = hooks;
  }

  fault(kind: FaultKind, low: number, high: number, index: number, detail: string, write = false): never {
    return this.abort(kind, addressOf(low, high), index, detail, { write, fetch: false });
  }

  abort(kind: FaultKind, address: bigint, index: number, detail: string, access: AbortedAccess): never {
    if (isRule(kind)) return this.stop(kind, address, index, detail);
    this.#pc.index = index;
    const syndrome = syndromeOf(kind, address, access, true);
    return this.#enterOrEnd(syndrome, this.#level, kind, address, detail);
  }

  stop(kind: FaultKind, address: bigint, index: number, detail: string): never {
    this.#pc.index = index;
    return this.#end(kind, address, detail);
  }

  /** The end of the run at the pc. */
  stopHere(kind: FaultKind, address: bigint, detail: string): never {
    return this.#end(kind, address, detail);
  }

  undefinedAt(index: number, text: string): never {
    const access = { write: false, fetch: true };
    return this.abort('undefined-instruction', this.#pc.addressAt(index), index, text, access);
  }

  stopAt(kind: FaultKind, index: number, detail: string): never {
    return this.stop(kind, this.#pc.addressAt(index), index, detail);
  }

  trapSimd(index: number, level: ExceptionLevel): never {
    this.#pc.index = index;
    const detail = `${level === 2 ? 'CPTR_EL2' : 'CPACR_EL1'} traps SIMD instructions, and there is nobody to answer`;
    const syndrome = { exceptionClass: classes.simd, iss: UNCONDITIONAL };
    return this.#enterOrEnd(syndrome, level, 'simd-trap', this.#pc.address, detail);
  }

  simdUncertain(index: number): never {
    const detail = 'a SIMD instruction before the ISB that makes a write to CPACR_EL1, CPTR_EL2 or HCR_EL2 take effect';
    return this.stopAt('missing-isb', index, detail);
  }

  /** Takes an exception that no instruction causes, at the pc. */
  interrupt(kind: Interrupt, level: ExceptionLevel): never {
    const syndrome = { exceptionClass: kind === 'serror' ? classes.serror : classes.unknown, iss: 0 };
    const detail = `${kind} is pending and not masked`;
    const { address } = this.#pc;
    if (!this.#state.system.isSet(`vbar_el${level}`)) return this.#end('interrupt', address, detail);
    return this.#enter(syndrome, level, address, kind);
  }

  checkStack(index: number): void {
    const { registers, system } = this.#state;
    const low = registers.low[SP] ?? 0;
    if ((low & 15) === 0 || !system.effective.stackCheck) return;
    this.#pc.index = index;
    const syndrome = { exceptionClass: classes.spAlignment, iss: 0 };
    const detail = 'SP is not a multiple of 16, and SCTLR.SA checks it';
    this.#enterOrEnd(syndrome, this.#level, 'alignment-fault', registers.get(SP), detail);
  }

  /** Where a branch to an address goes: its tag, if it may have one, is no part of the pc. */
  targetHigh(high: number): number {
    const { ignoresLowerTags, ignoresUpperTags, regime } = this.#state.system.effective;
    if ((high & 0x80_0000) === 0) return ignoresLowerTags ? high & 0xff_ffff : high;
    if (regime === 'EL2') return ignoresLowerTags ? high & 0xff_ffff : high;
    return ignoresUpperTags ? high | 0xff00_0000 : high;
  }

  /** The exception is the target's: it returns there. */
  misalignedTarget(low: number, high: number, index: number): never {
    this.#pc.index = index;
    const address = addressOf(low, high);
    const syndrome = { exceptionClass: classes.pcAlignment, iss: 0, address };
    const detail = 'a branch to an address that is not a multiple of 4';
    return this.#enterOrEnd(syndrome, this.#level, 'alignment-fault', address, detail, address);
  }

  call(conduit: 'svc' | 'hvc' | 'smc' | 'brk', syndrome: Syndrome, level: ExceptionLevel, index: number): number {
    if ((conduit === 'hvc' || conduit === 'smc') && this.#hooks.firmware(conduit)) return this.#pc.refetch(index);
    // Without the level that it calls it is UNDEFINED.
    const { hasEl2 } = this.#state.system;
    if ((conduit === 'hvc' || conduit === 'smc') && !hasEl2) this.undefinedAt(index, conduit);
    this.#pc.index = index;
    // EL3 is above all that is modelled: its firmware answers, or there is none.
    if (conduit === 'smc') return this.#end('system-call', this.#pc.address, 'smc: there is no firmware to answer');
    const kind = conduit === 'brk' ? 'breakpoint-instruction' : 'system-call';
    const returnTo = this.#pc.addressAt(conduit === 'brk' ? index : index + 1);
    const detail = `${conduit} at EL${this.#level}: there is nobody to answer`;
    return this.#enterOrEnd(syndrome, level, kind, this.#pc.address, detail, returnTo);
  }

  exceptionReturn(index: number): typeof REFETCH {
    const { system, exclusive } = this.#state;
    const level = this.#level;
    const spsr = system.get(`spsr_el${level}`);
    const state = this.#returnState(spsr, index);
    const target = system.get(`elr_el${level}`);
    this.#enterState(state);
    exclusive.clear();
    this.#hooks.synchronize();
    const [low, high] = [Number(target & 0xffff_ffffn), this.targetHigh(Number(target >> 32n))];
    if ((target & 3n) !== 0n) this.misalignedTarget(low, high, index);
    this.#pc.jump(low, high);
    this.#hooks.onEvent?.({ type: 'return', cpu: this.#hooks.cpu, pc: target, level: state.exceptionLevel });
    return REFETCH;
  }

  /** What ERET makes the state; one that SPSR may not ask for leaves level and stack, and sets PSTATE.IL. */
  #returnState(spsr: bigint, index: number): ProcessState {
    const { system } = this.#state;
    const level = this.#level;
    if (isForUser(spsr))
      return this.stopAt('illegal-state', index, `SPSR_EL${level} asks for EL0, which is not modelled`);
    const asked = stateOfSpsr(spsr);
    const isBelow = asked?.exceptionLevel === 1 && level === 2;
    if (asked && asked.exceptionLevel <= level && !(isBelow && system.trapsGeneral)) return asked;
    const detail = `SPSR_EL${level} does not describe a state to return to`;
    if (!system.isSet(`vbar_el${level}`)) return this.stopAt('illegal-state', index, detail);
    return { ...this.processState(), ...flagsOfSpsr(spsr), illegal: true };
  }

  /** PSTATE.IL is set: the instruction at the pc is not executed. */
  illegalState(): never {
    const syndrome = { exceptionClass: classes.illegalState, iss: 0 };
    return this.#enterOrEnd(syndrome, this.#level, 'illegal-state', this.#pc.address, 'PSTATE.IL is set');
  }

  selectStack(own: boolean): void {
    this.#enterState({ ...this.processState(), ownStack: own });
  }

  /** The state that SPSR saves. */
  processState(): ProcessState {
    const { flags, daif, ownStack, illegal } = this.#state;
    return { flags, daif, ownStack, illegal, exceptionLevel: this.#level };
  }

  get #level(): ExceptionLevel {
    return this.#state.system.exceptionLevel;
  }

  /** Changes level and stack: the stack pointer in use goes to its bank, and another comes from one. */
  #enterState({ flags, daif, ownStack, exceptionLevel, illegal }: ProcessState): void {
    const state = this.#state;
    state.system.set(this.#stackName(), state.registers.get(SP));
    state.flags = flags;
    state.daif = daif;
    state.ownStack = ownStack;
    state.illegal = illegal;
    state.system.exceptionLevel = exceptionLevel;
    state.registers.set(SP, state.system.get(this.#stackName()));
  }

  #stackName(): string {
    return this.#state.ownStack ? `sp_el${this.#level}` : 'sp_el0';
  }

  /** Takes an exception to a level whose vectors are set; never returns to the instruction. */
  #enter(
    syndrome: Syndrome,
    level: ExceptionLevel,
    returnTo: bigint,
    kind: Interrupt | 'synchronous' = 'synchronous',
  ): never {
    const { system } = this.#state;
    const from = this.processState();
    const esr = esrOf(syndrome);
    if (this.#hooks.strict && system.isUnsynchronized(`vbar_el${level}`))
      return this.#end('missing-isb', returnTo, `an exception, and no ISB came behind the MSR of VBAR_EL${level}`);
    this.#enterState({ flags: from.flags, daif: 0xf, exceptionLevel: level, ownStack: true, illegal: false });
    system.set(`spsr_el${level}`, spsrOf(from));
    system.set(`elr_el${level}`, returnTo);
    if (kind !== 'irq' && kind !== 'fiq') system.set(`esr_el${level}`, esr);
    if (syndrome.address !== undefined) system.set(`far_el${level}`, syndrome.address);
    this.#hooks.synchronize();
    // The low bits of VBAR_ELx are RES0.
    const base = system.get(`vbar_el${level}`) & ~0x7ffn;
    this.#pc.address = base + vectorOffset(from.exceptionLevel < level, from.ownStack, kind);
    this.#hooks.onEvent?.({ type: 'exception', cpu: this.#hooks.cpu, pc: returnTo, level, esr });
    throw TAKEN;
  }

  /** An exception where the level that it goes to has vectors, else the end of the run. */
  #enterOrEnd(
    syndrome: Syndrome,
    level: ExceptionLevel,
    kind: FaultKind,
    address: bigint,
    detail: string,
    returnTo: bigint = this.#pc.address,
  ): never {
    if (this.#state.system.isSet(`vbar_el${level}`)) return this.#enter(syndrome, level, returnTo);
    return this.#end(kind, address, detail);
  }

  #end(kind: FaultKind, address: bigint, detail: string): never {
    throw machineFault(kind, this.#pc.address, address, detail, this.#hooks.instructionAt(this.#pc.index));
  }
}
