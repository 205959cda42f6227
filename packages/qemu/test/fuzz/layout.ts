import {
  type Attributes,
  buildTables,
  countTables,
  type Mapping,
  type Space,
  translationRegisters,
} from '@kexeckit/arm64-pgtable';
import { BARE_METAL_BASE, type MemoryPiece } from '../../src/index.ts';

const KIB4 = 0x1000n;

/** Physical, and for the driver itself virtual, addresses. */
export const CODE: bigint = BARE_METAL_BASE;
export const VECTORS: bigint = CODE + 0x1_0000n;
/** What the windows and the SIMD registers hold at the start of each case; and where the latter are put at its end. */
export const PRISTINE: bigint = CODE + 0x2_0000n;
export const SIMD_START: bigint = CODE + 0x3_0000n;
export const SIMD_END: bigint = CODE + 0x3_1000n;
const PAGES: bigint = CODE + 0x4_0000n;
const TABLES: bigint = CODE + 0x8_0000n;
const SLOTS: bigint = CODE + 0x10_0000n;
export const RECORDS: bigint = CODE + 0x40_0000n;
/** RAM in bytes. */
export const MEMORY: bigint = 64n << 20n;

/** Bytes of a record, and of the place of a case's word. */
export const RECORD = 320;
export const SLOT = 64;
/** How many cases fit in one run. */
export const MOST_CASES: number = Number(RECORDS - SLOTS) / SLOT;

/** Where the words of cases are executed: far from anything that a branch could reach. */
export const SLOTS_VA: bigint = 0x20_0000_0000n;

/** Pages of every kind, one behind the other; the second begins at 4 GiB. */
const PAGES_VA: bigint = 0xffff_f000n;
export const page = (number: number): bigint => PAGES_VA + BigInt(number) * KIB4;

const normal: Attributes = { type: 'Normal', writable: true, executable: false };
const kinds: readonly (Attributes | undefined)[] = [
  normal,
  normal,
  { ...normal, writable: false },
  undefined,
  { ...normal, user: true },
  { ...normal, writable: false, user: true },
  { ...normal, accessed: false },
  undefined,
  { ...normal, type: 'Device-nGnRE' },
  undefined,
  // What EL0 may write is not executed at EL1, whatever PXN says.
  { ...normal, user: true, executable: true },
];
export const READ_ONLY = 2;
export const UNMAPPED = 3;
export const USER = 4;
const USER_READ_ONLY = 5;
export const OLD = 6;
export const DEVICE = 8;
export const USER_CODE = 10;

/** What is looked at of memory after each case, and put back before the next. */
export const observed: readonly { readonly va: bigint; readonly size: number }[] = [
  { va: page(1) - 256n, size: 512 },
  { va: page(READ_ONLY) - 128n, size: 128 },
  { va: page(USER), size: 128 },
  { va: page(USER_READ_ONLY) - 128n, size: 128 },
  { va: page(DEVICE), size: 128 },
];

/** Where loads and stores of a case begin, at most 64 bytes each. */
export const windows: readonly { readonly from: bigint; readonly size: number }[] = [
  { from: page(1) - 256n, size: 448 },
  { from: page(1) - 64n, size: 96 },
  { from: page(READ_ONLY) - 128n, size: 192 },
  { from: page(UNMAPPED) - 64n, size: 128 },
  { from: page(USER) - 64n, size: 128 },
  { from: page(USER_READ_ONLY) - 128n, size: 192 },
  { from: page(OLD) - 64n, size: 128 },
  { from: page(DEVICE), size: 64 },
];

const SPACE: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const TBI0 = 1n << 37n;

function mappings(): Mapping[] {
  const code: Attributes = { type: 'Normal', writable: false, executable: true };
  const identity = (pa: bigint, size: bigint, attributes: Attributes): Mapping => ({ va: pa, pa, size, attributes });
  return [
    identity(CODE, VECTORS + 0x1000n - CODE, code),
    identity(PRISTINE, 0x1000n, { ...normal, writable: false }),
    identity(SIMD_START, 0x2000n, normal),
    identity(RECORDS, MEMORY - (RECORDS - 0x4000_0000n), normal),
    { va: SLOTS_VA, pa: SLOTS, size: RECORDS - SLOTS, attributes: code },
    ...kinds.flatMap((attributes, number) =>
      attributes === undefined
        ? []
        : [{ va: page(number), pa: PAGES + BigInt(number) * KIB4, size: KIB4, attributes, contiguous: false }],
    ),
  ];
}

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** The tables, and the values that turn them on. Tags of the lower half are ignored; the upper half is closed. */
export function addressSpace(): {
  readonly pieces: MemoryPiece[];
  readonly ttbr: bigint;
  readonly tcr: bigint;
  readonly mair: bigint;
} {
  const all = mappings();
  const pages = Array.from({ length: countTables(SPACE, all) }, (_, at) => Number(TABLES >> 12n) + at);
  const held = new Map(pages.map((number) => [number, new Uint32Array(1024)]));
  const root = buildTables(SPACE, all, pages, { page: (number) => held.get(number) ?? new Uint32Array(1024) });
  const { ttbr, tcr, mair } = translationRegisters(SPACE, BigInt(root) << 12n);
  const pieces = [...held].map(([number, words]) => ({ address: BigInt(number) << 12n, bytes: bytesOf(words) }));
  return { pieces, ttbr, tcr: tcr | TBI0, mair };
}

/** A BRK, which ends a case that got past its word. */
const BRK: number = 0xd420_2460;

/** The words of cases, each before BRKs up to the next. */
export function slotPiece(words: readonly number[]): MemoryPiece {
  const all = new Uint32Array(MOST_CASES * (SLOT / 4)).fill(BRK);
  words.forEach((word, at) => {
    all[at * (SLOT / 4)] = word;
  });
  return { address: SLOTS, bytes: bytesOf(all) };
}

/** A page of BRKs that EL0 may write. */
export const userCodePiece = (): MemoryPiece => ({
  address: PAGES + BigInt(USER_CODE) * KIB4,
  bytes: bytesOf(new Uint32Array(1024).fill(BRK)),
});
