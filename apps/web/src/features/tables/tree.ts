import { attributesText, outputPage, TableWalker, walk } from '@kexeckit/arm64-pgtable';
import { type EntryPlace, keyOf, placeOfKey, type RowKind, rowKinds, type TreeTable } from './model.ts';
import type { Tables } from './tables.ts';

/** Where a table is, and what leads to it. */
interface TablePlace {
  readonly key: string;
  readonly level: number;
  readonly table: number;
  readonly base: number;
}

/** The page of the table that an entry leads to; undefined for a leaf, for what faults, and for what no walk reaches. */
export function tableBelow(tables: Tables, place: EntryPlace): number | undefined {
  const { space, root, shape } = tables;
  const step = walk(space, root, tables, place.page).steps.find(({ level }) => level === place.level);
  if (step === undefined || step.level >= 3 || (step.low & 3) !== 3) return undefined;
  const below = outputPage(shape, step.low, step.high);
  return below < shape.outputPages && tables.tableWords(below) !== undefined ? below : undefined;
}

/**
 * Tables of the tree, as rows.
 *
 * @param keys which, by the entries that lead to them, empty for the root; those that there are not are left out.
 * @param joins whether neighbours that continue each other are one row.
 */
export function treeTables(tables: Tables, keys: readonly string[], joins: boolean): TreeTable[] {
  const walker = new TableWalker(tables.space, tables.root, tables);
  return keys.flatMap((key) => {
    const place = placeFor(tables, key);
    return place === undefined ? [] : [rowsOf(tables, walker, place, joins)];
  });
}

function placeFor(tables: Tables, key: string): TablePlace | undefined {
  if (key === '') return { key, level: tables.shape.startLevel, table: tables.root, base: 0 };
  const place = placeOfKey(key);
  const table = place && tableBelow(tables, place);
  if (place === undefined || table === undefined) return undefined;
  const base = place.page - (place.page % tables.spanOf(place.level));
  return { key: keyOf({ level: place.level, page: base }), level: place.level + 1, table, base };
}

/** Keys of all tables but the root, at most so many. */
export function allKeys(tables: Tables, most: number): string[] {
  const keys: string[] = [];
  const visit = (place: TablePlace): void => {
    const { shape } = tables;
    const span = tables.spanOf(place.level);
    eachEntry(tables, place, (index, low, high) => {
      if (keys.length >= most || place.level >= 3 || (low & 3) !== 3) return;
      const below = outputPage(shape, low, high);
      if (below >= shape.outputPages || tables.tableWords(below) === undefined) return;
      const base = place.base + index * span;
      const key = keyOf({ level: place.level, page: base });
      keys.push(key);
      visit({ key, level: place.level + 1, table: below, base });
    });
  };
  visit({ key: '', level: tables.shape.startLevel, table: tables.root, base: 0 });
  return keys;
}

/** Calls back for each entry of a table that an address reaches; joined root tables are one. */
function eachEntry(
  tables: Tables,
  { level, table, base, key }: TablePlace,
  visit: (index: number, low: number, high: number) => void,
): void {
  const { entries, inputPages } = tables.shape;
  const count = Math.min(
    key === '' ? entries * tables.joined : entries,
    Math.ceil((inputPages - base) / tables.spanOf(level)),
  );
  for (let index = 0; index < count; index++) {
    const words = tables.tableWords(table + Math.floor(index / entries));
    const at = 2 * (index % entries);
    visit(index, words?.[at] ?? 0, words?.[at + 1] ?? 0);
  }
}

/** What a row says of an entry. */
interface Said {
  readonly kind: RowKind;
  readonly output: number;
  readonly text: string;
}

function rowsOf(tables: Tables, walker: TableWalker, place: TablePlace, joins: boolean): TreeTable {
  const rows = new Rows(tables.spanOf(place.level), joins);
  eachEntry(tables, place, (index, low, high) => {
    rows.add(index, saidOf(tables, walker, place, index, low, high));
  });
  return { ...place, ...rows.done() };
}

function saidOf(
  tables: Tables,
  walker: TableWalker,
  { level, base }: TablePlace,
  index: number,
  low: number,
  high: number,
): Said {
  if ((low & 1) === 0) return { kind: 'none', output: 0, text: 'invalid' };
  const output = outputPage(tables.shape, low, high);
  if (level < 3 && (low & 3) === 3 && output < tables.shape.outputPages) return { kind: 'table', output, text: '' };
  const frame = walker.walk(base + index * tables.spanOf(level));
  const attributes = walker.fault === null ? walker.attributes() : undefined;
  if (walker.fault !== null || attributes === undefined)
    return { kind: 'fault', output, text: (walker.fault ?? 'reserved-type').replaceAll('-', ' ') };
  const text = attributesText(attributes);
  const isHinted = (high & (1 << 20)) !== 0;
  return { kind: level === 3 ? 'page' : 'block', output: frame, text: isHinted ? `${text}, contiguous` : text };
}

/** Collects rows, in columns. */
class Rows {
  readonly #span: number;
  readonly #joins: boolean;
  readonly #first: number[] = [];
  readonly #entries: number[] = [];
  readonly #kind: number[] = [];
  readonly #output: number[] = [];
  readonly #says: number[] = [];
  readonly #texts = new Map<string, number>();

  constructor(span: number, joins: boolean) {
    this.#span = span;
    this.#joins = joins;
  }

  add(index: number, { kind, output, text }: Said): void {
    const says = this.#texts.get(text) ?? this.#texts.size;
    this.#texts.set(text, says);
    const number = rowKinds.indexOf(kind);
    const last = this.#first.length - 1;
    const length = this.#entries[last] ?? 0;
    const isSame = last >= 0 && this.#kind[last] === number && this.#says[last] === says;
    // Entries that lead nowhere are one row anyway: there may be thousands.
    const continues = kind === 'none' || (this.#joins && (this.#output[last] ?? 0) + length * this.#span === output);
    if (isSame && kind !== 'table' && kind !== 'fault' && continues) {
      this.#entries[last] = length + 1;
      return;
    }
    this.#first.push(index);
    this.#entries.push(1);
    this.#kind.push(number);
    this.#output.push(output);
    this.#says.push(says);
  }

  done(): Omit<TreeTable, keyof TablePlace> {
    return {
      first: Uint32Array.from(this.#first),
      entries: Uint32Array.from(this.#entries),
      kind: Uint8Array.from(this.#kind),
      output: Float64Array.from(this.#output),
      says: Uint32Array.from(this.#says),
      texts: [...this.#texts.keys()],
    };
  }
}
