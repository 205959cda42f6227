import { PageTableError } from './error.ts';
import { type Geometry, type Granule, geometryOf, pagesPerEntry, startLevel } from './granule.ts';
import { hex } from './hex.ts';
import type { Shareability } from './shareability.ts';

/**
 * Whose tables these are: `EL1` is the EL1&0 regime, `EL2` that of EL2 alone, `EL2&0` that of EL2 with VHE
 * (HCR_EL2.E2H set; its descriptors and TCR are those of EL1&0), `stage2` the second stage of EL1&0.
 */
export type Regime = 'EL1' | 'EL2' | 'EL2&0' | 'stage2';

/** Bits of output address that TCR.IPS can express. */
export type PaBits = 32 | 36 | 40 | 42 | 44 | 48 | 52;

/** Output sizes in the order of their encoding in TCR_EL1.IPS, TCR_EL2.PS and ID_AA64MMFR0_EL1.PARange. */
export const outputSizes: readonly PaBits[] = [32, 36, 40, 42, 44, 48, 52];

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
  /** Memory types by index; `mairValue()` by default. */
  readonly mair?: bigint | undefined;
  /** TCR.SHx, which says it for all pages where the layout has no room for it (LPA2); inner by default. */
  readonly shareability?: Shareability | undefined;
  /** TCR.HA: hardware sets the access flag, so that no access faults for it. */
  readonly setsAccessFlag?: boolean | undefined;
  /** TCR.HPDx: the permission bits of table descriptors are ignored. */
  readonly flatPermissions?: boolean | undefined;
  /** Level of the root, where VTCR_EL2.SL0 says it: stage 2 can join up to 16 tables there instead of going higher. */
  readonly startLevel?: number | undefined;
}

/** The layout of a descriptor's output address. */
export type DescriptorFormat = 'VMSAv8-64' | 'LPA' | 'LPA2';

/** What the numbers of a space come to. */
export interface Shape extends Geometry {
  readonly startLevel: number;
  /** The lowest level number at which a block descriptor is allowed. */
  readonly firstBlockLevel: number;
  readonly format: DescriptorFormat;
  /** Pages of input address. */
  readonly inputPages: number;
  /** Pages of output address: page numbers from here on are address size faults. */
  readonly outputPages: number;
  readonly pageBytes: number;
  /** Descriptors in a table. */
  readonly entries: number;
  /** Pages that a descriptor covers, by level + 1; see {@link spanOf}. */
  readonly spans: readonly number[];
  /** Pages below 4 GiB: the low half of a descriptor holds a page number modulo this. */
  readonly lowPages: number;
}

const shapes = new WeakMap<Space, Shape>();

/**
 * Checks a space and works out its shape.
 *
 * @throws PageTableError `EINVAL` for sizes that the architecture does not have.
 */
export function shapeOf(space: Space): Shape {
  const known = shapes.get(space);
  if (known !== undefined) return known;
  const shape = newShape(space);
  shapes.set(space, shape);
  return shape;
}

/** Pages that one descriptor covers at a level, -1 to 3. */
export function spanOf(shape: Shape, level: number): number {
  return shape.spans[level + 1] ?? 1;
}

/** How many tables lie in a row at the root: one, but for stage 2 that starts a level lower than its size asks for. */
export function joinedTables(shape: Pick<Shape, 'startLevel' | 'inputPages' | 'entries' | 'spans'>): number {
  return Math.ceil(shape.inputPages / ((shape.spans[shape.startLevel + 1] ?? 1) * shape.entries));
}

/** The most tables that stage 2 joins (concatenated translation tables). */
const JOINED_MAX = 16;

