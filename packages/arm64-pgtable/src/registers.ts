import { PageTableError } from './error.ts';
import { type Granule, geometryOf } from './granule.ts';
import { hex } from './hex.ts';
import { mairValue } from './memory-type.ts';
import { shareabilities } from './shareability.ts';
import { outputSizes, type PaBits, type Shape, type Space, shapeOf } from './space.ts';

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

/** IRGN and ORGN write-back write-allocate, SH inner: what walks read is cached. For the lower half, at bit 8. */
const WALKS_CACHEABLE = (1n << 8n) | (1n << 10n) | (3n << 12n);
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
  if (root % (1n << BigInt(geometryOf(space.granule).pageShift)) !== 0n)
    throw new PageTableError(
      'EINVAL',
      `root table ${hex(root)} is not aligned`,
      `give the address of a ${space.granule} page`,
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

/** The page number of the root table in a TTBR value. */
export function rootOfTtbr(space: Space, ttbr: bigint): number {
  const wide = space.paBits === 52;
  const low = ttbr & (wide ? 0xffff_ffff_ffc0n : 0xffff_ffff_fffen);
  const address = wide ? low | (((ttbr >> 2n) & 15n) << 48n) : low;
  return Number(address >> BigInt(geometryOf(space.granule).pageShift));
}

function tcrOf(space: Space, shape: Shape): bigint {
  const tsz = BigInt(64 - space.vaBits);
  const size = sizeCode(space.paBits ?? 48);
  const lpa2 = shape.format === 'LPA2';
  switch (space.regime) {
    case 'EL2':
      return tsz | WALKS_CACHEABLE | (tg0(space.granule) << 14n) | (size << 16n) | TCR_EL2_RES1 | (lpa2 ? DS_EL2 : 0n);
    case 'stage2':
      return (
        tsz |
        startCode(shape) |
        WALKS_CACHEABLE |
        (tg0(space.granule) << 14n) |
        (size << 16n) |
        VTCR_RES1 |
        (lpa2 ? DS_EL2 : 0n)
      );
    default:
      return (lpa2 ? DS_EL1 : 0n) | (size << 32n) | halfOfTcr(space, tsz);
  }
}

/** Both halves get the same size and granule, so that closing one is all that tells them apart. */
function halfOfTcr({ granule, half }: Space, tsz: bigint): bigint {
  const sizes = tsz | (tsz << 16n) | (tg0(granule) << 14n) | (tg1(granule) << 30n);
  return half === 'upper' ? sizes | (WALKS_CACHEABLE << 16n) | EPD0 : sizes | WALKS_CACHEABLE | EPD1;
}

/** VTCR_EL2.SL0 and SL2: the start level, counted down from the granule's usual one. */
function startCode(shape: Shape): bigint {
  if (shape.granule === '16K' && shape.startLevel === 0 && shape.format !== 'LPA2')
    throw new PageTableError(
      'EINVAL',
      '16K tables of stage 2 cannot start at level 0 without LPA2',
      'use startLevel 1 or lpa2',
    );
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
  const shareability = shareabilities[Number((tcr >> (12n + at)) & 3n)];
  return valid({
    granule,
    vaBits: 64 - Number((tcr >> at) & 0x3fn),
    regime,
    ...(half === 'upper' ? { half } : {}),
    ...(effectiveSize(paBits, granule, lpa2) === 48 ? {} : { paBits: effectiveSize(paBits, granule, lpa2) }),
    ...(lpa2 ? { lpa2 } : {}),
    ...(mair === mairValue() ? {} : { mair }),
    ...(shareability === undefined || shareability === 'inner' ? {} : { shareability }),
    ...(bit(single ? 21 : 39) ? { setsAccessFlag: true } : {}),
    ...(bit(single ? 24 : half === 'upper' ? 42 : 41) ? { flatPermissions: true } : {}),
  });
}

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
  const start = granule === '4K' ? (lpa2 && (vtcr & SL2) !== 0n ? -1 : code === 3 ? 3 : 2 - code) : 3 - code;
  if (granule === '16K' && start === 0 && !lpa2) return undefined;
  return valid({
    granule,
    vaBits: 64 - Number(vtcr & 0x3fn),
    regime: 'stage2',
    startLevel: start,
    ...(effectiveSize(paBits, granule, lpa2) === 48 ? {} : { paBits: effectiveSize(paBits, granule, lpa2) }),
    ...(lpa2 ? { lpa2 } : {}),
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
