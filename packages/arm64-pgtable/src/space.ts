import { PageTableError } from './error.ts';
import { type Geometry, type Granule, geometryOf, pagesPerEntry, startLevel } from './granule.ts';
import { hex } from './hex.ts';
import { mairValue } from './memory-type.ts';
import { needObject } from './needed.ts';
import { outputSizes, type PaBits } from './output-size.ts';
import { checkFields, fieldsOf, type Space, saysTheSame } from './space-fields.ts';

export type { Regime, Space } from './space-fields.ts';

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
  /** Part of an entry that a page is, by level + 1: spans are powers of two, so that multiplying by this is exact. */
  readonly perSpan: Float64Array;
  /** Pages below 4 GiB: the low half of a descriptor holds a page number modulo this. */
  readonly lowPages: number;
}

/** Shapes by their spaces, and what those said when they were worked out: an object may say something else later. */
const shapes = new WeakMap<Space, { readonly said: Space; readonly shape: Shape }>();

/**
 * Checks a space and works out its shape.
 *
 * @throws PageTableError `EINVAL` for sizes that the architecture does not have.
 */
export function shapeOf(space: Space): Shape {
  const known = shapes.get(space);
  if (known !== undefined && saysTheSame(space, known.said)) return known.shape;
  needObject('space', space);
  const said = fieldsOf(space);
  const shape = newShape(said);
  shapes.set(space, { said, shape });
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
  checkFields(space);
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
  const spans = [-1, 0, 1, 2, 3].map((level) => pagesPerEntry(geometry, level));
  const shape: Shape = {
    ...geometry,
    startLevel: space.startLevel ?? startLevel(geometry, vaBits),
    firstBlockLevel: firstBlockLevel(space.granule, format),
    format,
    inputPages: 2 ** (vaBits - geometry.pageShift),
    outputPages: 2 ** (paBits - geometry.pageShift),
    pageBytes: 2 ** geometry.pageShift,
    entries: 2 ** geometry.indexBits,
    spans,
    perSpan: Float64Array.from(spans, (span) => 1 / span),
    lowPages: 2 ** (32 - geometry.pageShift),
  };
  checkStart(space, shape);
  return shape;
}

/** Whether the space's tables can start where they would. */
function checkStart(space: Space, shape: Shape): void {
  const { vaBits } = space;
  const joined = joinedTables(shape);
  const isStage2 = space.regime === 'stage2';
  if (isStage2 && shape.granule === '16K' && shape.startLevel === 0 && shape.format !== 'LPA2')
    throw new PageTableError(
      'EINVAL',
      '16K tables of stage 2 cannot start at level 0 without LPA2',
      'use startLevel 1 or lpa2',
    );
  if (joined > (isStage2 ? JOINED_MAX : 1) || shape.inputPages <= spanOf(shape, shape.startLevel))
    throw new PageTableError(
      'EINVAL',
      `tables of ${vaBits} bits of address cannot start at level ${shape.startLevel}`,
      `leave startLevel out: it is ${startLevel(shape, vaBits)} then`,
    );
}

/** Whether two spaces are the same, however their defaults are written. */
export function sameSpace(a: Space, b: Space): boolean {
  const [one, other] = [identityOf(a), identityOf(b)];
  return one.every((value, index) => value === other[index]);
}

function identityOf(space: Space): (string | number | bigint | boolean)[] {
  const { format, startLevel: start } = shapeOf(space);
  const { granule, vaBits, regime, paBits = 48, half = 'lower', shareability = 'inner', asidBits = 8 } = space;
  const { mair = mairValue(), setsAccessFlag = false, flatPermissions = false } = space;
  return [
    ...[granule, vaBits, regime, paBits, half, format, start, shareability],
    ...[asidBits, mair, setsAccessFlag, flatPermissions],
  ];
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
  needObject('space', space);
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
  needObject('space', space);
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
