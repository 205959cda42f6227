import { PageTableError } from './error.ts';
import { type Granule, geometryOf, startLevel } from './granule.ts';
import { hex } from './hex.ts';
import { mairValue } from './memory-type.ts';
import { outputSizes, type PaBits } from './output-size.ts';
import { type Shareability, shareabilities, shareabilityBits } from './shareability.ts';
import { joinedTables, type Shape, type Space, shapeOf } from './space.ts';

/** The values that turn an address space on. */
export interface TranslationRegisters {
  /** TTBR0 of the space's regime, TTBR1 for an upper half, VTTBR_EL2 for stage 2; ASID, VMID and CnP are 0. */
  readonly ttbr: bigint;
  /** TCR, or VTCR_EL2. In a regime with two halves the other one is closed (EPD0 or EPD1 is set). */
  readonly tcr: bigint;
  /** MAIR; stage 2 has none. */
  readonly mair: bigint;
}

// TG0 and TG1 encode the granules differently.
const granulesOfTg0 = ['4K', '64K', '16K', undefined] as const;
const granulesOfTg1 = [undefined, '16K', '4K', '64K'] as const;

/** IRGN and ORGN write-back write-allocate: what walks read is cached. For the lower half, at bit 8. */
const WALKS_CACHEABLE = (1n << 8n) | (1n << 10n);
const SH_SHIFT = 12n;
const AS = 1n << 36n;
const EPD0 = 1n << 7n;
const EPD1 = 1n << 23n;
const DS_EL1 = 1n << 59n;
const DS_EL2 = 1n << 32n;
const SL2 = 1n << 33n;
const TCR_EL2_RES1 = (1n << 31n) | (1n << 23n);
const VTCR_RES1 = 1n << 31n;

const tg0 = (granule: Granule): bigint => BigInt(granulesOfTg0.indexOf(granule));
const tg1 = (granule: Granule): bigint => BigInt(granulesOfTg1.indexOf(granule));
const sizeCode = (bits: PaBits): bigint => BigInt(outputSizes.indexOf(bits));

/**
 * The register values for tables at `root` (a physical address).
 *
 * @throws PageTableError `EINVAL` for an unaligned root or impossible sizes or start levels, `ERANGE` for a root beyond the output size.
 */
export function translationRegisters(space: Space, root: bigint): TranslationRegisters {
  const shape = shapeOf(space);
  const alignment = shape.pageBytes * joinedTables(shape);
  if (root % BigInt(alignment) !== 0n)
    throw new PageTableError(
      'EINVAL',
      `root table ${hex(root)} is not aligned`,
      `give a multiple of ${hex(alignment)}: a ${space.granule} page, or all of the tables that are joined`,
      { address: root },
    );
  const bits = space.paBits ?? 48;
  if (root < 0n || root >= 1n << BigInt(bits))
    throw new PageTableError('ERANGE', `root table ${hex(root)} is beyond ${bits} bits of output`, 'put it below', {
      address: root,
    });
  return { ttbr: ttbrOf(space, root), tcr: tcrOf(space, shape), mair: space.mair ?? mairValue() };
}

/** With 52 bits of output TTBR holds bits 51:48 of the root in its bits 5:2. */
function ttbrOf(space: Space, root: bigint): bigint {
  return space.paBits === 52 ? (root & 0xffff_ffff_ffffn) | ((root >> 48n) << 2n) : root;
}

/**
 * The page number of the root table in a TTBR value; `undefined` where the table does not start with a page, or not where
 * joined tables may. Hardware walks small tables anywhere in a page; we do not.
 */
export function rootOfTtbr(space: Space, ttbr: bigint): number | undefined {
  const shape = shapeOf(space);
  const wide = space.paBits === 52;
  const low = ttbr & (wide ? 0xffff_ffff_ffc0n : 0xffff_ffff_fffen);
  const address = wide ? low | (((ttbr >> 2n) & 15n) << 48n) : low;
  if (address % BigInt(shape.pageBytes * joinedTables(shape)) !== 0n) return undefined;
  return Number(address >> BigInt(shape.pageShift));
}

/** How walks of one half are done, at the lower half's place: cached, and shared as the space says. */
function walksOf({ shareability = 'inner' }: Space): bigint {
  return WALKS_CACHEABLE | (BigInt(shareabilityBits[shareability]) << SH_SHIFT);
}

/** A bit for a field that is set. */
const flag = (isSet: boolean | undefined, position: number): bigint => (isSet ? 1n << BigInt(position) : 0n);

function tcrOf(space: Space, shape: Shape): bigint {
  const size = sizeCode(space.paBits ?? 48);
  if (space.regime !== 'EL2' && space.regime !== 'stage2') {
    const { setsAccessFlag, asidBits } = space;
    const ds = shape.format === 'LPA2' ? DS_EL1 : 0n;
    return ds | (size << 32n) | flag(setsAccessFlag, 39) | (asidBits === 16 ? AS : 0n) | halfOfTcr(space);
  }
  const ds = shape.format === 'LPA2' ? DS_EL2 : 0n;
  const common = BigInt(64 - space.vaBits) | walksOf(space) | (tg0(space.granule) << 14n) | (size << 16n) | ds;
  const own = space.regime === 'EL2' ? TCR_EL2_RES1 | flag(space.flatPermissions, 24) : VTCR_RES1 | startCode(shape);
  return common | own | flag(space.setsAccessFlag, 21);
}

