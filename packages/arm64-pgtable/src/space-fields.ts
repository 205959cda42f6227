import { PageTableError } from './error.ts';
import type { Granule } from './granule.ts';
import { outputSizes, type PaBits } from './output-size.ts';
import { type Shareability, shareabilityBits } from './shareability.ts';

/**
 * Whose tables these are: `EL1` is the EL1&0 regime, `EL2` that of EL2 alone, `EL2&0` that of EL2 with VHE
 * (HCR_EL2.E2H set; its descriptors and TCR are those of EL1&0), `stage2` the second stage of EL1&0.
 */
export type Regime = 'EL1' | 'EL2' | 'EL2&0' | 'stage2';

/** The shape of an address space: everything about its tables but their content. */
export interface Space {
  readonly granule: Granule;
  /** Bits of input address: 64 - TxSZ. 25 to 48; up to 52 with LPA2 or, in 64K tables, LVA; from 16 with TTST. */
  readonly vaBits: number;
  readonly regime: Regime;
  /** Bits of output address; 48 by default. */
  readonly paBits?: PaBits | undefined;
  /** `upper` is what TTBR1 translates: the addresses whose top bits are all ones. `lower` by default. */
  readonly half?: 'lower' | 'upper' | undefined;
  /** The descriptor layout of FEAT_LPA2 (TCR.DS), for 4K and 16K. By default just where 48 bits are not enough. */
  readonly lpa2?: boolean | undefined;
  /** Memory types by index; `mairValue()` by default. Stage 2 has none. */
  readonly mair?: bigint | undefined;
  /** TCR.SHx, which says it for all pages where the layout has no room for it (LPA2); inner by default. */
  readonly shareability?: Shareability | undefined;
  /** Bits of an address space identifier (TCR.AS), in a regime that has them; 8 by default. */
  readonly asidBits?: 8 | 16 | undefined;
  /** TCR.HA: hardware sets the access flag, so that no access faults for it. */
  readonly setsAccessFlag?: boolean | undefined;
  /** TCR.HPDx: the permission bits of table descriptors are ignored. Stage 2 has none. */
  readonly flatPermissions?: boolean | undefined;
  /** Level of the root, where VTCR_EL2.SL0 says it: stage 2 can join up to 16 tables there instead of going higher. */
  readonly startLevel?: number | undefined;
}

/** What each regime has: two halves, and with EL0 also address space identifiers. */
const regimes: Record<Regime, { readonly halves: boolean; readonly stage1: boolean }> = {
  EL1: { halves: true, stage1: true },
  EL2: { halves: false, stage1: true },
  'EL2&0': { halves: true, stage1: true },
  stage2: { halves: false, stage1: false },
};

/** Whether a regime has address space identifiers. */
export function hasAsids(regime: Regime): boolean {
  return regimes[regime].halves;
}

/**
 * Checks each field of a space for itself, and against its regime. Spaces come from registers and files too, so that
 * they may be what the types do not allow.
 *
 * @throws PageTableError `EINVAL` for what the architecture does not have.
 */
export function checkFields(space: Space): void {
  const {
    granule,
    regime,
    half = 'lower',
    paBits = 48,
    shareability = 'inner',
    asidBits = 8,
    mair,
    startLevel,
  } = space;
  oneOf('granule', granule, ['4K', '16K', '64K']);
  oneOf('translation regime', regime, Object.keys(regimes));
  oneOf('half', half, ['lower', 'upper']);
  oneOf('output size', paBits, outputSizes);
  oneOf('shareability', shareability, Object.keys(shareabilityBits));
  oneOf('size of ASIDs', asidBits, [8, 16]);
  const { halves, stage1 } = regimes[regime];
  if (half === 'upper' && !halves) throw refusal(`${regime} has no upper half`, 'leave half out');
  if (space.asidBits !== undefined && !halves) throw refusal(`${regime} has no ASIDs`, 'leave asidBits out');
  if (mair !== undefined && !stage1) throw refusal('stage 2 has no MAIR', 'leave mair out');
  if (mair !== undefined && !(typeof mair === 'bigint' && mair >= 0n && mair < 2n ** 64n))
    throw refusal('a MAIR has 64 bits', 'give eight bytes, as a bigint');
  if (space.flatPermissions && !stage1) throw refusal('stage 2 has no HPD', 'leave flatPermissions out');
  if (space.lpa2 && granule === '64K') throw refusal('64K tables have no LPA2', 'leave lpa2 out: 52 bits need none');
  if (startLevel !== undefined && !(Number.isInteger(startLevel) && startLevel >= -1 && startLevel <= 3))
    throw refusal(`there is no level ${startLevel}`, 'use -1 to 3, or leave startLevel out');
}

function oneOf<Value>(what: string, value: Value, known: readonly Value[]): void {
  if (known.includes(value)) return;
  throw refusal(`there is no ${what} ${String(value)}`, `use ${known.join(', ')}`);
}

function refusal(message: string, hint: string): PageTableError {
  return new PageTableError('EINVAL', message, hint);
}

/** The fields of a space, each read once. */
export function fieldsOf({
  granule,
  vaBits,
  regime,
  paBits,
  half,
  lpa2,
  mair,
  shareability,
  asidBits,
  setsAccessFlag,
  flatPermissions,
  startLevel,
}: Space): Required<{ [Field in keyof Space]: Space[Field] }> {
  const sizes = { granule, vaBits, paBits, lpa2, startLevel };
  return { ...sizes, regime, half, mair, shareability, asidBits, setsAccessFlag, flatPermissions };
}

/** Whether two spaces have the same values in their fields, a default that is written and one that is not being different. */
export function saysTheSame(a: Space, b: Space): boolean {
  return (
    a.granule === b.granule &&
    a.vaBits === b.vaBits &&
    a.regime === b.regime &&
    a.paBits === b.paBits &&
    a.half === b.half &&
    a.lpa2 === b.lpa2 &&
    a.mair === b.mair &&
    a.shareability === b.shareability &&
    a.asidBits === b.asidBits &&
    a.setsAccessFlag === b.setsAccessFlag &&
    a.flatPermissions === b.flatPermissions &&
    a.startLevel === b.startLevel
  );
}
