/** Memory types by their architectural names (MAIR_EL1). */
export type MemoryType =
  | 'Normal'
  | 'Normal-WT'
  | 'Normal-NC'
  | 'Normal-Tagged'
  /** Inner and outer caches differ, which no sane system asks for. */
  | 'Normal-mixed'
  | 'Device-GRE'
  | 'Device-nGRE'
  | 'Device-nGnRE'
  | 'Device-nGnRnE';

/** The types of {@link mairValue}, in the order of their indexes: write-back is index 0. */
const bytes: readonly (readonly [MemoryType, number])[] = [
  ['Normal', 0xff],
  ['Normal-NC', 0x44],
  ['Device-nGnRE', 0x04],
  ['Device-nGnRnE', 0x00],
  ['Device-nGRE', 0x08],
  ['Device-GRE', 0x0c],
  ['Normal-WT', 0xbb],
  ['Normal-Tagged', 0xf0],
];

const OURS = bytes.reduce((mair, [, byte], index) => mair | (BigInt(byte) << BigInt(8 * index)), 0n);

/** The MAIR value of this library: every index has a memory type. */
export function mairValue(): bigint {
  return OURS;
}

/** The byte of a MAIR value at an index, 0 to 7. */
export function mairByte(mair: bigint, index: number): number {
  return Number((mair >> BigInt(8 * index)) & 0xffn);
}

/** What one byte of MAIR means; `undefined` where it is reserved. */
export function memoryTypeOf(byte: number): MemoryType | undefined {
  const outer = byte >> 4;
  const inner = byte & 15;
  if (outer === 0) return (inner & 3) < 2 ? deviceTypes[inner >> 2] : undefined; // bit 0: the XS attribute
  if (byte === 0xf0) return 'Normal-Tagged';
  if (inner === 0) return undefined;
  const [far, near] = [cachingOf(outer), cachingOf(inner)];
  return far === near ? far : 'Normal-mixed';
}

const deviceTypes = ['Device-nGnRnE', 'Device-nGnRE', 'Device-nGRE', 'Device-GRE'] as const;

/** One half of a byte for Normal memory: write-through and write-back each exist as transient too. */
function cachingOf(half: number): MemoryType {
  if (half === 4) return 'Normal-NC';
  return (half & 4) === 0 ? 'Normal-WT' : 'Normal';
}

/** The first index that a MAIR value has for a type, -1 where it has none. */
export function indexOfType(mair: bigint, type: MemoryType): number {
  for (let index = 0; index < 8; index++) if (memoryTypeOf(mairByte(mair, index)) === type) return index;
  return -1;
}

/** The type of MemAttr[3:0] in a stage 2 descriptor (without FEAT_S2FWB). */
export function stage2TypeOf(memAttr: number): MemoryType | undefined {
  if (memAttr < 4) return deviceTypes[memAttr];
  const [far, near] = [stage2Caching[memAttr >> 2], stage2Caching[memAttr & 3]];
  return far === near ? far : near === undefined ? undefined : 'Normal-mixed';
}

const stage2Caching = [undefined, 'Normal-NC', 'Normal-WT', 'Normal'] as const;

/** MemAttr[3:0] of a type, -1 where stage 2 cannot say it. */
export function stage2Index(type: MemoryType): number {
  for (let memAttr = 0; memAttr < 16; memAttr++)
    if (stage2TypeOf(memAttr) === type && type !== 'Normal-mixed') return memAttr;
  return -1;
}
