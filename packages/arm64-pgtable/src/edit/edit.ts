import { type Attributes, type DescriptorBits, encodeAttributes, namedBits, underTables } from '../attributes.ts';
import type { DescriptorHalves } from '../descriptor.ts';
import { TABLE_LIMITS } from '../descriptor-bits.ts';
import { leafBits, leafOf, sameHalves } from '../descriptor-kind.ts';
import { PageTableError } from '../error.ts';
import { hex } from '../hex.ts';
import { type Mapping, mayBeLeaf, type PageRun, tellRuns } from '../mapping.ts';
import type { PageSpan } from '../page-span.ts';
import { addressInSpace, pageInSpace, type Space } from '../space.ts';
import { clearEntry, type Draft, type DraftTable, entryOf, setEntry } from './draft.ts';

/** A change to the tables of an address space. Addresses and sizes are in bytes and multiples of the granule. */
export type Edit =
  /** Maps what is not mapped yet. */
  | { readonly kind: 'map'; readonly mapping: Mapping }
  /** Unmaps what is mapped in a range; holes in it are passed over, as munmap does. */
  | { readonly kind: 'unmap'; readonly va: bigint; readonly size: bigint }
  /** Gives a range, all of which is mapped, other attributes. */
  | { readonly kind: 'protect'; readonly va: bigint; readonly size: bigint; readonly attributes: Attributes }
  /**
   * Splits blocks until the entry that maps `va` is at `level` or below, and takes the contiguous hint from it, so that
   * it can be changed alone later.
   */
  | { readonly kind: 'split'; readonly va: bigint; readonly level: number }
  /**
   * Makes the tables in a range the largest blocks and contiguous groups that say the same. By default the range is the
   * largest block of the space that would hold `va`.
   */
  | { readonly kind: 'merge'; readonly va: bigint; readonly size?: bigint };

/**
 * Splits what the edges of an edit run through, so that the edit meets whole entries only. Nothing is translated
 * differently afterwards.
 */
export function cutForEdit(draft: Draft, edit: Edit): void {
  if (edit.kind !== 'unmap' && edit.kind !== 'protect') return;
  const { from, to } = rangeOf(draft, edit.va, edit.size);
  const wanted = edit.kind === 'protect' ? encodeAttributes(edit.attributes, draft.space, draft.shape) : undefined;
  cutAt(draft, from, wanted);
  if (to < draft.shape.inputPages) cutAt(draft, to, wanted);
}

/** Draws an edit whose edges are cut already. @throws PageTableError `EINVAL` or `ERANGE` for what cannot be done. */
export function drawEdit(draft: Draft, edit: Edit): void {
  switch (edit.kind) {
    case 'map':
      map(draft, edit.mapping);
      break;
    case 'unmap':
      overTops(draft, rangeOf(draft, edit.va, edit.size), (table, range) => unmap(draft, table, range));
      break;
    case 'protect': {
      const bits = encodeAttributes(edit.attributes, draft.space, draft.shape);
      overTops(draft, rangeOf(draft, edit.va, edit.size), (table, range) => protect(draft, table, range, bits));
      break;
    }
    case 'split':
      splitTo(draft, pageOf(draft, edit.va), edit.level);
      break;
    case 'merge':
      overTops(draft, mergeRange(draft, edit), (table, range) => merge(draft, table, range));
      break;
    default:
      throw refusal(`there is no edit of kind ${kindOfUnknown(edit)}`, 'use map, unmap, protect, split or merge');
  }
}

/** Edits come from files too. */
function kindOfUnknown(edit: never): string {
  const { kind }: { kind?: unknown } = Object(edit);
  return String(kind);
}

function overTops(draft: Draft, range: PageSpan, visit: (table: DraftTable, range: PageSpan) => void): void {
  for (const table of draft.topsOf(range.from, range.to)) visit(table, range);
}

/** Calls back for every entry of a table that a range touches, with the pages of the entry. */
function overEntries(
  draft: Draft,
  table: DraftTable,
  { from, to }: PageSpan,
  visit: (index: number, entry: PageSpan, whole: boolean) => void,
): void {
  const span = draft.span(table);
  const first = Math.max(Math.floor((from - table.base) / span), 0);
  const last = Math.min(Math.ceil((to - table.base) / span), draft.entries);
  for (let index = first; index < last; index++) {
    const start = table.base + index * span;
    visit(index, { from: start, to: start + span }, from <= start && start + span <= to);
  }
}

