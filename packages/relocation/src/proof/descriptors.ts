import { mairByte, mairValue, type Shape, shapeOf } from '@kexeckit/arm64-pgtable';
import { hex } from '../page.ts';
import type { Ledger } from './ledger.ts';
import type { LoadedTranslation } from './translation.ts';
import { type PlanView, wordsOf } from './view.ts';

// Bits of a descriptor (Arm ARM D8.3); those of the high half are told from bit 32.
const TYPE = 3;
const TABLE_OR_PAGE = 3;
const BLOCK = 1;
const INDEX = 7 << 2;
const AP_USER = 1 << 6;
const AP_READ_ONLY = 1 << 7;
const SH = 3 << 8;
const SH_OUTER = 2 << 8;
const AF = 1 << 10;
const PXN = 1 << (53 - 32);
const UXN = 1 << (54 - 32);
const CONTIGUOUS = 1 << (52 - 32);

/** Bytes of MAIR that a descriptor may refer to: write-back, and Device-nGnRE. */
const NORMAL = 0xff;
const DEVICE = 0x04;

/** Entries in a table, and in a group that the contiguous bit joins: pages and blocks of 4 KiB granules. */
const ENTRIES = 512;
const GROUP = 16;

/** What the descriptors of one space have in common. */
interface Format {
  readonly mair: bigint;
  readonly isLpa2: boolean;
  /** One privilege level: AP[1] is RES1, PXN and nG are RES0. */
  readonly isSingle: boolean;
}

/** A table that is reached, and the bits of a descriptor that hold an output address at its level. */
interface Level {
  readonly number: number;
  readonly addressLow: number;
  readonly addressHigh: number;
}

type Complain = (table: number, index: number, detail: string) => void;

/** Every bit of every entry of every table page: what is used is canonical, what is not is zero. */
export function checkDescriptors(view: PlanView, { space, root }: LoadedTranslation, ledger: Ledger): void {
  const shape = shapeOf(space);
  const format: Format = {
    mair: space.mair ?? mairValue(),
    isLpa2: shape.format === 'LPA2',
    isSingle: space.regime === 'EL2',
  };
  const complain: Complain = (table, index, detail) =>
    ledger.violated('descriptors', table, ['tables'], `entry ${index} of this table ${detail}`);
  const owned = new Set(view.controlPages('table').map(({ pfn }) => pfn));
  const waiting = [{ table: root, level: shape.startLevel }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { table, level } = next;
    const words = wordsOf(view.image, table);
    if (!owned.delete(table) || words === undefined) {
      ledger.violated('descriptors', table, ['tables'], 'it is read as a table, and is not one that the plan has');
      continue;
    }
    ledger.checked('descriptors', ENTRIES);
    const below = checkTable(words, table, levelOf(shape, level), format, complain);
    for (const child of below) waiting.push({ table: child, level: level + 1 });
  }
  for (const pfn of owned) ledger.violated('descriptors', pfn, ['tables'], 'nothing leads to this table');
}

/** Bits 47:12 of an address, less those below the size of a block; with LPA2 bits 49:48 and 9:8 too. */
function levelOf(shape: Shape, number: number): Level {
  const shift = shape.pageShift + shape.indexBits * (3 - number);
  const isLpa2 = shape.format === 'LPA2';
  return {
    number,
    addressLow: (shift >= 32 ? 0 : (-1 << shift) >>> 0) | (isLpa2 ? SH : 0),
    addressHigh: (isLpa2 ? 0x3_ffff : 0xffff) & (shift > 32 ? -1 << (shift - 32) : -1),
  };
}

