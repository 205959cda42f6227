import type { SystemRegister } from '@kexeckit/a64';
import { type Space, spaceOfTcr } from '@kexeckit/arm64-pgtable';

/** The exception levels that the machine can run at. */
export type ExceptionLevel = 1 | 2;

// SCTLR_ELx bits (Arm ARM D24).
const SCTLR_M = 1n;
const SCTLR_A = 2n;
const SCTLR_C = 4n;
const SCTLR_SA = 8n;
const SCTLR_I = 1n << 12n;
const SCTLR_WXN = 1n << 19n;
const SCTLR_EE = 1n << 25n;
/** RES1 bits of each SCTLR: what "MMU off, caches off, little-endian" reads as. */
const SCTLR_EL1_RESET = 0x30500800n;
const SCTLR_EL2_RESET = 0x30c50830n;
const HCR_TGE = 1n << 27n;
const HCR_E2H = 1n << 34n;
/** CPTR_EL2.TFP, in its layout without HCR_EL2.E2H. */
const CPTR_TFP = 1n << 10n;
/** Out of reset they are UNKNOWN: here SIMD is trapped, so that no program relies on who ran before it. */
const CPTR_EL2_RESET = 0x37ffn;
/** FPEN of CPACR_EL1, and of CPTR_EL2 with E2H: its lower bit set lets the level itself use SIMD. */
const FPEN_SHIFT = 20n;
/** ORGN0 and IRGN0 of TCR: table walks go through the caches. */
const WALKS_CACHED = 0x500n;

/** What of the system registers the memory system acts on: taken over only at a context synchronization event. */
export interface TranslationState {
  readonly mmu: boolean;
  readonly dataCache: boolean;
  /** Whether fetches go through the instruction cache. */
  readonly instructionCache: boolean;
  /** Whether every unaligned access faults, to Normal memory too. */
  readonly alignmentCheck: boolean;
  /** Whether SP must be a multiple of 16 where memory is accessed through it. */
  readonly stackCheck: boolean;
  /** Whether what is writable is execute-never. */
  readonly writableNeverExecutes: boolean;
  readonly ttbr0: bigint;
  readonly ttbr1: bigint;
  readonly tcr: bigint;
  readonly mair: bigint;
  /** The space of TTBR0, and of TTBR1 where the regime has two halves; undefined where reserved or closed. */
  readonly lower: Space | undefined;
  readonly upper: Space | undefined;
  /** Whether table walks read through the data cache. */
  readonly walksCached: boolean;
}

/** What a snapshot keeps of the system registers. */
export interface SystemSnapshot {
  readonly level: ExceptionLevel;
  readonly values: ReadonlyMap<string, bigint>;
  readonly effective: TranslationState;
  readonly simdTrap: ExceptionLevel | undefined;
  readonly pending: boolean;
}

/** Registers that can be read and written, with what they hold at reset. */
const writable: Readonly<Record<ExceptionLevel, readonly string[]>> = {
  1: [
    ...'sctlr ttbr0 ttbr1 tcr mair amair vbar esr far elr spsr par contextidr tpidr cpacr afsr0 afsr1 cntkctl mdscr actlr'
      .split(' ')
      .map((name) => `${name}_el1`),
    ...['sp_el0', 'tpidr_el0', 'tpidrro_el0', 'cntfrq_el0', 'fpcr', 'fpsr', 'oslar_el1', 'osdlr_el1', 'csselr_el1'],
  ],
  2: [
    ...'sctlr ttbr0 ttbr1 tcr mair amair vbar esr far elr spsr contextidr tpidr actlr afsr0 afsr1 hcr vttbr vtcr cptr mdcr hstr cnthctl cntvoff vpidr vmpidr hpfar'
      .split(' ')
      .map((name) => `${name}_el2`),
    'sp_el1',
  ],
};

/** Identification: a machine with 52-bit addresses, all granules, LPA2, SHA-256, CRC32, LSE and FEAT_MOPS. */
const identification: Readonly<Record<string, bigint>> = {
  midr_el1: 0x410f_d070n,
  mpidr_el1: 0x8000_0000n,
  revidr_el1: 0n,
  aidr_el1: 0n,
  // 64-byte lines; a data line is not seen by fetches until it is cleaned.
  ctr_el0: 0x8444c004n,
  dczid_el0: 4n,
  id_aa64pfr0_el1: 0x0000_0000_0000_1111n,
  id_aa64pfr1_el1: 0n,
  id_aa64dfr0_el1: 6n,
  id_aa64dfr1_el1: 0n,
  id_aa64isar0_el1: 0x0021_1000n,
  id_aa64isar1_el1: 0n,
  id_aa64isar2_el1: 0x0001_0000n,
  id_aa64mmfr0_el1: 0x1020_1126n,
  id_aa64mmfr1_el1: 0x0000_0100n,
  id_aa64mmfr2_el1: 0x0001_0000n,
  id_aa64zfr0_el1: 0n,
  id_aa64smfr0_el1: 0n,
  ccsidr_el1: 0n,
  clidr_el1: 0n,
};