/** Splits and loosens until an entry starts at a page; leaves that are as `wanted` already stay. */
function cutAt(draft: Draft, page: number, wanted: DescriptorBits | undefined): void {
  let table = draft.top(page);
  for (;;) {
    const span = draft.span(table);
    const index = Math.floor((page - table.base) / span);
    const kind = draft.kind(table, index);
    if (kind === 'invalid') return;
    if (kind === 'table') {
      table = draft.child(table, index);
      continue;
    }
    if (wanted !== undefined && isDressed(draft, entryOf(table, index), wanted)) return;
    if (table.base + index * span === page) {
      const group = draft.shape.contiguous[table.level] ?? 1;
      if (index % group !== 0) draft.loosen(table, index);
      return;
    }
    table = draft.split(table, index, true);
  }
}

function map(draft: Draft, mapping: Mapping): void {
  const bits = encodeAttributes(mapping.attributes, draft.space, draft.shape);
  const put = (run: PageRun) =>
    overTops(draft, { from: run.page, to: run.page + run.pages }, (table) => mapIn(draft, table, run, bits));
  tellRuns(draft.space, draft.shape, [mapping], () => ({ put }));
}

function mapIn(draft: Draft, table: DraftTable, run: PageRun, bits: DescriptorBits): void {
  const span = draft.span(table);
  let first = draft.entries;
  let last = -1;
  overEntries(draft, table, { from: run.page, to: run.page + run.pages }, (index, entry, whole) => {
    const kind = draft.kind(table, index);
    if (kind === 'leaf')
      throw refusal(`${address(draft, Math.max(entry.from, run.page))} is mapped already`, 'unmap it first');
    const frame = run.frame + entry.from - run.page;
    if (kind === 'invalid' && whole && frame % span === 0 && mayBeLeaf(draft.shape, table.level, run)) {
      checkLimits(draft, table, bits);
      setEntry(table, index, leafOf(draft.shape, table.level, frame, bits));
      first = Math.min(first, index);
      last = index;
    } else mapIn(draft, kind === 'table' ? draft.child(table, index) : draft.add(table, index), run, bits);
  });
  // All entries that are whole in the run were empty, so that a group among them is the run's alone.
  if (run.contiguous !== false && last >= 0) draft.join(table, first, last + 1);
}

function unmap(draft: Draft, table: DraftTable, range: PageSpan): void {
  overEntries(draft, table, range, (index, _entry, whole) => {
    const kind = draft.kind(table, index);
    if (kind === 'invalid') return;
    if (kind === 'table' && !whole) {
      const below = draft.child(table, index);
      unmap(draft, below, range);
      if (!isEmpty(draft, below)) return;
    }
    clearEntry(table, index);
  });
}

function isEmpty(draft: Draft, table: DraftTable): boolean {
  for (let index = 0; index < draft.entries; index++) if (draft.kind(table, index) !== 'invalid') return false;
  return true;
}

function protect(draft: Draft, table: DraftTable, range: PageSpan, bits: DescriptorBits): void {
  overEntries(draft, table, range, (index, entry) => {
    const kind = draft.kind(table, index);
    if (kind === 'invalid')
      throw refusal(`${address(draft, Math.max(entry.from, range.from))} is not mapped`, 'map it first');
    if (kind === 'table') protect(draft, draft.child(table, index), range, bits);
    else dress(draft, table, index, bits);
  });
}

/** Gives a leaf other attributes; what these do not name stays: output, contiguous hint, NS, PBHA. */
function dress(draft: Draft, table: DraftTable, index: number, bits: DescriptorBits): void {
  checkLimits(draft, table, bits);
  const { low, high } = entryOf(table, index);
  const named = namedBits(draft.space, draft.shape);
  setEntry(table, index, { low: (low & ~named.low) | bits.low, high: (high & ~named.high) | bits.high });
}

/** Whether a leaf has the attributes that are wanted already. */
function isDressed({ space, shape }: Draft, { low, high }: DescriptorHalves, wanted: DescriptorBits): boolean {
  const named = namedBits(space, shape);
  return sameHalves({ low: low & named.low, high: high & named.high }, wanted);
}

