import type { Space } from '../src/index.ts';

// Descriptors as a walker reads them, from the Arm ARM and nothing else: this shares no code with what it judges.

/** What the walker must know of a space. */
export interface Layout {
  readonly isStage2: boolean;
  readonly isEl2: boolean;
  readonly hasAsids: boolean;
  readonly granuleCode: bigint;
  readonly shift: bigint;
  readonly stride: bigint;
  readonly entries: number;
  readonly startLevel: number;
  readonly firstBlock: number;
  readonly inputPages: bigint;
  /** First address of the space. */
  readonly base: bigint;
  readonly isLpa2: boolean;
  readonly isLpa: boolean;
  readonly grouped: Readonly<Record<number, number>>;
}

const granules = {
  '4K': { code: 1n, shift: 12n, grouped: { 1: 16, 2: 16, 3: 16 } },
  '16K': { code: 2n, shift: 14n, grouped: { 2: 32, 3: 128 } },
  '64K': { code: 3n, shift: 16n, grouped: { 2: 32, 3: 32 } },
} as const;

export function layoutOf(space: Space): Layout {
  const { code, shift, grouped } = granules[space.granule];
  const wide = space.paBits === 52 || space.vaBits > 48;
  const isLpa2 = space.granule !== '64K' && (space.lpa2 ?? wide);
  const isLpa = space.granule === '64K' && space.paBits === 52;
  const stride = shift - 3n;
  const bits = BigInt(space.vaBits);
  const levels = (bits - shift + stride - 1n) / stride;
  const first4K = isLpa2 ? 0 : 1;
  return {
    isStage2: space.regime === 'stage2',
    isEl2: space.regime === 'EL2',
    hasAsids: space.regime === 'EL1' || space.regime === 'EL2&0',
    granuleCode: code,
    shift,
    stride,
    entries: 1 << Number(stride),
    startLevel: space.startLevel ?? 4 - Number(levels),
    firstBlock: space.granule === '4K' ? first4K : isLpa2 || isLpa ? 1 : 2,
    inputPages: 1n << (bits - shift),
    base: space.half === 'upper' ? (1n << 64n) - (1n << bits) : 0n,
    isLpa2,
    isLpa,
    grouped,
  };
}

/** Pages that an entry of a level covers. */
export function spanAt({ stride }: Layout, level: number): bigint {
  return 1n << (stride * BigInt(3 - level));
}

export type Kind = 'invalid' | 'table' | 'leaf';

export function kindAt({ firstBlock }: Layout, level: number, value: bigint): Kind {
  const type = value & 3n;
  if (level === 3) return type === 3n ? 'leaf' : 'invalid';
  if (type === 3n) return 'table';
  return type === 1n && level >= firstBlock ? 'leaf' : 'invalid';
}

const mask = (from: bigint, to: bigint): bigint => ((1n << (from - to + 1n)) - 1n) << to;

/** The page that a descriptor leads to: bits 47 (49 with LPA2) to the granule's, and those above where the layout has them. */
export function frameOf({ shift, isLpa2, isLpa }: Layout, value: bigint): bigint {
  if (isLpa2) return ((value & mask(49n, shift)) | (((value >> 8n) & 3n) << 50n)) >> shift;
  const low = value & mask(47n, shift);
  return (isLpa ? low | (((value >> 12n) & 15n) << 48n) : low) >> shift;
}

const AF = 1n << 10n;
const NG = 1n << 11n;
const NT = 1n << 16n;
const CONTIGUOUS = 1n << 52n;

export const isAccessed = (value: bigint): boolean => (value & AF) !== 0n;
export const isNotGlobal = (value: bigint): boolean => (value & NG) !== 0n;
export const hasNt = (level: number, value: bigint): boolean => level < 3 && (value & NT) !== 0n;
export const isHinted = (value: bigint): boolean => (value & CONTIGUOUS) !== 0n;

/** The attributes of a leaf: bits 11:2 but LPA2's address, and 63:50 but the hint. */
export function attributesOf({ isLpa2 }: Layout, value: bigint): bigint {
  const low = isLpa2 ? mask(11n, 10n) | mask(7n, 2n) : mask(11n, 2n);
  return value & (low | (mask(63n, 50n) & ~CONTIGUOUS));
}

/** What may differ between an old and a new leaf without break-before-make: AP, AF, nG, GP, DBM, PXN, UXN and 58:55. */
const FREE = mask(7n, 6n) | AF | NG | mask(51n, 50n) | mask(54n, 53n) | mask(58n, 55n);

export const kept = (attributes: bigint): bigint => attributes & ~FREE;

/** Attributes under the limits of the tables above: APTable, UXNTable and PXNTable. */
export function limited({ isStage2, isEl2 }: Layout, attributes: bigint, limits: bigint): bigint {
  if (isStage2) return attributes;
  const has = (bit: bigint): boolean => ((limits >> bit) & 1n) === 1n;
  let found = attributes;
  if (has(62n)) found |= 1n << 7n;
  if (has(61n) && !isEl2) found &= ~(1n << 6n);
  if (has(60n)) found |= 1n << 54n;
  if (has(59n) && !isEl2) found |= 1n << 53n;
  return found;
}

/** What a table descriptor limits below it: bits 63:59. */
export const limitsOf = (value: bigint): bigint => value & mask(63n, 59n);

/** All of a leaf that hardware tells from another, without its place and output: not software's bits. */
export function nameOf(layout: Layout, level: number, value: bigint): string {
  const attributes = attributesOf(layout, value) & ~mask(58n, 55n);
  return `${attributes.toString(16)}${isHinted(value) ? ' hinted' : ''}${hasNt(level, value) ? ' nT' : ''}`;
}