const FOR_EL1: ReadonlySet<string> = new Set([...writable[1], ...Object.keys(identification)]);
const FOR_EL2: ReadonlySet<string> = new Set(writable[2]);
/** What EL1's names mean at EL2 with HCR_EL2.E2H (Arm ARM D8.1.6, "FEAT_VHE"). */
const REDIRECTED: ReadonlySet<string> = new Set(
  'sctlr ttbr0 ttbr1 tcr mair amair vbar esr far elr spsr contextidr afsr0 afsr1'
    .split(' ')
    .map((name) => `${name}_el1`),
);
/** Registers whose value reaches the memory system only at a context synchronization event. */
const TRANSLATION = /^(sctlr|ttbr0|ttbr1|tcr|mair)_el[12]$|^hcr_el2$/;

/** The system registers of one CPU: writes land at once, their effect comes with `synchronize`. */
export class SystemRegisters {
  /** Where the CPU runs now. */
  exceptionLevel: ExceptionLevel;
  /** Whether there is an EL2: a CPU that starts at EL1 has none. */
  readonly hasEl2: boolean;
  readonly #index: number;
  readonly #values = new Map<string, bigint>();
  #effective: TranslationState;
  #simdTrap: ExceptionLevel | undefined;
  #pending = false;

  constructor(exceptionLevel: ExceptionLevel, index = 0) {
    this.exceptionLevel = exceptionLevel;
    this.hasEl2 = exceptionLevel === 2;
    this.#index = index;
    this.#effective = this.#initial(exceptionLevel);
    this.#simdTrap = this.#currentSimdTrap();
  }

  /** As out of reset, at a level. */
  reset(level: ExceptionLevel): void {
    this.#effective = this.#initial(level);
    this.#simdTrap = this.#currentSimdTrap();
    this.#pending = false;
  }