/** Both halves get the same size and granule, so that closing one is all that tells them apart. */
function halfOfTcr(space: Space): bigint {
  const { granule, half, vaBits, flatPermissions } = space;
  const tsz = BigInt(64 - vaBits);
  const sizes = tsz | (tsz << 16n) | (tg0(granule) << 14n) | (tg1(granule) << 30n);
  return half === 'upper'
    ? sizes | (walksOf(space) << 16n) | flag(flatPermissions, 42) | EPD0
    : sizes | walksOf(space) | flag(flatPermissions, 41) | EPD1;
}

/** VTCR_EL2.SL0 and SL2: the start level, counted down from the granule's usual one. */
function startCode(shape: Shape): bigint {
  if (shape.granule !== '4K') return BigInt(3 - shape.startLevel) << 6n;
  if (shape.startLevel === -1) return SL2;
  return BigInt(shape.startLevel === 3 ? 3 : 2 - shape.startLevel) << 6n;
}

/**
 * Reads the shape of an address space back from TCR; `undefined` where it is reserved or the half is closed to walks.
 *
 * @param mair the MAIR value of the regime, `mairValue()` by default.
 */
export function spaceOfTcr(
  tcr: bigint,
  regime: 'EL1' | 'EL2' | 'EL2&0',
  half: 'lower' | 'upper' = 'lower',
  mair: bigint = mairValue(),
): Space | undefined {
  const single = regime === 'EL2';
  const at = half === 'upper' ? 16n : 0n;
  const bit = (position: number): boolean => ((tcr >> BigInt(position)) & 1n) === 1n;
  const granule =
    half === 'upper' ? granulesOfTg1[Number((tcr >> 30n) & 3n)] : granulesOfTg0[Number((tcr >> 14n) & 3n)];
  const paBits = outputSizes[Number((tcr >> (single ? 16n : 32n)) & 7n)];
  if (granule === undefined || paBits === undefined || (!single && bit(half === 'upper' ? 23 : 7))) return undefined;
  const lpa2 = granule !== '64K' && bit(single ? 32 : 59);
  const vaBits = 64 - Number((tcr >> at) & 0x3fn);
  if (vaBits > longestInput(granule, lpa2)) return undefined;
  return valid({
    granule,
    vaBits,
    regime,
    ...(half === 'upper' ? { half } : {}),
    ...(effectiveSize(paBits, granule, lpa2) === 48 ? {} : { paBits: effectiveSize(paBits, granule, lpa2) }),
    ...(lpa2 ? { lpa2 } : {}),
    ...(mair === mairValue() ? {} : { mair }),
    ...sharedAs(tcr >> at),
    ...(!single && (tcr & AS) !== 0n ? { asidBits: 16 as const } : {}),
    ...(bit(single ? 21 : 39) ? { setsAccessFlag: true } : {}),
    ...(bit(single ? 24 : half === 'upper' ? 42 : 41) ? { flatPermissions: true } : {}),
  });
}

/** SH of a TCR whose half is at the lower one's place; a reserved value, and inner, leave it out. */
function sharedAs(tcr: bigint): { shareability?: Shareability } {
  const shareability = shareabilities[Number((tcr >> SH_SHIFT) & 3n)];
  return shareability === undefined || shareability === 'inner' ? {} : { shareability };
}

/** Without TCR.DS no size makes tables LPA2's. */
const longestInput = (granule: Granule, lpa2: boolean): number => (lpa2 || granule === '64K' ? 52 : 48);

/** 52 bits need a layout that holds them: LPA2, or 64K pages. */
function effectiveSize(bits: PaBits, granule: Granule, lpa2: boolean): PaBits {
  return bits === 52 && granule !== '64K' && !lpa2 ? 48 : bits;
}

/** Reads the shape of a stage 2 space from VTCR_EL2; `undefined` where it is reserved. */
export function spaceOfVtcr(vtcr: bigint): Space | undefined {
  const granule = granulesOfTg0[Number((vtcr >> 14n) & 3n)];
  const paBits = outputSizes[Number((vtcr >> 16n) & 7n)];
  if (granule === undefined || paBits === undefined) return undefined;
  const lpa2 = granule !== '64K' && (vtcr & DS_EL2) !== 0n;
  const code = Number((vtcr >> 6n) & 3n);
  const isBelowZero = granule === '4K' && lpa2 && (vtcr & SL2) !== 0n;
  const start = isBelowZero ? -1 : granule !== '4K' ? 3 - code : code === 3 ? 3 : 2 - code;
  const vaBits = 64 - Number(vtcr & 0x3fn);
  if (vaBits > longestInput(granule, lpa2) || (isBelowZero && code !== 0)) return undefined;
  return valid({
    granule,
    vaBits,
    regime: 'stage2',
    ...(start === startLevel(geometryOf(granule), vaBits) ? {} : { startLevel: start }),
    ...(effectiveSize(paBits, granule, lpa2) === 48 ? {} : { paBits: effectiveSize(paBits, granule, lpa2) }),
    ...(lpa2 ? { lpa2 } : {}),
    ...sharedAs(vtcr),
    ...((vtcr & (1n << 21n)) === 0n ? {} : { setsAccessFlag: true }),
  });
}

/** A space whose sizes exist, else undefined: what comes from a register may be anything. */
function valid(space: Space): Space | undefined {
  try {
    shapeOf(space);
    return space;
  } catch {
    return undefined;
  }
}
