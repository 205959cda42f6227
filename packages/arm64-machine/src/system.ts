import { fieldOfName, type SystemRegister } from '@kexeckit/a64';
import { type Regime, type Space, spaceOfTcr } from '@kexeckit/arm64-pgtable';
import { unmodelledBits } from './controls.ts';
import { type CpuModel, featuresOf, identificationOf } from './cpu-model.ts';
import type { Feature } from './features.ts';
import { LINE_SIZE, type LineSize } from './sizes.ts';

/** The exception levels that the machine can run at. */
export type ExceptionLevel = 1 | 2;
/** The translation regimes that they use. */
export type TranslationRegime = Exclude<Regime, 'stage2'>;

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
const HCR_FMO = 1n << 3n;
const HCR_IMO = 1n << 4n;
const HCR_AMO = 1n << 5n;
const HCR_TGE = 1n << 27n;
/** HCR_EL2.RW: EL1 is AArch64. There is no AArch32, so it cannot be cleared. */
const HCR_RW = 1n << 31n;
const HCR_E2H = 1n << 34n;
/** CPTR_EL2.TFP, in its layout without HCR_EL2.E2H. */
const CPTR_TFP = 1n << 10n;
/** Out of reset they are UNKNOWN: here SIMD is trapped, so that no program relies on who ran before it. */
const CPTR_EL2_RESET = 0x37ffn;
/** FPEN of CPACR_EL1, and of CPTR_EL2 with E2H: its lower bit set lets the level itself use SIMD. */
const FPEN_SHIFT = 20n;
/** CNTHCTL_EL2: EL1 may use the counter and the timer. */
const CNTHCTL_RESET = 3n;
/** ORGN0 and IRGN0 of TCR, and ORGN1 and IRGN1: table walks go through the caches. */
const LOWER_WALKS_CACHED = 0x500n;
const UPPER_WALKS_CACHED = LOWER_WALKS_CACHED << 16n;
/** TCR_EL1: which TTBR holds the ASID, whether of 16 bits, and tags that are ignored. TCR_EL2 has its own TBI. */
const TCR_A1 = 1n << 22n;
const TCR_AS = 1n << 36n;
const TCR_TBI0 = 1n << 37n;
const TCR_TBI1 = 1n << 38n;
const TCR_EL2_TBI = 1n << 20n;

/** What of the system registers the memory system acts on: taken over only at a context synchronization event. */
export interface TranslationState {
  readonly regime: TranslationRegime;
  /** Address space identifier; 0 where the regime has none. */
  readonly asid: number;
  /** Whether EL0's permissions count for LDTR* and STTR*. */
  readonly hasUser: boolean;
  /** Whether bits 63 to 56 of addresses in a half are no part of them (TCR.TBI). */
  readonly ignoresLowerTags: boolean;
  readonly ignoresUpperTags: boolean;
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
  /** Whether table walks for a half read through the data cache. */
  readonly lowerWalksCached: boolean;
  readonly upperWalksCached: boolean;
}

/** SCTLR, TCR, MAIR, TTBR0, TTBR1, and what counts of HCR_EL2. */
type StateSources = readonly [bigint, bigint, bigint, bigint, bigint, bigint];

/** The last state of each level, and what it was made of. */
type LastStates = Partial<Record<ExceptionLevel, { readonly sources: StateSources; readonly state: TranslationState }>>;

/** What a snapshot keeps of the system registers. */
export interface SystemSnapshot {
  readonly level: ExceptionLevel;
  readonly values: ReadonlyMap<string, bigint>;
  readonly effective: TranslationState;
  readonly states: LastStates;
  readonly simdTrap: ExceptionLevel | undefined;
  readonly pending: boolean;
  readonly unsynchronized: ReadonlyMap<string, bigint>;
}