  #initial(level: ExceptionLevel): TranslationState {
    this.exceptionLevel = level;
    this.#values.clear();
    for (const [name, value] of Object.entries(identification)) this.#values.set(name, value);
    this.#values.set('mpidr_el1', 0x8000_0000n | BigInt(this.#index));
    if (!this.hasEl2) this.#values.set('id_aa64pfr0_el1', 0x11n);
    this.#values.set('sctlr_el1', SCTLR_EL1_RESET);
    this.#values.set('sctlr_el2', SCTLR_EL2_RESET);
    this.#values.set('cptr_el2', CPTR_EL2_RESET);
    return this.current();
  }

  /** What the memory system acts on now. */
  get effective(): TranslationState {
    return this.#effective;
  }

  /** The level that SIMD instructions trap to now, from the current one; `undefined` where they execute. */
  get simdTrap(): ExceptionLevel | undefined {
    return this.#simdTrap;
  }

  /** Whether a translation register was written since the last context synchronization event. */
  get pending(): boolean {
    return this.#pending;
  }

  /** Whether an MMU that is off would be turned on by this, while it may not see its other registers' values yet. */
  turnsOnEarly(register: SystemRegister, value: bigint): boolean {
    if (!this.#pending || this.#effective.mmu || (value & SCTLR_M) === 0n) return false;
    return this.#meaning(register) === `sctlr_el${this.exceptionLevel}`;
  }

  /** Whether a value asks for data in the other byte order, which is not modelled. */
  isBigEndian(register: SystemRegister, value: bigint): boolean {
    return register.startsWith('sctlr_el') && (value & SCTLR_EE) !== 0n;
  }

  /** HCR_EL2.E2H: EL2 runs with the EL2&0 regime. */
  get isVhe(): boolean {
    return this.hasEl2 && ((this.#values.get('hcr_el2') ?? 0n) & HCR_E2H) !== 0n;
  }

  /** HCR_EL2.TGE: exceptions for EL1 go to EL2. */
  get trapsGeneral(): boolean {
    return this.hasEl2 && ((this.#values.get('hcr_el2') ?? 0n) & HCR_TGE) !== 0n;
  }

  /** Whether the register exists here and this level may name it. */
  isAccessible(register: SystemRegister, write: boolean): boolean {
    if (write && Object.hasOwn(identification, register)) return false;
    if (FOR_EL1.has(register)) return true;
    if (this.exceptionLevel === 1) return false;
    return FOR_EL2.has(register) || (this.isVhe && FOR_EL1.has(register.replace('_el12', '_el1')));
  }

  /** The value last written, or that at reset; names mean what they do at the current level. */
  read(register: SystemRegister): bigint {
    return this.#values.get(this.#meaning(register)) ?? 0n;
  }

  /** Writes a register; translation does not change before `synchronize`. */
  write(register: SystemRegister, value: bigint): void {
    const name = this.#meaning(register);
    this.#values.set(name, value);
    if (TRANSLATION.test(name)) this.#pending = true;
  }

  /** Whether a program has ever written the register. */
  isSet(register: SystemRegister): boolean {
    return this.#values.has(register);
  }

  /** A register by its own name, whatever the level. */
  get(name: string): bigint {
    return this.#values.get(name) ?? 0n;
  }

  /** Sets a register by its own name, as hardware does. */
  set(name: string, value: bigint): void {
    this.#values.set(name, value);
  }

  /** A context synchronization event: earlier writes take effect (Arm ARM D24.1.2). */
  synchronize(): void {
    this.#effective = this.current();
    this.#simdTrap = this.#currentSimdTrap();
    this.#pending = false;
  }

  /** CPACR_EL1 traps EL1, CPTR_EL2 whatever is left (Arm ARM D24, `CPACR_EL1.FPEN`, `CPTR_EL2.TFP` and `.FPEN`). */
  #currentSimdTrap(): ExceptionLevel | undefined {
    const allows = (name: string): boolean => ((this.get(name) >> FPEN_SHIFT) & 1n) === 1n;
    if (this.exceptionLevel === 1 && !allows('cpacr_el1')) return 1;
    if (!this.hasEl2) return undefined;
    const trapped = this.isVhe ? !allows('cptr_el2') : (this.get('cptr_el2') & CPTR_TFP) !== 0n;
    return trapped ? 2 : undefined;
  }

  /** The translation state that the registers describe. */
  current(): TranslationState {
    return this.stateAt(this.exceptionLevel);
  }

  /** The translation state of a level: that of EL1 can be asked about from EL2 (AT S1E1R). */
  stateAt(level: ExceptionLevel): TranslationState {
    const two = level === 2;
    const of = (name: string): bigint => this.get(`${name}_el${level}`);
    const [sctlr, tcr, mair] = [of('sctlr'), of('tcr'), of('mair')];
    const regime = two ? (this.isVhe ? 'EL2&0' : 'EL2') : 'EL1';
    return {
      mmu: (sctlr & SCTLR_M) !== 0n,
      dataCache: (sctlr & SCTLR_C) !== 0n,
      instructionCache: (sctlr & SCTLR_I) !== 0n,
      alignmentCheck: (sctlr & SCTLR_A) !== 0n,
      stackCheck: (sctlr & SCTLR_SA) !== 0n,
      writableNeverExecutes: (sctlr & SCTLR_WXN) !== 0n,
      ttbr0: of('ttbr0'),
      ttbr1: of('ttbr1'),
      tcr,
      mair,
      lower: spaceOfTcr(tcr, regime, 'lower', mair),
      upper: regime === 'EL2' ? undefined : spaceOfTcr(tcr, regime, 'upper', mair),
      walksCached: (sctlr & SCTLR_C) !== 0n && (tcr & WALKS_CACHED) === WALKS_CACHED,
    };
  }

  /** Everything, for a snapshot. */
  save(): SystemSnapshot {
    return {
      level: this.exceptionLevel,
      values: new Map(this.#values),
      effective: this.#effective,
      simdTrap: this.#simdTrap,
      pending: this.#pending,
    };
  }

  restore(saved: SystemSnapshot): void {
    this.exceptionLevel = saved.level;
    this.#values.clear();
    for (const [name, value] of saved.values) this.#values.set(name, value);
    this.#effective = saved.effective;
    this.#simdTrap = saved.simdTrap;
    this.#pending = saved.pending;
  }

  #meaning(register: SystemRegister): string {
    if (register.endsWith('_el12')) return register.replace('_el12', '_el1');
    if (this.exceptionLevel === 1 || !this.isVhe) return register;
    if (register === 'cpacr_el1') return 'cptr_el2';
    if (REDIRECTED.has(register)) return register.replace('_el1', '_el2');
    return register;
  }
}
