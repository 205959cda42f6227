import type { AddressRange } from '@kexeckit/arm64-pgtable';
import { type EntryPlace, keyOf, type RowKind, rowKinds, type TableFacts, type TreeTable } from './model.ts';

/** A row of the tree that can be seen, where the tables above it are open. */
export interface TreeRow extends EntryPlace {
  readonly key: string;
  /** How far below the root, from 1. */
  readonly depth: number;
  /** Its place among its siblings, from 1, and how many these are. */
  readonly position: number;
  readonly siblings: number;
  /** Indices of its first entry and its last. */
  readonly first: number;
  readonly last: number;
  /** Input pages that it covers. */
  readonly pages: number;
  readonly kind: RowKind;
  /** Output page. */
  readonly output: number;
  readonly text: string;
  readonly isOpen: boolean;
}

/** Tables by the entries that lead to them. */
export type TreeTables = ReadonlyMap<string, TreeTable>;

/** The rows that can be seen, from top to bottom: places in tables, as there may be a million. */
export class TreeRows {
  readonly length: number;
  readonly #tables: readonly { readonly table: TreeTable; readonly depth: number }[];
  /** For each row, which of the tables it is in, and where there. */
  readonly #within: readonly number[];
  readonly #rows: readonly number[];
  readonly #open: ReadonlySet<string>;
  readonly #spans: readonly number[];

  /** A table that is not there yet has no rows below what leads to it. */
  constructor(tables: TreeTables, open: ReadonlySet<string>, { spans }: Pick<TableFacts, 'spans'>) {
    const shown: { table: TreeTable; depth: number }[] = [];
    const within: number[] = [];
    const rows: number[] = [];
    const isTable = rowKinds.indexOf('table');
    const visit = (table: TreeTable, depth: number): void => {
      const number = shown.push({ table, depth }) - 1;
      const { kind, level, base, first } = table;
      const span = spans[level + 1] ?? 1;
      for (let row = 0; row < kind.length; row++) {
        within.push(number);
        rows.push(row);
        if (kind[row] !== isTable) continue;
        const key = keyOf({ level, page: base + (first[row] ?? 0) * span });
        const below = open.has(key) ? tables.get(key) : undefined;
        if (below !== undefined) visit(below, depth + 1);
      }
    };
    const root = tables.get('');
    if (root !== undefined) visit(root, 1);
    this.length = rows.length;
    this.#tables = shown;
    this.#within = within;
    this.#rows = rows;
    this.#open = open;
    this.#spans = spans;
  }

  /** A row; undefined where there is none. */
  at(index: number): TreeRow | undefined {
    const row = this.#rows[index];
    const shown = this.#tables[this.#within[index] ?? 0];
    if (row === undefined || shown === undefined) return undefined;
    const { table, depth } = shown;
    const span = this.#spans[table.level + 1] ?? 1;
    const first = table.first[row] ?? 0;
    const entries = table.entries[row] ?? 1;
    const page = table.base + first * span;
    const key = keyOf({ level: table.level, page });
    const kind = rowKinds[table.kind[row] ?? 0] ?? 'none';
    return {
      ...{ key, level: table.level, page, depth, position: row + 1, siblings: table.first.length, kind },
      ...{ first, last: first + entries - 1, pages: entries * span },
      isOpen: kind === 'table' && this.#open.has(key),
      output: table.output[row] ?? 0,
      text: table.texts[table.says[row] ?? 0] ?? '',
    };
  }

  /** The row that an entry is in, or -1. */
  indexOf({ level, page }: EntryPlace): number {
    return this.#rows.findIndex((row, index) => {
      const table = this.#tables[this.#within[index] ?? 0]?.table;
      if (table?.level !== level) return false;
      const span = this.#spans[level + 1] ?? 1;
      const start = table.base + (table.first[row] ?? 0) * span;
      return page >= start && page < start + (table.entries[row] ?? 1) * span;
    });
  }

  /** The row that a row is below of; itself at the top. */
  parentOf(index: number): number {
    const depthAt = (at: number): number => this.#tables[this.#within[at] ?? 0]?.depth ?? 0;
    const depth = depthAt(index);
    for (let above = index - 1; above >= 0; above--) if (depthAt(above) < depth) return above;
    return index;
  }
}

/** What must be open for an entry to be seen: the entries above it. */
export function keysAbove({ level, page }: EntryPlace, { startLevel, spans }: TableFacts): string[] {
  const keys: string[] = [];
  for (let above = startLevel; above < level; above++) {
    const span = spans[above + 1] ?? 1;
    keys.push(keyOf({ level: above, page: page - (page % span) }));
  }
  return keys;
}

/** Where a key leads in a tree; `toggle` opens or closes that row. */
export type TreeMove = { readonly to: number } | { readonly toggle: number } | undefined;

/** Where keys lead from a row, as in every tree (ARIA authoring practices). */
export function treeMove(key: string, rows: TreeRows, at: number, page: number): TreeMove {
  const row = rows.at(at);
  const last = rows.length - 1;
  if (row === undefined) return undefined;
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(at + 1, last) };
    case 'ArrowUp':
      return { to: Math.max(at - 1, 0) };
    case 'PageDown':
      return { to: Math.min(at + page, last) };
    case 'PageUp':
      return { to: Math.max(at - page, 0) };
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: last };
    case 'ArrowRight':
      if (row.kind !== 'table') return undefined;
      return row.isOpen ? { to: Math.min(at + 1, last) } : { toggle: at };
    case 'ArrowLeft':
      if (row.isOpen) return { toggle: at };
      return { to: rows.parentOf(at) };
    default:
      return undefined;
  }
}

/** Addresses of input pages. */
export function inputRange({ range, pageShift }: TableFacts, page: number, pages: number): AddressRange {
  const start = range.start + (BigInt(page) << BigInt(pageShift));
  const end = start + (BigInt(pages) << BigInt(pageShift)) - 1n;
  return { start, end: end > range.end ? range.end : end };
}

/** The bits of a value, highest first, in groups of four from the lowest. */
export function bitGroups(value: bigint, bits: number): string {
  const digits = value.toString(2).padStart(bits, '0');
  return digits.replace(/\B(?=(.{4})+$)/g, ' ');
}

/** How many bits a field has: `63:59`, or `10`. */
export function bitsOfField(bits: string): number {
  const [high = 0, low = high] = bits.split(':').map(Number);
  return high - low + 1;
}
