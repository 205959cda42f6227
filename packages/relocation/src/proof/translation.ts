import {
  outputSizes,
  type Regime,
  rootOfTtbr,
  type Space,
  spaceOfTcr,
  type TranslationRegisters,
} from '@kexeckit/arm64-pgtable';
import { hex, pfnOf } from '../page.ts';
import type { Ledger } from './ledger.ts';
import type { Reached } from './routine-code.ts';
import type { PlanView } from './view.ts';

/** The temporary address space as the routine turns it on. */
export interface LoadedTranslation {
  readonly space: Space;
  /** The page of the root table. */
  readonly root: number;
}

/** The registers of one regime, as a routine names them there, and what their fixed bits must be. */
interface RegimeRegisters {
  readonly mair: string;
  readonly tcr: string;
  readonly ttbr0: string;
  readonly sctlr: string;
  readonly simd: string;
  /** What lets SIMD instructions through, and nothing else. */
  readonly simdValue: bigint;
  /** SCTLR with everything off. */
  readonly sctlrOff: bigint;
  /** TCR's bits that say the space, its walks, and that the other half is closed. */
  readonly tcrSpace: bigint;
  /** TCR's bits that must be set. */
  readonly tcrSet: bigint;
}

const bits = (...positions: readonly number[]): bigint => positions.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
const field = (high: number, low: number): bigint => ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);

// T0SZ, IRGN0, ORGN0, SH0, TG0: the same in every regime.
const LOWER_HALF = field(5, 0) | field(13, 8) | field(15, 14);
/** T1SZ, EPD1, TG1; IPS; DS. The sizes of a half that is closed say nothing. */
const TWO_HALVES = LOWER_HALF | field(21, 16) | bits(23) | field(31, 30) | field(34, 32) | bits(59);
const EPD1 = bits(23);
const byEl1Names = { mair: 'mair_el1', tcr: 'tcr_el1', ttbr0: 'ttbr0_el1', sctlr: 'sctlr_el1' } as const;
const FPEN = field(21, 20);
/** SCTLR_EL2's RES1 bits (Arm ARM D24). */
const SCTLR_EL2_RES1 = bits(29, 28, 23, 22, 18, 16, 11, 5, 4);

const regimes: Readonly<Record<Exclude<Regime, 'stage2'>, RegimeRegisters>> = {
  EL1: {
    ...byEl1Names,
    simd: 'cpacr_el1',
    simdValue: FPEN,
    // SPAN (23) is left to the next kernel, as Linux does.
    sctlrOff: bits(29, 28, 22, 20, 11),
    tcrSpace: TWO_HALVES,
    tcrSet: EPD1,
  },
  EL2: {
    mair: 'mair_el2',
    tcr: 'tcr_el2',
    ttbr0: 'ttbr0_el2',
    sctlr: 'sctlr_el2',
    simd: 'cptr_el2',
    simdValue: bits(13, 12, 9) | field(7, 0),
    sctlrOff: SCTLR_EL2_RES1,
    tcrSpace: LOWER_HALF | field(18, 16) | bits(31, 23, 32),
    tcrSet: bits(31, 23),
  },
  'EL2&0': {
    ...byEl1Names,
    simd: 'cpacr_el1',
    simdValue: FPEN,
    sctlrOff: SCTLR_EL2_RES1,
    tcrSpace: TWO_HALVES,
    tcrSet: EPD1,
  },
};

/** MMU, data cache, instruction cache. */
const SCTLR_ON = bits(0, 2, 12);
/** Write-back write-allocate walks, inner shareable: IRGN0 and ORGN0 01, SH0 11. */
const WALKS = field(13, 8);
const WALKS_CACHED = bits(8, 10) | field(13, 12);

/**
 * Reads the values that the routine's own words put into the system registers, and compares them with what the temporary
 * address space needs on this machine. Undefined where no space is turned on, or none that can be read.
 */
export function checkTranslation(view: PlanView, ledger: Ledger): LoadedTranslation | undefined {
  const writes = [...view.routine.code.values()].filter(({ id }) => id === 'msr').sort((a, b) => a.at - b.at);
  const complain = (detail: string): void =>
    ledger.violated('translation', pfnOf(view.stage.start), ['routine'], detail);
  const regime = regimeOf(view);
  const registers = regimes[regime];
  const wanted = view.isTranslated ? [registers.mair, registers.tcr, registers.ttbr0] : [];
  const order = [...wanted, ...(view.isTranslated ? [registers.sctlr, registers.sctlr] : [])];
  ledger.checked('translation', writes.length);
  checkSimd(view, writes, registers, complain);
  const others = writes.filter(({ operands }) => operands[0] !== registers.simd);
  const names = others.map(({ operands }) => String(operands[0]));
  const isComplete =
    names.length === order.length &&
    names.slice(3).every((name) => name === registers.sctlr) &&
    wanted.every((name) => names.slice(0, 3).includes(name));
  if (!isComplete) {
    complain(`it writes ${names.join(', ') || 'no register'}, not ${order.join(', ') || 'none'}`);
    return undefined;
  }
  if (!view.isTranslated) return undefined;
  const value = (register: string, nth = 0): bigint | undefined =>
    valueWritten(others.filter(({ operands }) => operands[0] === register)[nth]);
  checkSctlr(registers, [value(registers.sctlr), value(registers.sctlr, 1)], complain);
  return readSpace(view, regime, [value(registers.tcr), value(registers.mair), value(registers.ttbr0)], complain);
}

