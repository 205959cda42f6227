import type { EditStep } from '../src/index.ts';
import type { Layout } from './walker-descriptors.ts';

/** What a TLBI must make TLBs forget, decoded from the instruction by itself. */
export interface Forgets {
  readonly from: bigint;
  readonly to: bigint;
  /** Walk caches too. */
  readonly tables: boolean;
  /** Leaves of this level only. */
  readonly level: number | undefined;
  readonly asid: bigint | undefined;
  /** Not what is global. */
  readonly ownOnly: boolean;
  /** Of stage 2: its own entries, and those that hold both stages. */
  readonly stage2: boolean;
  readonly combined: boolean;
}

const everything = (layout: Layout): Forgets => ({
  ...{ from: 0n, to: layout.inputPages, tables: true, level: undefined, asid: undefined, ownOnly: false },
  ...{ stage2: true, combined: true },
});

/** Undefined for an instruction of another regime, or one that names nothing here. */
export function forgetsOf(layout: Layout, step: Extract<EditStep, { kind: 'tlbi' }>): Forgets | undefined {
  const { operation, operand = 0n } = step;
  if (layout.isStage2) {
    if (operation === 'vmalle1is') return { ...everything(layout), stage2: false };
    if (operation === 'vmalls12e1is' || operation === 'alle1is') return everything(layout);
    const named = /^(r?)ipas2(l?)e1is$/.exec(operation);
    return named === null
      ? undefined
      : { ...placed(layout, named[1] === 'r', named[2] === 'l', operand), combined: false };
  }
  const at = layout.isEl2 ? /^(r?)va(l?)e2is$/.exec(operation) : /^(r?)va(l?)e1is$/.exec(operation);
  const ofAll = layout.isEl2 ? null : /^(r?)vaa(l?)e1is$/.exec(operation);
  if (operation === (layout.isEl2 ? 'alle2is' : 'vmalle1is')) return everything(layout);
  if (operation === 'aside1is' && layout.hasAsids)
    return { ...everything(layout), asid: operand >> 48n, ownOnly: true };
  const named = at ?? ofAll;
  if (named === null) return undefined;
  const place = placed(layout, named[1] === 'r', named[2] === 'l', operand);
  return at !== null && layout.hasAsids ? { ...place, asid: operand >> 48n } : place;
}

const NOWHERE = { from: 0n, to: 0n };

function placed(layout: Layout, isRange: boolean, last: boolean, operand: bigint): Forgets {
  const rest = { tables: !last, asid: undefined, ownOnly: false, stage2: true, combined: false };
  if (!isRange) {
    const page = pageAt(layout, (operand & ((1n << 44n) - 1n)) << 12n, 56n);
    const [code, level] = [(operand >> 46n) & 3n, (operand >> 44n) & 3n];
    if (layout.isStage2 && (operand >> 40n) % 16n !== 0n) return { ...NOWHERE, level: undefined, ...rest };
    if (code === 0n) return { from: page, to: page + 1n, level: undefined, ...rest };
    // A hint at another granule promises nothing; with a level no table need go.
    if (code !== layout.granuleCode) return { ...NOWHERE, level: undefined, ...rest };
    return { from: page, to: page + 1n, ...rest, ...leafAt(layout, Number(level), rest.tables) };
  }
  if (((operand >> 46n) & 3n) !== layout.granuleCode) return { ...NOWHERE, level: undefined, ...rest };
  const unit = layout.isLpa2 ? 16n : layout.shift;
  const from = pageAt(layout, (operand & ((1n << 37n) - 1n)) << unit, 37n + unit);
  const [num, scale, level] = [(operand >> 39n) & 31n, (operand >> 44n) & 3n, Number((operand >> 37n) & 3n)];
  const to = from + (num + 1n) * (1n << (5n * scale + 1n));
  return { from, to, ...rest, ...(level === 0 ? { level: undefined } : leafAt(layout, level, rest.tables)) };
}

function leafAt(layout: Layout, level: number, tables: boolean): Pick<Forgets, 'level' | 'tables'> {
  return level < layout.firstBlock ? { level: undefined, tables } : { level, tables: false };
}

/** The page at an address of which the operand has the low bits. */
function pageAt({ base, shift }: Layout, address: bigint, bits: bigint): bigint {
  return BigInt.asUintN(Number(bits), address - base) >> shift;
}