function newShape(space: Space): Shape {
  const geometry = geometryOf(space.granule);
  const { vaBits, paBits = 48 } = space;
  const format = formatOf(space);
  const longest = space.granule === '64K' || format === 'LPA2' ? 52 : 48;
  if (!Number.isInteger(vaBits) || vaBits < 16 || vaBits > longest || vaBits <= geometry.pageShift)
    throw new PageTableError(
      'EINVAL',
      `${space.granule} tables cannot hold ${vaBits} bits of address`,
      `use 16 to ${longest}`,
    );
  if (paBits > 48 && format === 'VMSAv8-64')
    throw new PageTableError(
      'EINVAL',
      `tables without LPA2 cannot hold ${paBits} bits of output`,
      'leave lpa2 out, or use 48',
    );
  const shape: Shape = {
    ...geometry,
    startLevel: space.startLevel ?? startLevel(geometry, vaBits),
    firstBlockLevel: firstBlockLevel(space.granule, format),
    format,
    inputPages: 2 ** (vaBits - geometry.pageShift),
    outputPages: 2 ** (paBits - geometry.pageShift),
    pageBytes: 2 ** geometry.pageShift,
    entries: 2 ** geometry.indexBits,
    spans: [-1, 0, 1, 2, 3].map((level) => pagesPerEntry(geometry, level)),
    lowPages: 2 ** (32 - geometry.pageShift),
  };
  const joined = joinedTables(shape);
  if (joined > (space.regime === 'stage2' ? JOINED_MAX : 1) || shape.inputPages <= spanOf(shape, shape.startLevel))
    throw new PageTableError(
      'EINVAL',
      `tables of ${vaBits} bits of address cannot start at level ${shape.startLevel}`,
      `leave startLevel out: it is ${startLevel(geometry, vaBits)} then`,
    );
  return shape;
}

function formatOf({ granule, vaBits, paBits = 48, lpa2 }: Space): DescriptorFormat {
  if (granule === '64K') return paBits > 48 ? 'LPA' : 'VMSAv8-64';
  return (lpa2 ?? (paBits > 48 || vaBits > 48)) ? 'LPA2' : 'VMSAv8-64';
}

function firstBlockLevel(granule: Granule, format: DescriptorFormat): number {
  if (granule === '4K') return format === 'LPA2' ? 0 : 1;
  return format === 'VMSAv8-64' ? 2 : 1;
}

/** The number of the page that holds an address, counted from the start of the space's half; undefined outside it. */
export function pageInSpace(space: Space, va: bigint): number | undefined {
  const { pageShift } = geometryOf(space.granule);
  const size = 1n << BigInt(space.vaBits);
  const offset = space.half === 'upper' ? va - (2n ** 64n - size) : va;
  return offset < 0n || offset >= size ? undefined : Number(offset >> BigInt(pageShift));
}

/**
 * The first address of a page, as {@link pageInSpace} counts them.
 *
 * @throws PageTableError `EINVAL` for a page that is not a whole number.
 */
export function addressInSpace(space: Space, page: number): bigint {
  if (!Number.isSafeInteger(page))
    throw new PageTableError('EINVAL', `${page} is not a page number`, 'give a whole number', { page });
  const offset = BigInt(page) << BigInt(geometryOf(space.granule).pageShift);
  return space.half === 'upper' ? 2n ** 64n - (1n << BigInt(space.vaBits)) + offset : offset;
}

/** The fewest bits of input address that TCR.TxSZ can express without TTST. */
const VA_BITS_MIN = 25;

/**
 * The fewest bits of virtual address that reach `lastAddress` (inclusive), 25 to 52.
 *
 * @throws PageTableError `ERANGE` for a negative address, or one above 52 bits.
 */
export function vaBitsFor(lastAddress: bigint): number {
  const bits = lastAddress.toString(2).length;
  if (lastAddress < 0n || bits > 52) throw beyondTables(lastAddress);
  return Math.max(bits, VA_BITS_MIN);
}

/**
 * The smallest output size that reaches `lastAddress` (inclusive).
 *
 * @throws PageTableError `ERANGE` for a negative address, or one above 52 bits.
 */
export function paBitsFor(lastAddress: bigint): PaBits {
  const bits = outputSizes.find((size) => lastAddress < 1n << BigInt(size));
  if (lastAddress < 0n || bits === undefined) throw beyondTables(lastAddress);
  return bits;
}

function beyondTables(address: bigint): PageTableError {
  return new PageTableError('ERANGE', `no tables reach ${hex(address)}`, 'give an address of 0 to 52 bits', {
    address,
  });
}
