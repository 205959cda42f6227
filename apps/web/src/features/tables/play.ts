import {
  addressInSpace,
  checkSteps,
  type EditStep,
  type EditViolation,
  planEdit,
  type Space,
  tablesForEdit,
} from '@kexeckit/arm64-pgtable';
import { hex } from '../../shared/format.ts';
import type { EditRequest, Wrong } from './editing.ts';
import { type EditStepView, type PlayView, placeOfKey, type ViolationView } from './model.ts';
import type { Tables } from './tables.ts';
import { allKeys, tableBelow } from './tree.ts';
import { kindText } from './walking.ts';

/** Tables below the root that are looked for. */
const MOST_TABLES = 65_536;
/** Violations that are shown. */
const MOST_VIOLATIONS = 1000;

/** An edit that was planned on tables: what is done, and how the tables are on the way. */
export class Play {
  /** What is planned, and for each step whether it is done. */
  readonly #planned: readonly { readonly step: EditStep; readonly isDone: boolean }[];
  readonly #steps: readonly EditStep[];
  readonly #takes: readonly number[];
  readonly #frees: number;
  readonly #tables: Tables;
  readonly #violations: readonly EditViolation[];

  /** @throws PageTableError as `planEdit` does. */
  constructor(tables: Tables, { edit, bbm, asid, wrong }: EditRequest) {
    const { space, root } = tables;
    const options = { bbm, ...(asid !== undefined && { asid }) };
    const pool = freePages(tables, tablesForEdit(space, root, tables, edit, options));
    const { steps, takes, frees } = planEdit(space, root, tables, edit, pool, options);
    this.#tables = tables;
    this.#planned = withWrong(steps, wrong);
    this.#steps = this.#planned.flatMap(({ step, isDone }) => (isDone ? [step] : []));
    this.#takes = takes;
    this.#frees = frees.length;
    this.#violations = checkSteps(space, root, tables, this.#steps, options);
  }

  /** The tables after so many steps. */
  after(done: number): Tables {
    if (done <= 0) return this.#tables;
    const copy = this.#tables.copy(this.#takes);
    for (const step of this.#steps.slice(0, done)) {
      if (step.kind === 'clear') copy.page(step.table).fill(0);
      if (step.kind !== 'write') continue;
      const words = copy.page(step.table);
      words[2 * step.index] = step.low;
      words[2 * step.index + 1] = step.high;
    }
    return copy;
  }

  view(): PlayView {
    const places = tablePlaces([this.#tables, this.after(this.#steps.length)]);
    let done = 0;
    const steps = this.#planned.map(({ step, isDone }): EditStepView => {
      const words = wordsOfStep(this.#tables, places, step);
      return { ...words, at: isDone ? done++ : undefined };
    });
    return {
      steps,
      done: this.#steps.length,
      violations: {
        rows: this.#violations
          .slice(0, MOST_VIOLATIONS)
          .map(({ rule, step, address, meaning }): ViolationView => ({ rule, step, address, meaning })),
        total: this.#violations.length,
      },
      takes: this.#takes.length,
      frees: this.#frees,
    };
  }
}

/** Pages behind the tables, for new ones; below them where there are none behind. */
function freePages(tables: Tables, count: number): number[] {
  const taken = new Set(tables.pages);
  const last = Math.max(...tables.pages.slice(0, MOST_TABLES));
  const { outputPages } = tables.shape;
  const found: number[] = [];
  for (let step = 1; found.length < count && step < outputPages; step++) {
    const page = (last + step) % outputPages;
    if (!taken.has(page)) found.push(page);
  }
  return found;
}

/** What of planned steps is done, where something is left out. */
function withWrong(steps: readonly EditStep[], wrong: Wrong): { step: EditStep; isDone: boolean }[] {
  const made = new Set<string>();
  const entry = ({ table, index }: { readonly table: number; readonly index: number }): string => `${table}:${index}`;
  const later: boolean[] = [];
  // A break is a store of an invalid descriptor to what is stored again later.
  for (const [at, step] of [...steps.entries()].reverse()) {
    later[at] = step.kind === 'write' && (step.low & 1) === 0 && made.has(entry(step));
    if (step.kind === 'write') made.add(entry(step));
  }
  return steps.map((step, at) => {
    const isLeftOut = wrong === 'break' ? later[at] === true : wrong !== '' && step.kind === wrong;
    return { step, isDone: !isLeftOut };
  });
}

type TablePlaces = ReadonlyMap<number, { readonly level: number; readonly base: number }>;

/** Where tables are in the tree, by their pages. */
function tablePlaces(sets: readonly Tables[]): TablePlaces {
  const places = new Map<number, { level: number; base: number }>();
  for (const tables of sets) {
    const { startLevel, entries } = tables.shape;
    for (let at = 0; at < tables.joined; at++)
      places.set(tables.root + at, { level: startLevel, base: at * entries * tables.spanOf(startLevel) });
    for (const key of allKeys(tables, MOST_TABLES)) {
      const place = placeOfKey(key);
      const table = place && tableBelow(tables, place);
      if (place !== undefined && table !== undefined && !places.has(table))
        places.set(table, { level: place.level + 1, base: place.page });
    }
  }
  return places;
}

function wordsOfStep(tables: Tables, places: TablePlaces, step: EditStep): Omit<EditStepView, 'at'> {
  const { space } = tables;
  switch (step.kind) {
    case 'clear':
      return { kind: 'store', text: `clear ${hex(tables.addressOf(step.table))}`, means: 'a page for a new table' };
    case 'write': {
      const { table, index, low, high } = step;
      const value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      const text = `[${hex(tables.addressOf(table) + BigInt(8 * index))}] = ${hex(value)}`;
      const place = places.get(table);
      if (place === undefined) return { kind: 'store', text, means: 'in a table of its own' };
      const va = addressInSpace(space, place.base + index * tables.spanOf(place.level));
      return {
        ...{ kind: 'store', text },
        means: `${hex(va)}, level ${place.level}: ${kindText(space, place.level, low, high)}`,
      };
    }
    case 'dsb':
      return { kind: 'dsb', text: `dsb ${step.domain}`, means: 'what stands before is complete, for every CPU' };
    case 'isb':
      return { kind: 'isb', text: 'isb', means: 'this CPU goes on with what is so' };
    case 'tlbi': {
      const { operation, operand } = step;
      const text = operand === undefined ? `tlbi ${operation}` : `tlbi ${operation}, ${hex(operand)}`;
      return { kind: 'tlbi', text, means: `TLBs forget ${forgotten(space, operation, operand)}` };
    }
  }
}

/** What an invalidation is of (Arm ARM, TLBI VAE1IS and its kin: bits 43:0 are the address from bit 12 on). */
function forgotten(space: Space, operation: string, operand: bigint | undefined): string {
  if (operation.startsWith('r')) return 'a range of addresses';
  if (operand === undefined || operation.startsWith('aside')) return operand === undefined ? 'everything' : 'one ASID';
  const address = (operand & 0xfff_ffff_ffffn) << 12n;
  const va = space.half === 'upper' ? address | (0xffn << 56n) : address;
  return operation.includes('l') && /^(vale|vaale|ipas2le)/.test(operation)
    ? `the leaf of ${hex(va)}`
    : `${hex(va)}, and the tables above it`;
}
