import { mairValue, type Regime } from './attributes.ts';
import { PageTableError } from './error.ts';
import { type Granule, geometryOf } from './granule.ts';

/** The shape of an address space: everything about its tables but their content. */
export interface Space {
  readonly granule: Granule;
  /** Bits of virtual address: 64 - T0SZ. */
  readonly vaBits: number;
  readonly regime: Regime;
}

/** The values that turn an address space on. TCR of EL1 also closes the upper half: EPD1 is set. */
export interface TranslationRegisters {
  readonly ttbr0: bigint;
  readonly tcr: bigint;
  readonly mair: bigint;
}

// TCR fields (Arm ARM D24, TCR_EL1 and TCR_EL2).
const TG0 = { '4K': 0n, '64K': 1n, '16K': 2n } as const; // TG0 and TG1 encode the granules differently
const TG1 = { '16K': 1n, '4K': 2n, '64K': 3n } as const;
const WALKS_CACHEABLE = (1n << 8n) | (1n << 10n) | (3n << 12n); // IRGN0, ORGN0: write-back write-allocate; SH0: inner
const EPD1 = 1n << 23n; // no walks through TTBR1
const TCR_EL2_RES1 = (1n << 31n) | (1n << 23n);

const physicalSizes = [32, 36, 40, 42, 44, 48] as const;

/**
 * The register values for tables at `root` (a physical address) that map addresses up to `lastPhysical`.
 *
 * @throws PageTableError `ERANGE` for a physical address above 48 bits, `EINVAL` for an unaligned root.
 */
export function translationRegisters(space: Space, root: bigint, lastPhysical: bigint): TranslationRegisters {
  const { pageShift } = geometryOf(space.granule);
  if (root % (1n << BigInt(pageShift)) !== 0n) {
    throw new PageTableError(
      'EINVAL',
      `root table 0x${root.toString(16)} is not aligned`,
      `use a ${space.granule} page`,
    );
  }
  const size = physicalSizes.findIndex((bits) => lastPhysical < 1n << BigInt(bits));
  if (size < 0) {
    throw new PageTableError(
      'ERANGE',
      `0x${lastPhysical.toString(16)} is above 48 bits`,
      'without LPA a descriptor holds 48',
    );
  }
  const t0sz = BigInt(64 - space.vaBits);
  const shared = t0sz | WALKS_CACHEABLE | (TG0[space.granule] << 14n);
  const tcr =
    space.regime === 'EL1'
      ? shared | (t0sz << 16n) | EPD1 | (TG1[space.granule] << 30n) | (BigInt(size) << 32n)
      : shared | (BigInt(size) << 16n) | TCR_EL2_RES1;
  return { ttbr0: root, tcr, mair: mairValue() };
}

/** Reads the shape of a TTBR0 address space back from TCR; `undefined` where TG0 or T0SZ is reserved. */
export function spaceOfTcr(tcr: bigint, regime: Regime): Space | undefined {
  const tg0 = (tcr >> 14n) & 3n;
  const granule = tg0 === 0n ? '4K' : tg0 === 1n ? '64K' : tg0 === 2n ? '16K' : undefined;
  const vaBits = 64 - Number(tcr & 0x3fn);
  if (granule === undefined || vaBits > 48 || vaBits < 25) return undefined;
  return { granule, vaBits, regime };
}
