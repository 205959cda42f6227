import {
  ACCESS,
  AF,
  AP_READ_ONLY,
  AP_USER,
  DIRTY,
  GUARDED,
  INDEX_SHIFT,
  NOT_GLOBAL,
  PXN,
  S2_READ,
  S2_WRITE,
  SH_SHIFT,
  SOFTWARE,
  SOFTWARE_SHIFT,
  UNDER_NOT_USER,
  UNDER_PXN,
  UNDER_READ_ONLY,
  UNDER_UXN,
  UXN,
} from './descriptor-bits.ts';
import { PageTableError } from './error.ts';
import {
  indexOfType,
  type MemoryType,
  mairByte,
  mairValue,
  memoryTypeOf,
  stage2Index,
  stage2TypeOf,
} from './memory-type.ts';
import { needObject } from './needed.ts';
import { type Shareability, shareabilities, shareabilityBits } from './shareability.ts';
import type { Regime, Shape, Space } from './space.ts';
import { hasAsids } from './space-fields.ts';

/**
 * What a mapping is and allows. A field that may be left out means what is said here when it is; what is read from
 * tables leaves out what is so, and two equal mappings are deeply equal.
 */
export interface Attributes {
  readonly type: MemoryType;
  readonly writable: boolean;
  /** The level that owns the tables may execute it; in stage 2, EL1. What EL0 may write, EL1 never may. */
  readonly executable: boolean;
  /** EL0 may access it (AP[1]). No. */
  readonly user?: boolean;
  /** EL0 may execute it (UXN clear). No. */
  readonly userExecutable?: boolean;
  /** Stage 2 only: reads are allowed (S2AP[0]). Yes. */
  readonly readable?: boolean;
  /** Inner for Normal memory, outer for the rest; it is not held by a descriptor in the LPA2 layout. */
  readonly shareability?: Shareability;
  /** The access flag; without it the first access faults. Yes. */
  readonly accessed?: boolean;
  /** Belongs to one address space identifier only (nG), in a regime that has them. No. */
  readonly notGlobal?: boolean;
  /** Hardware may make a read-only page writable when it is written (DBM). No. */
  readonly dirtyManaged?: boolean;
  /** Branches into it must land on BTI (GP). No. */
  readonly guarded?: boolean;
  /** Bits 58:55, left to software. 0. */
  readonly software?: number;
}

/** The attribute bits of a block or page descriptor, as 32-bit halves. */
export interface DescriptorBits {
  readonly low: number;
  readonly high: number;
}

/** What a type is shared with unless something else is said. */
function usualShareability(type: MemoryType): Shareability {
  return type === 'Normal' || type === 'Normal-WT' || type === 'Normal-Tagged' || type === 'Normal-mixed'
    ? 'inner'
    : 'outer';
}

/**
 * The descriptor bits of attributes in a space.
 *
 * @throws PageTableError `EINVAL` for a memory type that the space's MAIR does not have, or that stage 2 cannot say, and for
 * what the regime has no bit for.
 */
export function encodeAttributes(attributes: Attributes, space: Space, shape: Pick<Shape, 'format'>): DescriptorBits {
  needObject('description of attributes', attributes);
  needObject('space', space);
  needObject('shape', shape);
  const { type, accessed = true, software = 0, notGlobal, shareability = usualShareability(type) } = attributes;
  checkAttributes({ software, shareability, notGlobal, readable: attributes.readable }, space.regime);
  const stage2 = space.regime === 'stage2';
  const index = stage2 ? stage2Index(type) : indexOfType(space.mair ?? mairValue(), type);
  if (index < 0)
    throw new PageTableError('EINVAL', `the space has no index for ${String(type)} memory`, 'give it a mair with one');
  const low =
    (index << INDEX_SHIFT) |
    (stage2 ? stage2Access(attributes) : access(attributes, space)) |
    (shape.format === 'LPA2' ? 0 : shareabilityBits[shareability] << SH_SHIFT) |
    (accessed ? AF : 0) |
    (notGlobal ? NOT_GLOBAL : 0);
  const high =
    (stage2 ? stage2Never(attributes) : never(attributes, space)) |
    (attributes.dirtyManaged ? DIRTY : 0) |
    (attributes.guarded ? GUARDED : 0) |
    (software << SOFTWARE_SHIFT);
  return { low, high };
}