/** Registers that can be read and written, with what they hold at reset. */
const writable: Readonly<Record<ExceptionLevel, readonly string[]>> = {
  1: [
    ...'sctlr ttbr0 ttbr1 tcr mair amair vbar esr far elr spsr par contextidr tpidr cpacr afsr0 afsr1 cntkctl mdscr actlr'
      .split(' ')
      .map((name) => `${name}_el1`),
    ...['sp_el0', 'tpidr_el0', 'tpidrro_el0', 'cntfrq_el0', 'fpcr', 'fpsr', 'oslar_el1', 'osdlr_el1', 'csselr_el1'],
    ...['lorsa_el1', 'lorea_el1', 'lorn_el1', 'lorc_el1'],
  ],
  2: [
    ...'sctlr ttbr0 ttbr1 tcr mair amair vbar esr far elr spsr contextidr tpidr actlr afsr0 afsr1 hcr vttbr vtcr cptr mdcr hstr cnthctl cntvoff vpidr vmpidr hpfar'
      .split(' ')
      .map((name) => `${name}_el2`),
    'sp_el1',
  ],
};

const identification: ReadonlySet<string> = new Set(Object.keys(identificationOf({}, LINE_SIZE, false)));
const FOR_EL1: ReadonlySet<string> = new Set([...writable[1], ...identification]);
const FOR_EL2: ReadonlySet<string> = new Set(writable[2]);
/** What EL1's names mean at EL2 with HCR_EL2.E2H (Arm ARM D8.1.6, "FEAT_VHE"). */
const REDIRECTED: ReadonlySet<string> = new Set(
  'sctlr ttbr0 ttbr1 tcr mair amair vbar esr far elr spsr contextidr afsr0 afsr1'
    .split(' ')
    .map((name) => `${name}_el1`),
);
/** What E2H names or lays out otherwise too. */
const E2H_LAYOUT: ReadonlySet<string> = new Set(['cpacr_el1', 'cptr_el2', 'cnthctl_el2']);
/** Registers whose value reaches the memory system only at a context synchronization event. */
const TRANSLATION = /^(sctlr|ttbr0|ttbr1|tcr|mair)_el[12]$|^hcr_el2$/;

/** Others that are relied on only behind an ISB: by exceptions, and by what names mean at EL2. */
const RELIED_ON_LATER = /^(vbar_el[12]|hcr_el2)$/;
/** No register holds it: what stood in one before hardware has written it. */
const UNKNOWN = -1n;
/** What EL1 reads of registers that are virtual where there is an EL2. */
const VIRTUAL: Readonly<Partial<Record<string, string>>> = { mpidr_el1: 'vmpidr_el2', midr_el1: 'vpidr_el2' };

/** Sizes of virtual addresses without FEAT_TTST, and without FEAT_LVA. */
const VA_BITS_MIN = 25;
const VA_BITS_MAX = 48;

/** Registers that decide whether SIMD traps. */
const SIMD_CONTROLS = /^(cpacr_el1|cptr_el2|hcr_el2)$/;

let identificationSpace: readonly [number, number] | undefined;

/** op0 3, op1 0, CRn 0, CRm 1 to 7: identification registers, of which those that are reserved read as zero. */
function isIdentification(register: string): boolean {
  // Asked for first by a CPU: a program that makes none pays for no table of names.
  identificationSpace ??= [fieldOfName('sysreg', 's3_0_c0_c1_0') ?? 0, fieldOfName('sysreg', 's3_0_c0_c7_7') ?? 0];
  const [first, last] = identificationSpace;
  const field = fieldOfName('sysreg', register) ?? -1;
  return (field >= first && field <= last) || identification.has(register);
}

/** How system registers are made. */
export interface SystemOptions {
  /** The number of the CPU, in MPIDR. */
  readonly index?: number;
  readonly model?: CpuModel;
  /** Bytes of a line of the data cache. */
  readonly dataLine?: LineSize;
  /** Told when writes have taken effect, and when it becomes unknown whether SIMD traps. */
  readonly onChange?: () => void;
}

