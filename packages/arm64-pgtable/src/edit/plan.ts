import {
  type DescriptorHalves,
  type DescriptorSource,
  highOfPage,
  lowOfPage,
  TABLE_OR_PAGE,
  type TableMemory,
  wordsAt,
} from '../descriptor.ts';
import {
  ACCESS,
  AF,
  CONTIGUOUS,
  DIRTY,
  GUARDED,
  NOT_GLOBAL,
  NT,
  PXN,
  SOFTWARE,
  TABLE_LIMITS,
  UXN,
} from '../descriptor-bits.ts';
import { type DescriptorKind, sameHalves, walkedKind } from '../descriptor-kind.ts';
import { PageTableError } from '../error.ts';
import { needObject } from '../needed.ts';
import type { Space } from '../space.ts';
import { isGlobal, mayBeCached } from './cached-leaf.ts';
import { Draft, type DraftTable, entryOf, setEntry } from './draft.ts';
import { cutForEdit, drawEdit, type Edit } from './edit.ts';
import { checkOptions, type EditOptions } from './options.ts';
import { type PageTaker, Pool, UnusedPages } from './pool.ts';
import { drawnBranch, liveBranch, saysBlock } from './resize.ts';
import { type Change, losesGlobal, spoil } from './spoil.ts';
import { StaleEntries } from './stale.ts';
import { checkForms } from './step-forms.ts';
import { wordsOfSteps } from './step-words.ts';
import { type EditStep, performWrites } from './steps.ts';
import { invalidate } from './tlbi.ts';

/** An edit of live tables, as data. Nothing is written by planning. */
export interface EditPlan {
  /** What to do, in this order. */
  readonly steps: readonly EditStep[];
  /** Page numbers that become tables: the first ones of the pool. */
  readonly takes: readonly number[];
  /** Page numbers that are tables no longer. Walkers may read them until their invalidation is complete. */
  readonly frees: readonly number[];
  /** The pages in `frees` may be used again when this many steps are done; 0 where there are none. */
  readonly freeFrom: number;
}

/**
 * Plans an edit of tables that CPUs may be walking: which stores, barriers and invalidations, by the rule of
 * break-before-make and no slower than it asks. What changes only what is allowed changes in place;
 * what changes output, type or size is invalid in between, and accesses to it fault meanwhile: do not plan that for the
 * code, stack or tables in use. Where hardware sets access or dirty flags (TCR.HA, TCR.HD), flags that it sets between
 * planning and the last step are lost.
 *
 * @param root page number of the root table.
 * @param edit one edit, or several that are done in this order as one: with one set of barriers and invalidations, and without
 * what lies in between ever being seen.
 * @param pool page numbers for new tables; `tablesForEdit` of them are taken, in order. Their content does not matter.
 * @throws PageTableError `EINVAL` for an edit that makes no sense for what is mapped, `ERANGE` outside the space, `ENOMEM`
 * where the pool runs out, `EBUSY` where it holds a table, `ELOOP` where the edit meets a table that is reached twice.
 */
export function planEdit(
  space: Space,
  root: number,
  source: DescriptorSource,
  edit: Edit | readonly Edit[],
  pool: ArrayLike<number>,
  options: EditOptions = {},
): EditPlan {
  checkOptions(space, options);
  needObject('source of descriptors', source);
  needObject('list of pages', pool);
  const draft = new Draft(space, root, source);
  const from = new Pool(draft.shape, pool, (page) => draft.census.isTable(page));
  return planWith(draft, listOf(edit), from, options);
}

function planWith(draft: Draft, edits: readonly Edit[], from: PageTaker, options: EditOptions): EditPlan {
  const { takes } = from;
  if ((options.bbm ?? 0) === 0) {
    drawAll(draft, edits);
    return { takes, ...settle(draft, from, options) };
  }
  // Blocks can be split while they are used: do that first, so that what stays mapped never faults.
  for (const each of edits) cutForEdit(draft, each);
  const before = settle(draft, from, options);
  const changed = new Draft(draft.space, draft.root, new Overlay(draft.source, draft.entries, before.steps));
  drawAll(changed, edits);
  const { steps, frees, freeFrom } = settle(changed, from, options);
  if (steps.length === 0) return { takes, ...before };
  const cuts = withoutIsb(before.steps);
  return { takes, steps: [...cuts, ...steps], frees, freeFrom: frees.length === 0 ? 0 : cuts.length + freeFrom };
}

/**
 * The exact number of pages that `planEdit` will take from its pool.
 *
 * @param options what will be planned with: where CPUs can change sizes in place, several edits may take more.
 * @throws PageTableError as `planEdit` does.
 */
export function tablesForEdit(
  space: Space,
  root: number,
  source: DescriptorSource,
  edit: Edit | readonly Edit[],
  options: EditOptions = {},
): number {
  checkOptions(space, options);
  needObject('source of descriptors', source);
  const edits = listOf(edit);
  const draft = new Draft(space, root, source);
  if (edits.length > 1 && (options.bbm ?? 0) > 0)
    return planWith(draft, edits, new UnusedPages(draft.shape, draft.census), options).takes.length;
  let tables = 0;
  const count = (table: DraftTable): void => {
    if (table.frame === undefined) tables += 1;
    for (const below of table.below.values()) count(below);
  };
  drawAll(draft, edits);
  for (const top of draft.tops.values()) count(top);
  return tables;
}

