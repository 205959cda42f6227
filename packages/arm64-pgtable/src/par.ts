import { type Attributes, attributeIndex, reportedShareability } from './attributes.ts';
import { mairByte, mairValue } from './memory-type.ts';
import { needObject } from './needed.ts';
import { type Space, shapeOf } from './space.ts';
import type { WalkFault, WalkResult } from './walk.ts';

/** The access that an AT instruction asks about: `AT S1E1R` reads, `AT S1E0W` writes as EL0. */
export interface Access {
  readonly write: boolean;
  /** As EL0. */
  readonly user: boolean;
}

/** Fault status codes, levels 0 to 3 in the low bits (ESR_ELx.DFSC). */
const statusOf: Record<WalkFault | 'permission-fault', number> = {
  'address-size-fault': 0b000000,
  'translation-fault': 0b000100,
  'access-flag-fault': 0b001000,
  'permission-fault': 0b001100,
  'external-abort': 0b010100, // on a table walk
  'reserved-type': 0b000100,
};
/** The codes of level -1 do not follow from the others. */
const statusOfLevelMinus1: Partial<Record<WalkFault | 'permission-fault', number>> = {
  'address-size-fault': 0b101001,
  'translation-fault': 0b101011,
  'external-abort': 0b010011,
};

/** The fault status code (FST, DFSC or IFSC) of a fault at a level. */
export function faultStatus(fault: WalkFault | 'permission-fault', level: number): number {
  return level < 0 ? (statusOfLevelMinus1[fault] ?? statusOf[fault]) : statusOf[fault] + level;
}

/** Whether a mapping lets an access happen. Instruction fetches look at `executable`. */
export function permits(attributes: Attributes, access: Access): boolean {
  needObject('description of attributes', attributes);
  needObject('access', access);
  if (access.user && attributes.user !== true) return false;
  return access.write ? attributes.writable : (attributes.readable ?? true);
}

const RES1 = 1n << 11n;
const FAULT = 1n;

/**
 * What an AT instruction for stage 1 leaves in PAR_EL1, with bit 9 (NS) clear.
 *
 * @param va the address that was asked about; the walk was for its page.
 */
export function parOf(space: Space, va: bigint, result: WalkResult, access: Access): bigint {
  needObject('space', space);
  needObject('result of a walk', result);
  needObject('access', access);
  if (result.kind !== 'mapped') return faultPar(faultStatus(result.kind, result.level));
  const { attributes, level, frame, steps } = result;
  if (!permits(attributes, space.regime === 'EL2' ? { ...access, user: false } : access))
    return faultPar(faultStatus('permission-fault', level));
  const shape = shapeOf(space);
  const low = steps.at(-1)?.low ?? 0;
  const address = (BigInt(frame) << BigInt(shape.pageShift)) | (va & ((1n << BigInt(shape.pageShift)) - 1n) & ~0xfffn);
  const byte = mairByte(space.mair ?? mairValue(), attributeIndex(low));
  const sh = reportedShareability(low, attributes, space, shape);
  return (BigInt(byte) << 56n) | address | RES1 | (BigInt(sh) << 7n);
}

function faultPar(status: number): bigint {
  return RES1 | (BigInt(status) << 1n) | FAULT;
}