/** The system registers of one CPU: writes land at once, their effect comes with `synchronize`. */
export class SystemRegisters {
  /** Where the CPU runs now. */
  exceptionLevel: ExceptionLevel;
  /** Whether there is an EL2: a CPU that starts at EL1 has none. */
  readonly hasEl2: boolean;
  /** What the CPU has of what the machine models. */
  readonly features: ReadonlySet<Feature>;
  readonly #index: number;
  readonly #identification: Readonly<Record<string, bigint>>;
  readonly #onChange: () => void;
  readonly #values = new Map<string, bigint>();
  /** The last state of each level: it stays the same object while its registers stay the same. */
  #states: LastStates = {};
  #effective: TranslationState;
  #simdTrap: ExceptionLevel | undefined;
  #simdPending = false;
  #pending = false;
  /** What registers held before they were written, which nobody may rely on until the next context synchronization event. */
  readonly #unsynchronized = new Map<string, bigint>();

  constructor(exceptionLevel: ExceptionLevel, options: SystemOptions = {}) {
    const { index = 0, model = {}, dataLine = model.dataLine ?? LINE_SIZE, onChange = () => {} } = options;
    this.exceptionLevel = exceptionLevel;
    this.hasEl2 = exceptionLevel === 2;
    this.features = featuresOf(model);
    this.#index = index;
    this.#identification = identificationOf(model, dataLine, this.hasEl2);
    this.#onChange = onChange;
    this.#effective = this.#initial(exceptionLevel);
    this.#simdTrap = this.#currentSimdTrap();
  }

  /** As out of reset, at a level. */
  reset(level: ExceptionLevel): void {
    this.#effective = this.#initial(level);
    this.#simdTrap = this.#currentSimdTrap();
    this.#simdPending = false;
    this.#pending = false;
    this.#onChange();
  }