/** Checks a table; returns the tables that it leads to. */
function checkTable(words: Uint32Array, table: number, level: Level, format: Format, complain: Complain): number[] {
  const below: number[] = [];
  for (let index = 0; index < ENTRIES; index++) {
    const low = words[2 * index] ?? 0;
    const high = words[2 * index + 1] ?? 0;
    if (low === 0 && high === 0) continue;
    const type = low & TYPE;
    if (type === TABLE_OR_PAGE && level.number < 3) {
      below.push(tableOf(low, high, format));
      if (!isCanonicalTable(low, high, format)) complain(table, index, `is not a plain table descriptor`);
    } else if (type === (level.number === 3 ? TABLE_OR_PAGE : BLOCK)) {
      const wrong = wrongLeaf(low, high, level, format);
      if (wrong !== undefined) complain(table, index, wrong);
    } else complain(table, index, `is ${hex(word(low, high))}, which is neither used nor zero`);
  }
  checkGroups(words, table, level, complain);
  return below;
}

const word = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** The page of the table that a descriptor leads to. */
function tableOf(low: number, high: number, { isLpa2 }: Format): number {
  const page = (low >>> 12) + (high & (isLpa2 ? 0x3_ffff : 0xffff)) * 2 ** 20;
  return isLpa2 ? page + ((low >>> 8) & 3) * 2 ** 38 : page;
}

/** Type and address, and no limit for what is below. */
function isCanonicalTable(low: number, high: number, { isLpa2 }: Format): boolean {
  return isLpa2
    ? (low & 0xcff) === TABLE_OR_PAGE && high >>> 18 === 0
    : (low & 0xfff) === TABLE_OR_PAGE && high >>> 16 === 0;
}

/** What is wrong with a page or block descriptor. */
function wrongLeaf(low: number, high: number, level: Level, format: Format): string | undefined {
  const byte = mairByte(format.mair, (low & INDEX) >>> 2);
  if (byte !== NORMAL && byte !== DEVICE) return `is of memory type ${hex(byte)}`;
  if ((low & AF) === 0) return 'has no access flag';
  if (!format.isLpa2 && (low & SH) !== (byte === NORMAL ? SH : SH_OUTER)) return 'has another shareability';
  const user = format.isSingle ? AP_USER : 0;
  if ((low & AP_USER) !== user) return `has AP[1] ${user === 0 ? 'set' : 'clear'}`;
  const never = format.isSingle ? 0 : UXN;
  if ((high & never) !== never) return 'is executable at EL0';
  const lowUses = level.addressLow | TYPE | INDEX | AP_USER | AP_READ_ONLY | AF | SH;
  const highUses = level.addressHigh | UXN | CONTIGUOUS | (format.isSingle ? 0 : PXN);
  if ((low & ~lowUses) !== 0 || (high & ~highUses) !== 0)
    return `sets bits ${hex(word(low & ~lowUses, high & ~highUses))}, which it has no use for`;
  return undefined;
}

/** The contiguous bit is set in all entries of a group or in none, and a group continues itself from an aligned output on. */
function checkGroups(words: Uint32Array, table: number, level: Level, complain: Complain): void {
  for (let group = 0; group < ENTRIES; group += GROUP) {
    let marked = 0;
    for (let index = group; index < group + GROUP; index++)
      if ((words[2 * index] ?? 0) !== 0 && ((words[2 * index + 1] ?? 0) & CONTIGUOUS) !== 0) marked += 1;
    if (marked === 0) continue;
    if (marked !== GROUP) complain(table, group, 'begins a contiguous group that is not whole');
    else if (!continuesItself(words, group, level))
      complain(table, group, 'begins a group that does not continue itself');
  }
}

function continuesItself(words: Uint32Array, group: number, { number }: Level): boolean {
  const step = 1n << BigInt(12 + 9 * (3 - number));
  const first = word(words[2 * group] ?? 0, words[2 * group + 1] ?? 0);
  if ((first & (15n * step)) !== 0n) return false;
  for (let at = 1; at < GROUP; at++) {
    const next = word(words[2 * (group + at)] ?? 0, words[2 * (group + at) + 1] ?? 0);
    if (next !== first + BigInt(at) * step) return false;
  }
  return true;
}