/**
 * Writes what a plan writes, into tables that are not in use: barriers and invalidations are left out.
 *
 * @param memory is asked for each table's page once, before anything is written.
 * @throws PageTableError `EINVAL`, before anything is written, for steps that are none, and for pages that are no tables of one size
 * with words of their own; what `memory` throws for a page that it does not have.
 */
export function applyEdit(plan: Pick<EditPlan, 'steps'>, memory: TableMemory): void {
  needObject('plan', plan);
  needObject('memory', memory);
  const { steps } = plan;
  checkForms(steps, Number.POSITIVE_INFINITY);
  const { words, entries } = wordsOfSteps(steps, memory);
  checkForms(steps, entries);
  performWrites(steps, { page: (table) => words.get(table) ?? memory.page(table) });
}

function listOf(edit: Edit | readonly Edit[]): readonly Edit[] {
  needObject('edit', edit);
  return 'kind' in edit ? [edit] : edit;
}

/** Draws edits one after the other; each finds what those before it leave. */
function drawAll(draft: Draft, edits: readonly Edit[]): void {
  for (const edit of edits) {
    cutForEdit(draft, edit);
    drawEdit(draft, edit);
  }
}

/** Tables as they will be after some steps. */
class Overlay implements DescriptorSource {
  readonly #source: DescriptorSource;
  readonly #entries: number;
  readonly #written = new Map<number, Uint32Array>();

  constructor(source: DescriptorSource, entries: number, steps: readonly EditStep[]) {
    this.#source = source;
    this.#entries = entries;
    const page = (table: number): Uint32Array => {
      const words = this.#written.get(table) ?? wordsOf(source, table, entries);
      this.#written.set(table, words);
      return words;
    };
    performWrites(steps, { page });
  }

  descriptor(table: number, index: number): DescriptorHalves | undefined {
    const words = this.#written.get(table);
    return words === undefined ? this.#source.descriptor(table, index) : entryOf({ words }, index);
  }

  tableWords(table: number): Uint32Array | undefined {
    return this.#written.get(table) ?? wordsAt(this.#source, table, this.#entries);
  }
}

/** The words of a table; a page that the source does not hold yet is a new one, which is written whole. */
function wordsOf(source: DescriptorSource, table: number, entries: number): Uint32Array {
  return wordsAt(source, table, entries)?.slice() ?? new Uint32Array(2 * entries);
}

/**
 * How an entry gets from one value to the other: `make` from invalid, `break` to invalid, `replace` while it is used,
 * `remake` by way of invalid, `resize` by way of a block with the nT bit.
 */
type Course = 'make' | 'break' | 'replace' | 'remake' | 'resize';

/** AP or S2AP, AF and nG; GP, DBM, PXN, UXN and bits 58:55: may change while they are used, without break-before-make. */
const FREE_LOW = ACCESS | AF | NOT_GLOBAL;
const FREE_HIGH = GUARDED | DIRTY | PXN | UXN | SOFTWARE;

function courseOf(draft: Draft, change: Change, options: EditOptions): Course {
  const { space, shape } = draft;
  const { bbm = 0 } = options;
  const { old, was, now, is } = change;
  if (was === 'invalid') return 'make';
  if (was === 'leaf' && !mayBeCached(space, shape, old)) return courseOfUncached(change, options);
  if (is === 'invalid') return 'break';
  if (was !== is) return courseOfSize(draft, change, bbm);
  const low = old.low ^ now.low;
  const high = old.high ^ now.high;
  // A global entry would match beside the other one, which TLBs may still hold.
  const becomesGlobal = (low & old.low & NOT_GLOBAL) !== 0;
  if (is === 'leaf' && ((low & ~FREE_LOW) | (high & ~FREE_HIGH)) === 0 && !becomesGlobal) return 'replace';
  return is === 'leaf' && bbm === 2 && (low | (high & ~CONTIGUOUS)) === 0 ? 'replace' : 'remake';
}

/** No TLB holds the entry, but walk caches may hold the tables above it. */
function courseOfUncached(change: Change, options: EditOptions): Course {
  if (!losesGlobal(change, options)) return 'make';
  return change.is === 'invalid' ? 'break' : 'remake';
}

/** A table takes the place of a block, or a block that of a table. */
function courseOfSize(draft: Draft, { table, index, old, was, now, is }: Change, bbm: number): Course {
  const { shape, source } = draft;
  if (bbm === 0 || (bbm === 1 && (hinted(old, was) || hinted(now, is)))) return 'remake';
  const [block, branch] =
    was === 'leaf'
      ? [old, drawnBranch(shape, source, draft.child(table, index))]
      : [now, liveBranch(shape, source, old, table.level + 1)];
  if (hasLimits(old, was) || hasLimits(now, is) || !saysBlock(shape, branch, table.level, block)) return 'remake';
  return bbm === 2 ? 'replace' : 'resize';
}