/** Limits in table descriptors would make less of the attributes than was asked for (APTable, PXNTable, UXNTable). */
function checkLimits(draft: Draft, table: DraftTable, bits: DescriptorBits): void {
  if (sameHalves(underTables(bits.low, bits.high, table.limits, draft.space), bits)) return;
  throw refusal(`a table above ${address(draft, table.base)} limits what is below`, 'ask for less');
}

function splitTo(draft: Draft, page: number, level: number): void {
  if (!Number.isInteger(level) || level < draft.shape.firstBlockLevel || level > 3)
    throw refusal(`no entry can be split to level ${level}`, `use ${draft.shape.firstBlockLevel} to 3`);
  let table = draft.top(page);
  for (;;) {
    const index = Math.floor((page - table.base) / draft.span(table));
    const kind = draft.kind(table, index);
    if (kind === 'invalid') throw refusal(`${address(draft, page)} is not mapped`, 'map it first');
    if (kind === 'table') table = draft.child(table, index);
    else if (table.level < level) table = draft.split(table, index, false);
    else {
      draft.loosen(table, index);
      return;
    }
  }
}

function merge(draft: Draft, table: DraftTable, range: PageSpan): void {
  let first = draft.entries;
  let last = -1;
  overEntries(draft, table, range, (index, _entry, whole) => {
    if (whole) {
      first = Math.min(first, index);
      last = index;
    }
    if (draft.kind(table, index) !== 'table') return;
    const below = draft.child(table, index);
    merge(draft, below, range);
    if (whole && isOneBlock(draft, table, index, below)) toBlock(draft, table, index, below);
  });
  draft.join(table, first, last + 1);
}

/** What the leaves below say is all that holds for them: the table descriptor sets no limits. */
function isOneBlock(draft: Draft, table: DraftTable, index: number, below: DraftTable): boolean {
  return (
    table.level >= draft.shape.firstBlockLevel &&
    (entryOf(table, index).high & TABLE_LIMITS) === 0 &&
    draft.continues(below, 0, draft.entries)
  );
}

function toBlock(draft: Draft, table: DraftTable, index: number, below: DraftTable): void {
  const bits = leafBits(draft.shape, entryOf(below, 0));
  const frame = draft.output(below, 0);
  clearEntry(table, index);
  setEntry(table, index, leafOf(draft.shape, table.level, frame, bits));
}

function mergeRange(draft: Draft, edit: Extract<Edit, { kind: 'merge' }>): PageSpan {
  if (edit.size !== undefined) return rangeOf(draft, edit.va, edit.size);
  const { indexBits, firstBlockLevel, startLevel, inputPages } = draft.shape;
  const span = 2 ** (indexBits * (3 - Math.max(firstBlockLevel, startLevel)));
  const page = pageOf(draft, edit.va);
  const from = page - (page % span);
  return { from, to: Math.min(from + span, inputPages) };
}

function rangeOf({ space, shape }: Draft, va: bigint, size: bigint): PageSpan {
  const from = pageInSpace(space, va);
  const what = `${hex(va)}, size ${hex(size)}`;
  const mask = (1n << BigInt(shape.pageShift)) - 1n;
  if (size <= 0n || ((va | size) & mask) !== 0n)
    throw new PageTableError('EINVAL', `${what}, is not whole pages`, `use multiples of ${space.granule}`, {
      address: va,
    });
  const pages = Number(size >> BigInt(shape.pageShift));
  if (from === undefined || from + pages > shape.inputPages) throw outside(space, what, va);
  return { from, to: from + pages };
}

function pageOf({ space }: Draft, va: bigint): number {
  const page = pageInSpace(space, va);
  if (page === undefined) throw outside(space, hex(va), va);
  return page;
}

function outside({ vaBits }: Space, what: string, address: bigint): PageTableError {
  return new PageTableError(
    'ERANGE',
    `${what} is outside the space of ${vaBits} bits`,
    'stay inside it, or take more bits',
    {
      address,
    },
  );
}

const address = ({ space }: { readonly space: Space }, page: number): string => hex(addressInSpace(space, page));

function refusal(message: string, hint: string): PageTableError {
  return new PageTableError('EINVAL', message, hint);
}
