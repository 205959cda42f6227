import type { Granule } from '../granule.ts';
import { addressInSpace, pageInSpace, type Shape, type Space } from '../space.ts';
import type { TlbiOperation } from './steps.ts';

/** What a TLBI reaches. */
export interface Reach {
  readonly regimes: readonly Space['regime'][];
  readonly by: 'address' | 'range' | 'asid' | 'everything';
  /** Leaves only. */
  readonly last?: boolean;
  /** The regimes in which the operand has an address space identifier. */
  readonly asidIn?: readonly Space['regime'][];
}

const tagged = ['EL1', 'EL2&0'] as const;
/** With HCR_EL2.E2H the instructions of EL2 act on EL2&0, by identifier. */
const either = ['EL2', 'EL2&0'] as const;

const reaches: Record<TlbiOperation, Reach> = {
  vmalle1is: { regimes: [...tagged, 'stage2'], by: 'everything' },
  vae1is: { regimes: tagged, by: 'address', asidIn: tagged },
  vale1is: { regimes: tagged, by: 'address', last: true, asidIn: tagged },
  vaae1is: { regimes: tagged, by: 'address' },
  vaale1is: { regimes: tagged, by: 'address', last: true },
  alle2is: { regimes: either, by: 'everything' },
  vae2is: { regimes: either, by: 'address', asidIn: ['EL2&0'] },
  vale2is: { regimes: either, by: 'address', last: true, asidIn: ['EL2&0'] },
  ipas2e1is: { regimes: ['stage2'], by: 'address' },
  ipas2le1is: { regimes: ['stage2'], by: 'address', last: true },
  vmalls12e1is: { regimes: ['EL1', 'stage2'], by: 'everything' },
  alle1is: { regimes: ['EL1', 'stage2'], by: 'everything' },
  aside1is: { regimes: tagged, by: 'asid', asidIn: tagged },
  rvae1is: { regimes: tagged, by: 'range', asidIn: tagged },
  rvale1is: { regimes: tagged, by: 'range', last: true, asidIn: tagged },
  rvaae1is: { regimes: tagged, by: 'range' },
  rvaale1is: { regimes: tagged, by: 'range', last: true },
  rvae2is: { regimes: either, by: 'range', asidIn: ['EL2&0'] },
  rvale2is: { regimes: either, by: 'range', last: true, asidIn: ['EL2&0'] },
  ripas2e1is: { regimes: ['stage2'], by: 'range' },
  ripas2le1is: { regimes: ['stage2'], by: 'range', last: true },
};

/** Whether there is such an instruction. */
export function isTlbiOperation(operation: string): operation is TlbiOperation {
  return Object.hasOwn(reaches, operation);
}

/** Whether an instruction acts on what its register says. */
export function takesOperand(operation: TlbiOperation): boolean {
  return reaches[operation].by !== 'everything';
}

/** What an instruction reaches; undefined for one of another regime. */
export function reachOf({ regime }: Space, operation: TlbiOperation): Reach | undefined {
  const reach = reaches[operation];
  return reach.regimes.includes(regime) ? reach : undefined;
}

/** What an operand names: input pages, and the only level of leaf that must be found there, if it says one. */
export interface Target {
  readonly from: number;
  readonly to: number;
  readonly level: number | undefined;
}

const granuleOf: readonly (Granule | undefined)[] = [undefined, '4K', '16K', '64K'];

/** What the operand of an instruction by address or range names; undefined where it need not reach anything. */
export function targetOf(space: Space, shape: Shape, { by }: Reach, operand: bigint): Target | undefined {
  return by === 'range' ? rangeTarget(space, shape, operand) : pageTarget(space, shape, operand);
}

/** VA[55:12], or IPA[51:12] in stage 2, and TTL in bits 47:44. */
function pageTarget(space: Space, shape: Shape, operand: bigint): Target | undefined {
  const bits = space.regime === 'stage2' ? 40n : 44n;
  const page = pageAt(space, operand & ((1n << bits) - 1n), 12n, bits);
  const ttl = Number((operand >> 44n) & 15n);
  if (page === undefined) return undefined;
  const granule = granuleOf[ttl >> 2];
  // A hint for tables of another granule: no entry of these needs to be found by it.
  if (granule !== undefined && granule !== space.granule) return undefined;
  return { from: page, to: page + 1, level: granule && leafLevel(shape, ttl & 3) };
}

/** BaseADDR (36:0), TTL (38:37), NUM (43:39), SCALE (45:44) and TG (47:46). */
function rangeTarget(space: Space, shape: Shape, operand: bigint): Target | undefined {
  if (granuleOf[Number((operand >> 46n) & 3n)] !== space.granule) return undefined;
  const unit = shape.format === 'LPA2' ? 16n : BigInt(shape.pageShift);
  const from = pageAt(space, operand & ((1n << 37n) - 1n), unit, 37n);
  if (from === undefined) return undefined;
  const [num, scale] = [Number((operand >> 39n) & 31n), Number((operand >> 44n) & 3n)];
  const ttl = Number((operand >> 37n) & 3n);
  const level = ttl === 0 ? undefined : leafLevel(shape, ttl);
  return { from, to: from + (num + 1) * 2 ** (5 * scale + 1), level };
}

/** A level that has no leaves is a reserved hint, which is as good as none. */
function leafLevel({ firstBlockLevel }: Shape, level: number): number | undefined {
  return level >= firstBlockLevel ? level : undefined;
}

/** The page at an address whose bits above those that the operand holds are those of the space. */
function pageAt(space: Space, field: bigint, unit: bigint, bits: bigint): number | undefined {
  const top = bits + unit;
  const high = (addressInSpace(space, 0) >> top) << top;
  return pageInSpace(space, (field << unit) | high);
}