  #initial(level: ExceptionLevel): TranslationState {
    this.exceptionLevel = level;
    this.#values.clear();
    for (const [name, value] of Object.entries(this.#identification)) this.#values.set(name, value);
    this.#values.set('mpidr_el1', 0x8000_0000n | BigInt(this.#index));
    this.#values.set('sctlr_el1', SCTLR_EL1_RESET);
    this.#values.set('sctlr_el2', SCTLR_EL2_RESET);
    this.#values.set('cptr_el2', CPTR_EL2_RESET);
    this.#values.set('cnthctl_el2', CNTHCTL_RESET);
    this.#values.set('hcr_el2', HCR_RW);
    for (const [real, virtual = ''] of Object.entries(VIRTUAL)) this.#values.set(virtual, this.get(real));
    this.#unsynchronized.clear();
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

  /** Whether SIMD instructions may trap or not, because a register that decides it was written and not synchronized. */
  get simdPending(): boolean {
    return this.#simdPending;
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

  /** Bits of a value that would ask a register for what is not modelled. */
  unmodelled(register: SystemRegister, value: bigint): bigint {
    return unmodelledBits(this.#meaning(register), value, this.isVhe);
  }

  /** Whether these bits of a register were written since the last context synchronization event, and hold something else. */
  isUnsynchronized(name: string, mask: bigint = -1n): boolean {
    const before = this.#unsynchronized.get(name);
    return before !== undefined && (before === UNKNOWN || ((before ^ this.get(name)) & mask) !== 0n);
  }

  /** Whether HCR_EL2 was written so that it is unknown which regime EL2 has, and whose the EL1 operations are. */
  get isHostUncertain(): boolean {
    return this.isUnsynchronized('hcr_el2', HCR_E2H | HCR_TGE);
  }

  /** Whether it is unknown what a register's name means, or how the register is laid out, because of HCR_EL2.E2H. */
  isNameUncertain(register: SystemRegister): boolean {
    if (this.exceptionLevel === 1 || !this.isUnsynchronized('hcr_el2', HCR_E2H)) return false;
    return REDIRECTED.has(register) || register.endsWith('_el12') || E2H_LAYOUT.has(register);
  }

  /** HCR_EL2.E2H: EL2 runs with the EL2&0 regime. */
  get isVhe(): boolean {
    return this.hasEl2 && this.features.has('vhe') && (this.get('hcr_el2') & HCR_E2H) !== 0n;
  }

  /** What the virtual counter is behind the physical one: CNTVOFF_EL2, which a host with E2H does not have itself. */
  get virtualOffset(): bigint {
    return this.exceptionLevel === 2 && this.isVhe ? 0n : this.get('cntvoff_el2');
  }

  /** HCR_EL2.TGE: exceptions for EL1 go to EL2. */
  get trapsGeneral(): boolean {
    return this.hasEl2 && (this.get('hcr_el2') & HCR_TGE) !== 0n;
  }

  /**
   * The level that an exception which no instruction causes goes to; `undefined` where it stays pending. PSTATE masks only
   * what is for the current level.
   */
  interruptLevel(kind: 'irq' | 'fiq' | 'serror', isMasked: boolean): ExceptionLevel | undefined {
    const routed = { irq: HCR_IMO, fiq: HCR_FMO, serror: HCR_AMO }[kind];
    const level = this.hasEl2 && (this.get('hcr_el2') & (routed | HCR_TGE)) !== 0n ? 2 : 1;
    if (level < this.exceptionLevel || (level === this.exceptionLevel && isMasked)) return undefined;
    return level;
  }

  /** Whether the register exists here and this level may name it. */
  isAccessible(register: SystemRegister, write: boolean): boolean {
    if (isIdentification(register)) return !write;
    if (register === 'oslar_el1') return write;
    // The highest level alone sets it.
    if (register === 'cntfrq_el0' && write && this.hasEl2) return this.exceptionLevel === 2;
    if (FOR_EL1.has(register)) return true;
    if (this.exceptionLevel === 1) return false;
    return FOR_EL2.has(register) || (this.isVhe && FOR_EL1.has(register.replace('_el12', '_el1')));
  }

  /** The value last written, or that at reset; names mean what they do at the current level. */
  read(register: SystemRegister): bigint {
    const virtual = this.exceptionLevel === 1 && this.hasEl2 ? VIRTUAL[register] : undefined;
    return this.get(virtual ?? this.#meaning(register));
  }

  /** Writes a register; translation does not change before `synchronize`. */
  write(register: SystemRegister, value: bigint): void {
    const name = this.#meaning(register);
    if (RELIED_ON_LATER.test(name) && !this.#unsynchronized.has(name)) this.#unsynchronized.set(name, this.get(name));
    if (name === 'par_el1') this.#unsynchronized.delete(name);
    this.#values.set(name, name === 'hcr_el2' ? value | HCR_RW : value);
    if (TRANSLATION.test(name)) this.#pending = true;
    if (!SIMD_CONTROLS.test(name)) return;
    this.#simdPending = this.#currentSimdTrap() !== this.#simdTrap;
    this.#onChange();
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

  /** The same, where a read before the next context synchronization event may not see it. */
  setLate(name: string, value: bigint): void {
    this.set(name, value);
    this.#unsynchronized.set(name, UNKNOWN);
  }

  /** A context synchronization event: earlier writes take effect (Arm ARM D24.1.2). */
  synchronize(): void {
    this.#effective = this.current();
    this.#simdTrap = this.#currentSimdTrap();
    this.#simdPending = false;
    this.#pending = false;
    this.#unsynchronized.clear();
    this.#onChange();
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

  /**
   * The translation state of a level: that of EL1 can be asked about from EL2 (AT S1E1R). It is the same object as long as
   * its registers are the same.
   */
  stateAt(level: ExceptionLevel): TranslationState {
    const held = this.#states[level];
    const sources = this.#sourcesOf(level);
    if (held?.sources.every((value, at) => value === sources[at])) return held.state;
    const state = this.#newState(level, sources);
    this.#states[level] = { sources, state };
    return state;
  }

  /** Everything that a translation state is made of. */
  #sourcesOf(level: ExceptionLevel): StateSources {
    const of = (name: string): bigint => this.get(`${name}_el${level}`);
    const hcr = level === 2 ? this.get('hcr_el2') & (HCR_E2H | HCR_TGE) : 0n;
    return [of('sctlr'), of('tcr'), of('mair'), of('ttbr0'), of('ttbr1'), hcr];
  }

  #newState(level: ExceptionLevel, [sctlr, tcr, mair, ttbr0, ttbr1]: StateSources): TranslationState {
    const regime = level === 1 ? 'EL1' : this.isVhe ? 'EL2&0' : 'EL2';
    const single = regime === 'EL2';
    return {
      regime,
      asid: single ? 0 : asidOf(tcr, ttbr0, ttbr1),
      hasUser: regime === 'EL1' || (regime === 'EL2&0' && this.trapsGeneral),
      ignoresLowerTags: (tcr & (single ? TCR_EL2_TBI : TCR_TBI0)) !== 0n,
      ignoresUpperTags: !single && (tcr & TCR_TBI1) !== 0n,
      mmu: (sctlr & SCTLR_M) !== 0n,
      dataCache: (sctlr & SCTLR_C) !== 0n,
      instructionCache: (sctlr & SCTLR_I) !== 0n,
      alignmentCheck: (sctlr & SCTLR_A) !== 0n,
      stackCheck: (sctlr & SCTLR_SA) !== 0n,
      writableNeverExecutes: (sctlr & SCTLR_WXN) !== 0n,
      ttbr0,
      ttbr1,
      tcr,
      mair,
      lower: this.#spaceOf(tcr, regime, 'lower', mair),
      upper: single ? undefined : this.#spaceOf(tcr, regime, 'upper', mair),
      lowerWalksCached: (sctlr & SCTLR_C) !== 0n && (tcr & LOWER_WALKS_CACHED) === LOWER_WALKS_CACHED,
      upperWalksCached: (sctlr & SCTLR_C) !== 0n && (tcr & UPPER_WALKS_CACHED) === UPPER_WALKS_CACHED,
    };
  }

  /** The space that TCR describes, as far as the CPU has what it asks for. TCR.HA asks for what no CPU here has. */
  #spaceOf(tcr: bigint, regime: TranslationRegime, half: 'lower' | 'upper', mair: bigint): Space | undefined {
    const single = regime === 'EL2';
    const ignored =
      (single ? 1n << 21n : 1n << 39n) | (this.features.has('flat-permissions') ? 0n : single ? 1n << 24n : 3n << 41n);
    const space = spaceOfTcr(tcr & ~ignored, regime, half, mair);
    if (space === undefined) return undefined;
    const { vaBits, granule } = space;
    const tooSmall = vaBits < VA_BITS_MIN && !this.features.has('small-tables');
    const tooLarge = vaBits > VA_BITS_MAX && granule === '64K' && !this.features.has('large-addresses');
    return tooSmall || tooLarge ? undefined : space;
  }

  /** Everything, for a snapshot. */
  save(): SystemSnapshot {
    return {
      level: this.exceptionLevel,
      values: new Map(this.#values),
      effective: this.#effective,
      states: { ...this.#states },
      simdTrap: this.#simdTrap,
      pending: this.#pending,
      unsynchronized: new Map(this.#unsynchronized),
    };
  }

  restore(saved: SystemSnapshot): void {
    this.exceptionLevel = saved.level;
    this.#values.clear();
    for (const [name, value] of saved.values) this.#values.set(name, value);
    this.#effective = saved.effective;
    this.#states = { ...saved.states };
    this.#simdTrap = saved.simdTrap;
    this.#simdPending = this.#currentSimdTrap() !== saved.simdTrap;
    this.#pending = saved.pending;
    this.#unsynchronized.clear();
    for (const [name, value] of saved.unsynchronized) this.#unsynchronized.set(name, value);
    this.#onChange();
  }

  #meaning(register: SystemRegister): string {
    if (register.endsWith('_el12')) return register.replace('_el12', '_el1');
    if (this.exceptionLevel === 1 || !this.isVhe) return register;
    if (register === 'cpacr_el1') return 'cptr_el2';
    if (REDIRECTED.has(register)) return register.replace('_el1', '_el2');
    return register;
  }
}

/** The address space identifier in force: 8 bits of it, or 16. */
function asidOf(tcr: bigint, ttbr0: bigint, ttbr1: bigint): number {
  const whole = ((tcr & TCR_A1) !== 0n ? ttbr1 : ttbr0) >> 48n;
  return Number(whole & ((tcr & TCR_AS) !== 0n ? 0xffffn : 0xffn));
}
