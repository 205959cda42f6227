import type { SystemRegister } from '@kexeckit/a64';

/** The exception levels that the machine can run at. */
export type ExceptionLevel = 1 | 2;

// SCTLR_ELx bits (Arm ARM D24).
const SCTLR_M = 1n;
const SCTLR_C = 4n;
/** RES1 bits of each SCTLR: what "MMU off, caches off, little-endian" reads as. */
const SCTLR_RESET: Record<ExceptionLevel, bigint> = { 1: 0x30500800n, 2: 0x30c50830n };

/** CTR_EL0 of a Cortex-A57: 64-byte lines, a data line is not seen by fetches until it is cleaned. */
const CTR_EL0 = 0x8444c004n;
/** ID_AA64MMFR0_EL1: 44-bit physical addresses, 4K and 64K granules, no 16K. */
const ID_AA64MMFR0_EL1 = 0x00001124n;

/** What of the system registers the memory system acts on: taken over only at a context synchronization event. */
export interface TranslationState {
  readonly mmu: boolean;
  readonly dataCache: boolean;
  readonly ttbr0: bigint;
  readonly tcr: bigint;
  readonly mair: bigint;
}

/** The system registers of one CPU: writes land at once, their effect comes with `synchronize`. */
export class SystemRegisters {
  readonly exceptionLevel: ExceptionLevel;
  readonly #values = new Map<SystemRegister, bigint>();
  #effective: TranslationState;

  constructor(exceptionLevel: ExceptionLevel) {
    this.exceptionLevel = exceptionLevel;
    this.#values.set('sctlr_el1', SCTLR_RESET[1]);
    this.#values.set('sctlr_el2', SCTLR_RESET[2]);
    this.#values.set('ctr_el0', CTR_EL0);
    this.#values.set('id_aa64mmfr0_el1', ID_AA64MMFR0_EL1);
    this.#values.set('currentel', BigInt(exceptionLevel) << 2n);
    this.#effective = this.#current();
  }

  /** What the memory system acts on now. */
  get effective(): TranslationState {
    return this.#effective;
  }

  /** Whether this level may name the register: EL1 must not touch EL2's. */
  isAccessible(register: SystemRegister): boolean {
    return this.exceptionLevel === 2 || !register.endsWith('_el2');
  }

  /** The value last written, or zero. */
  read(register: SystemRegister): bigint {
    return this.#values.get(register) ?? 0n;
  }

  /** Writes a register; translation does not change before `synchronize`. */
  write(register: SystemRegister, value: bigint): void {
    this.#values.set(register, value);
  }

  /** A context synchronization event (ISB): earlier writes take effect (Arm ARM D24.1.2). */
  synchronize(): void {
    this.#effective = this.#current();
  }

  #current(): TranslationState {
    const two = this.exceptionLevel === 2;
    const sctlr = this.read(two ? 'sctlr_el2' : 'sctlr_el1');
    return {
      mmu: (sctlr & SCTLR_M) !== 0n,
      dataCache: (sctlr & SCTLR_C) !== 0n,
      ttbr0: this.read(two ? 'ttbr0_el2' : 'ttbr0_el1'),
      tcr: this.read(two ? 'tcr_el2' : 'tcr_el1'),
      mair: this.read(two ? 'mair_el2' : 'mair_el1'),
    };
  }
}
