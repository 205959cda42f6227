import { addressInSpace, type Shape, type Space, shapeOf } from '../space.ts';
import { type EditOptions, TLBI_LIMIT } from './options.ts';
import type { Stale, StaleEntries } from './stale.ts';
import type { EditStep, TlbiOperation } from './steps.ts';

/** The instructions that forget a row: by page or by range, with the tables above the leaves or the leaves alone. */
interface Operations {
  readonly any: TlbiOperation;
  readonly last: TlbiOperation;
  readonly anyRange: TlbiOperation;
  readonly lastRange: TlbiOperation;
}

const ofOneAsid: Operations = { any: 'vae1is', last: 'vale1is', anyRange: 'rvae1is', lastRange: 'rvale1is' };
const ofAllAsids: Operations = { any: 'vaae1is', last: 'vaale1is', anyRange: 'rvaae1is', lastRange: 'rvaale1is' };
const ofEl2: Operations = { any: 'vae2is', last: 'vale2is', anyRange: 'rvae2is', lastRange: 'rvale2is' };
const ofStage2: Operations = {
  any: 'ipas2e1is',
  last: 'ipas2le1is',
  anyRange: 'ripas2e1is',
  lastRange: 'ripas2le1is',
};

/**
 * The instructions of a regime. Those of EL2 with VHE are issued with HCR_EL2.TGE set, as a host kernel runs: then the
 * EL1 forms act on EL2&0. An ASID reaches global leaves too, but of tables only what was walked for it.
 */
function operationsFor(space: Space, { level, global }: Stale, asid: number | undefined): Operations {
  if (space.regime === 'EL2') return ofEl2;
  if (space.regime === 'stage2') return ofStage2;
  return asid === undefined || (global && level === undefined) ? ofAllAsids : ofOneAsid;
}

const DONE: EditStep = { kind: 'dsb', domain: 'ish' };

/** The steps that make all TLBs forget something, done when they end. */
export function invalidate(space: Space, stale: StaleEntries, options: EditOptions): EditStep[] {
  if (stale.count === 0) return [];
  const { tlbiLimit = TLBI_LIMIT, rangeTlbi = false } = options;
  if (!rangeTlbi && stale.count > tlbiLimit) return [everything(space, stale, options), DONE];
  const steps = stale.rows.flatMap((row) => forget(space, row, options));
  if (steps.length > tlbiLimit) return [everything(space, stale, options), DONE];
  steps.push(DONE);
  // TLBs may hold both stages as one entry, which no TLBI by IPA reaches.
  if (space.regime === 'stage2') steps.push({ kind: 'tlbi', operation: 'vmalle1is' }, DONE);
  return steps;
}

function everything({ regime }: Space, { rows }: StaleEntries, { asid }: EditOptions): EditStep {
  if (asid !== undefined && !rows.some(({ global }) => global))
    return { kind: 'tlbi', operation: 'aside1is', operand: BigInt(asid) << 48n };
  if (regime === 'EL2') return { kind: 'tlbi', operation: 'alle2is' };
  return { kind: 'tlbi', operation: regime === 'stage2' ? 'vmalls12e1is' : 'vmalle1is' };
}

/** How many instructions forget rows: exactly, unless they are more than the limit. */
export function countTlbis(
  shape: Shape,
  rows: readonly Stale[],
  { rangeTlbi, tlbiLimit = TLBI_LIMIT }: EditOptions,
): number {
  let count = 0;
  for (const row of rows)
    for (const _ of piecesOf(shape, row, rangeTlbi)) {
      count += 1;
      if (count > tlbiLimit) return count;
    }
  return count;
}

/** What one instruction forgets: a range, or the one entry at a page. */
interface Piece {
  readonly page: number;
  readonly range: Range | undefined;
}

/** A row in pieces, by ranges where the CPUs have them and they have more than one entry. */
function* piecesOf(shape: Shape, { page, span, count }: Stale, rangeTlbi = false): Generator<Piece> {
  const end = page + count * span;
  for (let at = page; at < end; ) {
    const range = rangeTlbi ? rangeFrom(shape, at, end - at, span) : undefined;
    yield { page: at, range };
    at += range === undefined ? span : rangePages(range);
  }
}

/** The instructions that forget one row. */
function forget(space: Space, row: Stale, options: EditOptions): EditStep[] {
  const operations = operationsFor(space, row, options.asid);
  const [one, several] =
    row.level === undefined ? [operations.any, operations.anyRange] : [operations.last, operations.lastRange];
  const asid = operations === ofOneAsid ? options.asid : 0;
  const steps: EditStep[] = [];
  for (const { page, range } of piecesOf(shapeOf(space), row, options.rangeTlbi))
    steps.push(
      range === undefined
        ? { kind: 'tlbi', operation: one, operand: pageOperand(space, page, row.level, asid) }
        : { kind: 'tlbi', operation: several, operand: rangeOperand(space, page, range, row.level, asid) },
    );
  return steps;
}

const granuleCode = { '4K': 1n, '16K': 2n, '64K': 3n } as const;

/** VA[55:12] or IPA[51:12], TTL (bits 47:44, FEAT_TTL; older CPUs ignore it) and ASID (bits 63:48). */
function pageOperand(space: Space, page: number, level: number | undefined, asid = 0): bigint {
  const address = (addressInSpace(space, page) >> 12n) & ((1n << (space.regime === 'stage2' ? 40n : 44n)) - 1n);
  const ttl = level === undefined ? 0n : (granuleCode[space.granule] << 2n) | BigInt(level);
  return address | (ttl << 44n) | (BigInt(asid) << 48n);
}

/** NUM and SCALE of a range: (NUM + 1) << (5 * SCALE + 1) pages. */
interface Range {
  readonly scale: number;
  readonly num: number;
}

const rangePages = ({ scale, num }: Range): number => (num + 1) * 2 ** (5 * scale + 1);

/**
 * The longest range from a page on that ends by the last page; undefined where it has no more than one entry, which an instruction
 * by address forgets as well.
 */
function rangeFrom(shape: Shape, page: number, pages: number, entryPages: number): Range | undefined {
  // In the LPA2 layout a range starts at a multiple of 64 KiB.
  if (page % basePages(shape) !== 0) return undefined;
  for (let scale = 3; scale >= 0; scale--) {
    const units = Math.floor(pages / 2 ** (5 * scale + 1));
    const range = { scale, num: Math.min(units, 32) - 1 };
    if (units > 0) return rangePages(range) > entryPages ? range : undefined;
  }
  return undefined;
}

/** Pages in one unit of BaseADDR. */
function basePages({ format, pageShift }: Shape): number {
  return format === 'LPA2' ? 2 ** (16 - pageShift) : 1;
}

/** ASID (63:48), TG (47:46), SCALE (45:44), NUM (43:39), TTL (38:37; level 0 has none) and BaseADDR (36:0). */
function rangeOperand(space: Space, page: number, { scale, num }: Range, level: number | undefined, asid = 0): bigint {
  const shape = shapeOf(space);
  const unit = BigInt(shape.format === 'LPA2' ? 16 : shape.pageShift);
  const base = (addressInSpace(space, page) >> unit) & ((1n << 37n) - 1n);
  const low = base | (BigInt(level ?? 0) << 37n) | (BigInt(num) << 39n) | (BigInt(scale) << 44n);
  return low | (granuleCode[space.granule] << 46n) | (BigInt(asid) << 48n);
}