/** What may be so that a descriptor cannot hold it. */
interface Checked {
  readonly software: number;
  readonly shareability: Shareability;
  readonly notGlobal: boolean | undefined;
  readonly readable: boolean | undefined;
}

/** Attributes come from files too; what a descriptor cannot hold is not left out in silence. */
function checkAttributes(attributes: Checked, regime: Regime): void {
  const { software, shareability } = attributes;
  if (!Number.isInteger(software) || software < 0 || software > 15)
    throw new PageTableError('EINVAL', `software's four bits do not hold ${String(software)}`, 'use 0 to 15');
  if (!Object.hasOwn(shareabilityBits, shareability))
    throw new PageTableError('EINVAL', `there is no shareability ${String(shareability)}`, 'use none, outer or inner');
  if (attributes.notGlobal && !hasAsids(regime)) throw hasNo(regime, 'notGlobal');
  if (attributes.readable === false && regime !== 'stage2') throw hasNo(regime, 'readable');
}

function hasNo(regime: Regime, field: keyof Attributes): PageTableError {
  return new PageTableError('EINVAL', `descriptors of ${regime} have no bit for ${field}`, `leave ${field} out`);
}

function access({ writable, user }: Attributes, { regime }: Space): number {
  return (writable ? 0 : AP_READ_ONLY) | (user || regime === 'EL2' ? AP_USER : 0);
}

function never({ executable, userExecutable }: Attributes, { regime }: Space): number {
  if (regime === 'EL2') return executable ? 0 : UXN;
  return (userExecutable ? 0 : UXN) | (executable ? 0 : PXN);
}

function stage2Access({ writable, readable = true }: Attributes): number {
  return (readable ? S2_READ : 0) | (writable ? S2_WRITE : 0);
}

/** XN[1:0]: 00 both may execute, 01 EL0 only, 10 neither, 11 EL1 only (FEAT_XNX). */
function stage2Never({ executable, userExecutable = false }: Attributes): number {
  if (executable) return userExecutable ? 0 : UXN | PXN;
  return userExecutable ? PXN : UXN;
}

/** The bits that attributes name in a space; the rest of a leaf's is not theirs (NS, PBHA). */
export function namedBits({ regime }: Pick<Space, 'regime'>, { format }: Pick<Shape, 'format'>): DescriptorBits {
  const type = (regime === 'stage2' ? 15 : 7) << INDEX_SHIFT;
  const shareability = format === 'LPA2' ? 0 : 3 << SH_SHIFT;
  const low = type | shareability | ACCESS | AF | (regime === 'stage2' ? 0 : NOT_GLOBAL);
  return { low, high: DIRTY | GUARDED | PXN | UXN | SOFTWARE };
}

/** What the bits of a block or page descriptor allow; `undefined` for a memory type or shareability that is reserved. */
export function decodeAttributes(
  low: number,
  high: number,
  space: Space,
  shape: Pick<Shape, 'format'>,
): Attributes | undefined {
  needObject('space', space);
  needObject('shape', shape);
  const stage2 = space.regime === 'stage2';
  const type = stage2
    ? stage2TypeOf((low >>> INDEX_SHIFT) & 15)
    : memoryTypeOf(mairByte(space.mair ?? mairValue(), (low >>> INDEX_SHIFT) & 7));
  const shareability =
    shape.format === 'LPA2' ? type && usualShareability(type) : shareabilities[(low >>> SH_SHIFT) & 3];
  if (type === undefined || shareability === undefined) return undefined;
  return {
    type,
    ...(stage2 ? stage2Permissions(low, high) : permissions(low, high, space)),
    ...(shareability === usualShareability(type) ? {} : { shareability }),
    ...((low & AF) === 0 ? { accessed: false } : {}),
    ...((low & NOT_GLOBAL) === 0 || !hasAsids(space.regime) ? {} : { notGlobal: true }),
    ...((high & DIRTY) === 0 ? {} : { dirtyManaged: true }),
    ...((high & GUARDED) === 0 ? {} : { guarded: true }),
    ...(softwareOf(high) === 0 ? {} : { software: softwareOf(high) }),
  };
}