/** The value that an MSR writes. */
function valueWritten(write: Reached | undefined): bigint | undefined {
  return write?.registers[Number(write.operands[1])];
}

/** The regime that the machine is in when the routine is entered. */
function regimeOf({ world }: PlanView): Exclude<Regime, 'stage2'> {
  if (world.exceptionLevel === 1) return 'EL1';
  return world.vhe ? 'EL2&0' : 'EL2';
}

function checkSimd(
  view: PlanView,
  writes: readonly Reached[],
  { simd, simdValue }: RegimeRegisters,
  complain: (detail: string) => void,
): void {
  const found = writes.filter(({ operands }) => operands[0] === simd);
  const wanted = view.verifies ? 1 : 0;
  if (found.length !== wanted) complain(`it writes ${simd} ${found.length} times, not ${wanted}`);
  for (const write of found)
    if (valueWritten(write) !== simdValue)
      complain(`it sets ${simd} to ${said(valueWritten(write))}, not ${hex(simdValue)}`);
}

function checkSctlr(
  { sctlr, sctlrOff }: RegimeRegisters,
  [on, off]: readonly [bigint | undefined, bigint | undefined],
  complain: (detail: string) => void,
): void {
  const wanted = sctlrOff | SCTLR_ON;
  if (on !== wanted) complain(`it turns the MMU on by ${sctlr} ${said(on)}, not ${hex(wanted)}`);
  if (off !== sctlrOff) complain(`it turns the MMU off by ${sctlr} ${said(off)}, not ${hex(sctlrOff)}`);
}

const said = (value: bigint | undefined): string => (value === undefined ? 'that is not known' : hex(value));

/** The plan says the same as the routine. */
function checkPlanned(
  view: PlanView,
  space: Space,
  loaded: TranslationRegisters,
  complain: (detail: string) => void,
): void {
  const planned = view.stage.translation;
  const registers = planned?.registers;
  if (registers?.tcr !== loaded.tcr || registers.mair !== loaded.mair || registers.ttbr !== loaded.ttbr)
    complain('the plan has other values of TCR, MAIR or TTBR0');
  const { granule, vaBits, regime, paBits = 48 } = planned?.space ?? space;
  const isSame =
    granule === space.granule && vaBits === space.vaBits && regime === space.regime && paBits === (space.paBits ?? 48);
  if (!isSame) complain('the plan has an address space of another shape');
}

function readSpace(
  view: PlanView,
  regime: Exclude<Regime, 'stage2'>,
  [tcr, mair, ttbr]: readonly (bigint | undefined)[],
  complain: (detail: string) => void,
): LoadedTranslation | undefined {
  if (tcr === undefined || mair === undefined || ttbr === undefined) {
    complain('the values of TCR, MAIR and TTBR0 do not follow from its words');
    return undefined;
  }
  const { tcrSpace, tcrSet } = regimes[regime];
  const { features } = view.world;
  const space = spaceOfTcr(tcr, regime, 'lower', mair);
  if (space === undefined) {
    complain(`TCR ${hex(tcr)} describes no address space`);
    return undefined;
  }
  const { granule, vaBits } = space;
  const paBits = outputSizes[Number((tcr >> (regime === 'EL2' ? 16n : 32n)) & 7n)] ?? 0;
  const root = rootOfTtbr(space, ttbr);
  if (root === undefined) {
    complain(`TTBR0 ${hex(ttbr)} is not the address of a page`);
    return undefined;
  }
  if (granule !== '4K' || !features.granules.includes(granule)) complain(`TCR has a granule of ${granule}`);
  if (vaBits < 25) complain(`TCR has ${vaBits} bits of address`);
  if (paBits > features.paBits) complain(`TCR has ${paBits} bits of output, the CPU has ${features.paBits}`);
  if ((tcr & WALKS) !== WALKS_CACHED) complain(`TCR ${hex(tcr)} does not walk tables write-back, inner shareable`);
  if ((tcr & tcrSet) !== tcrSet) complain(`TCR ${hex(tcr)} lacks bits of ${hex(tcrSet)}`);
  if ((tcr & ~tcrSpace) !== 0n) complain(`TCR ${hex(tcr)} sets bits that describe no address space`);
  if ((ttbr & 0xffff_0000_0000_0001n) !== 0n) complain(`TTBR0 ${hex(ttbr)} has an ASID or CnP`);
  if (!view.controlPages('table').some(({ pfn }) => pfn === root))
    complain(`TTBR0 leads to page ${hex(root)}, which is not a table of the plan`);
  checkPlanned(view, space, { tcr, mair, ttbr }, complain);
  return granule === '4K' ? { space, root } : undefined;
}