const hasLimits = ({ high }: DescriptorHalves, kind: DescriptorKind): boolean =>
  kind === 'table' && (high & TABLE_LIMITS) !== 0;

function hinted({ high }: DescriptorHalves, kind: DescriptorKind): boolean {
  return kind === 'leaf' && (high & CONTIGUOUS) !== 0;
}

/** Turns a drawn edit into steps: new tables first, then what has to go, then what takes its place. */
function settle(draft: Draft, pool: PageTaker, options: EditOptions): Omit<EditPlan, 'takes'> {
  const fresh: DraftTable[] = [];
  for (const table of draft.tops.values()) placeTables(draft, table, fresh, pool);
  const content = fresh.flatMap((table) => contentOf(draft, table));
  const courses = changesOf(draft).map((change) => ({ change, course: courseOf(draft, change, options) }));
  const of = (...wanted: Course[]): Change[] => courses.flatMap((c) => (wanted.includes(c.course) ? [c.change] : []));

  const frees: number[] = [];
  const stale = new StaleEntries();
  for (const change of of('break', 'replace', 'remake', 'resize')) spoil(draft, change, stale, frees, options);
  const first = courses.flatMap(({ change, course }) => firstStore(change, course));
  const second = of('make', 'remake', 'resize').map(storeNow);
  const resized = new StaleEntries();
  for (const { page, table, old } of of('resize')) resized.add(page, draft.span(table), table.level, isGlobal(old));
  const forget = (what: StaleEntries): EditStep[] => [ISHST, ...invalidate(draft.space, what, options)];

  const linksAtOnce = courses.some(({ change, course }) => course === 'replace' && change.is === 'table');
  const parts: (readonly EditStep[])[] = [content];
  if (content.length > 0 && (first.length === 0 || linksAtOnce)) parts.push([ISHST]);
  if (first.length > 0) parts.push(first, forget(stale));
  const freeFrom = frees.length === 0 ? 0 : parts.flat().length;
  if (resized.count > 0) parts.push(second, forget(resized));
  else if (second.length > 0) parts.push(second, [ISHST]);
  const steps = parts.flat();
  if (steps.length > 0) steps.push({ kind: 'isb' });
  return { steps, frees, freeFrom };
}

const ISHST: EditStep = { kind: 'dsb', domain: 'ishst' };

const withoutIsb = (steps: readonly EditStep[]): EditStep[] => steps.filter(({ kind }) => kind !== 'isb');

/** Gives the added tables their pages, and the entries above them their addresses. */
function placeTables(draft: Draft, table: DraftTable, fresh: DraftTable[], pool: PageTaker): void {
  for (const [index, below] of table.below) {
    if (below.frame === undefined) {
      below.frame = pool.take();
      fresh.push(below);
      setEntry(table, index, {
        low: lowOfPage(draft.shape, below.frame) | TABLE_OR_PAGE,
        high: highOfPage(draft.shape, below.frame),
      });
    }
    placeTables(draft, below, fresh, pool);
  }
}

function contentOf(draft: Draft, table: DraftTable): EditStep[] {
  const stores: EditStep[] = [];
  for (let index = 0; index < draft.entries; index++) {
    const { low, high } = entryOf(table, index);
    if ((low | high) !== 0) stores.push({ kind: 'write', table: pageOf(table), index, low, high });
  }
  return stores.length === draft.entries ? stores : [{ kind: 'clear', table: pageOf(table) }, ...stores];
}

function changesOf(draft: Draft): Change[] {
  const changes: Change[] = [];
  const visit = (table: DraftTable): void => {
    const { before, level } = table;
    if (before === undefined) return;
    const span = draft.span(table);
    for (let index = 0; index < draft.entries; index++) {
      const old = entryOf({ words: before }, index);
      const now = entryOf(table, index);
      if (sameHalves(old, now)) continue;
      const [was, is] = [walkedKind(draft.shape, level, old), walkedKind(draft.shape, level, now)];
      changes.push({ table, index, page: table.base + index * span, old, was, now, is });
    }
    for (const below of table.below.values()) visit(below);
  };
  for (const top of draft.tops.values()) visit(top);
  return changes;
}

function storeNow({ table, index, now }: Change): EditStep {
  return { kind: 'write', table: pageOf(table), index, ...now };
}

/** What is stored before TLBs are told to forget the old value. */
function firstStore(change: Change, course: Course): EditStep[] {
  const { table, index, old, was, now } = change;
  if (course === 'make') return [];
  if (course === 'replace') return [storeNow(change)];
  if (course !== 'resize') return [{ kind: 'write', table: pageOf(table), index, low: 0, high: 0 }];
  const block = was === 'leaf' ? old : now;
  return [{ kind: 'write', table: pageOf(table), index, low: (block.low | NT) >>> 0, high: block.high }];
}

/** The page that holds a table; every table has one by now. */
function pageOf({ frame }: DraftTable): number {
  if (frame === undefined) throw new PageTableError('EINVAL', 'a new table has no page yet', 'place tables first');
  return frame;
}