type Permissions = Pick<Attributes, 'writable' | 'executable' | 'user' | 'userExecutable' | 'readable'>;

function permissions(low: number, high: number, { regime }: Space): Permissions {
  const writable = (low & AP_READ_ONLY) === 0;
  if (regime === 'EL2') return { writable, executable: (high & UXN) === 0 };
  return {
    writable,
    // What EL0 may write EL1 never executes, whatever PXN says.
    executable: (high & PXN) === 0 && !(writable && (low & AP_USER) !== 0),
    ...((low & AP_USER) === 0 ? {} : { user: true }),
    ...((high & UXN) === 0 ? { userExecutable: true } : {}),
  };
}

function stage2Permissions(low: number, high: number): Permissions {
  const el0 = ((high & UXN) === 0) === ((high & PXN) === 0) ? (high & UXN) === 0 : (high & PXN) !== 0;
  return {
    writable: (low & S2_WRITE) !== 0,
    executable: ((high & UXN) !== 0) === ((high & PXN) !== 0),
    ...((low & S2_READ) === 0 ? { readable: false } : {}),
    ...(el0 ? { userExecutable: true } : {}),
  };
}

const softwareOf = (high: number): number => (high >>> SOFTWARE_SHIFT) & 15;

/** Whether a block or page descriptor has its access flag set. */
export function isAccessible(low: number): boolean {
  return (low & AF) !== 0;
}

/** The attribute bits of a leaf as the tables above it limit them; `limits` is the or of their high halves. */
export function underTables(low: number, high: number, limits: number, space: Space): DescriptorBits {
  if (space.regime === 'stage2' || space.flatPermissions) return { low, high };
  const single = space.regime === 'EL2';
  return {
    low: (low | (limits & UNDER_READ_ONLY ? AP_READ_ONLY : 0)) & (limits & UNDER_NOT_USER && !single ? ~AP_USER : ~0),
    high: high | (limits & UNDER_UXN ? UXN : 0) | (limits & UNDER_PXN && !single ? PXN : 0),
  };
}

/** Whether two descriptions ask for the same bits. */
export function sameAttributes(a: Attributes, b: Attributes): boolean {
  needObject('description of attributes', a);
  needObject('description of attributes', b);
  return (
    a.type === b.type &&
    a.writable === b.writable &&
    a.executable === b.executable &&
    (a.user ?? false) === (b.user ?? false) &&
    (a.userExecutable ?? false) === (b.userExecutable ?? false) &&
    (a.readable ?? true) === (b.readable ?? true) &&
    (a.shareability ?? usualShareability(a.type)) === (b.shareability ?? usualShareability(b.type)) &&
    (a.accessed ?? true) === (b.accessed ?? true) &&
    (a.notGlobal ?? false) === (b.notGlobal ?? false) &&
    (a.dirtyManaged ?? false) === (b.dirtyManaged ?? false) &&
    (a.guarded ?? false) === (b.guarded ?? false) &&
    (a.software ?? 0) === (b.software ?? 0)
  );
}

/** PAR_EL1.SH: what is not cached is outer shareable whatever the tables say. */
export function reportedShareability(low: number, attributes: Attributes, space: Space, shape: Shape): number {
  const { type } = attributes;
  if (type === 'Normal-NC' || type.startsWith('Device')) return shareabilityBits.outer;
  return shape.format === 'LPA2' ? shareabilityBits[space.shareability ?? 'inner'] : (low >>> SH_SHIFT) & 3;
}

/** The index into MAIR that a stage 1 descriptor holds. */
export function attributeIndex(low: number): number {
  return (low >>> INDEX_SHIFT) & 7;
}
