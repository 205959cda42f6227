/** Memory types by their architectural names, in the order of their MAIR indexes here (Arm ARM B2.10, D24 `MAIR`). */
export type MemoryType = 'Normal' | 'Normal-NC' | 'Device-nGnRE' | 'Device-nGnRnE';

const memoryTypes: readonly { readonly type: MemoryType; readonly mair: bigint }[] = [
  { type: 'Normal', mair: 0xffn },
  { type: 'Normal-NC', mair: 0x44n },
  { type: 'Device-nGnRE', mair: 0x04n },
  { type: 'Device-nGnRnE', mair: 0x00n },
];

/** What a mapping allows. All mappings are for the privileged level that owns the tables. */
export interface Attributes {
  readonly type: MemoryType;
  readonly writable: boolean;
  readonly executable: boolean;
}

/** The translation regime whose descriptors differ: two privilege levels (EL1&0) or one (EL2). */
export type Regime = 'EL1' | 'EL2';

// Descriptor bits, stage 1 (Arm ARM D8.3.2, "VMSAv8-64 descriptor formats").
const ATTR_INDEX_SHIFT = 2; // AttrIndx[2:0], an index into MAIR
const AP_SINGLE = 1 << 6; // AP[1]: unprivileged access; RES1 in a regime with one privilege level
const AP_READ_ONLY = 1 << 7; // AP[2]
const SH_INNER = 3 << 8; // SH[1:0]: inner shareable
const SH_OUTER = 2 << 8; // Device and Normal-NC behave as outer shareable whatever this says
const AF = 1 << 10; // access flag: clear would fault at the first access
const PXN = 1 << (53 - 32); // privileged execute-never, high half
const UXN = 1 << (54 - 32); // unprivileged execute-never; XN in a regime with one privilege level, high half

/** The attribute bits of a block or page descriptor, as 32-bit halves. */
export interface DescriptorBits {
  readonly low: number;
  readonly high: number;
}

/** The descriptor bits of attributes in a regime. */
export function encodeAttributes(attributes: Attributes, regime: Regime): DescriptorBits {
  const index = memoryTypes.findIndex(({ type }) => type === attributes.type);
  const low =
    (index << ATTR_INDEX_SHIFT) |
    (attributes.writable ? 0 : AP_READ_ONLY) |
    (attributes.type === 'Normal' ? SH_INNER : SH_OUTER) |
    (regime === 'EL2' ? AP_SINGLE : 0) |
    AF;
  const never = regime === 'EL2' ? UXN : PXN;
  const high = (regime === 'EL1' ? UXN : 0) | (attributes.executable ? 0 : never);
  return { low, high };
}

/** What the bits of a block or page descriptor allow; `undefined` for a memory type that `mairValue` does not hold. */
export function decodeAttributes(low: number, high: number, regime: Regime): Attributes | undefined {
  const type = memoryTypes[(low >>> ATTR_INDEX_SHIFT) & 7]?.type;
  if (type === undefined) return undefined;
  return {
    type,
    writable: (low & AP_READ_ONLY) === 0,
    executable: (high & (regime === 'EL2' ? UXN : PXN)) === 0,
  };
}

/** Whether a block or page descriptor has its access flag set. */
export function isAccessible(low: number): boolean {
  return (low & AF) !== 0;
}

/** The MAIR value that gives every index its memory type. */
export function mairValue(): bigint {
  return memoryTypes.reduce((mair, { mair: byte }, index) => mair | (byte << BigInt(8 * index)), 0n);
}
