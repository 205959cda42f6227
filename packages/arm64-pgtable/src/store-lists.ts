/** Words of an entry to store: its table by its number in the order of creation, its index there, the halves of its descriptor. */
export const ENTRY = 4;
/** Two more for a row of descriptors: how many follow each other, and how far the outputs of two neighbours are apart. */
export const ROW = 6;

/** What a layout comes to: tables, and what is stored in them. */
export class StoreLists {
  /** Links to tables; they lie close together in memory. */
  readonly links: WordList = new WordList();
  /** Single leaves; each may lie in a table of its own. */
  readonly leaves: WordList = new WordList();
  readonly rows: WordList = new WordList();
  readonly #lists = [this.links, this.leaves, this.rows];
  #pages = new Float64Array(16);
  #tables = 0;

  /** The page of each table, in the order of their creation. */
  get pages(): Float64Array {
    return this.#pages.subarray(0, this.#tables);
  }

  /** How many tables there are. */
  get tables(): number {
    return this.#tables;
  }

  /** Adds a table, and returns its number. */
  addTable(page: number): number {
    const table = this.#tables++;
    if (table === this.#pages.length) {
      const pages = new Float64Array(2 * table);
      pages.set(this.#pages);
      this.#pages = pages;
    }
    this.#pages[table] = page;
    return table;
  }

  clear(): void {
    this.#tables = 0;
    for (const list of this.#lists) list.clear();
  }

  /** Words that there is room for. */
  get room(): number {
    return this.#lists.reduce((room, list) => room + list.words.length, 2 * this.#pages.length);
  }
}

/** Entries or rows, one after the other, in room that grows. */
export class WordList {
  #words = new Int32Array(16 * ROW);
  #used = 0;

  /** The words so far, and room behind them. */
  get words(): Int32Array {
    return this.#words;
  }

  get used(): number {
    return this.#used;
  }

  putEntry(table: number, index: number, low: number, high: number): void {
    const at = this.#used;
    if (at + ENTRY > this.#words.length) this.#grow();
    const words = this.#words;
    words[at] = table;
    words[at + 1] = index;
    words[at + 2] = low;
    words[at + 3] = high;
    this.#used = at + ENTRY;
  }

  /** After the entry that a row begins with. */
  endRow(count: number, step: number): void {
    const at = this.#used;
    if (at + ROW - ENTRY > this.#words.length) this.#grow();
    const words = this.#words;
    words[at] = count;
    words[at + 1] = step;
    this.#used = at + ROW - ENTRY;
  }

  clear(): void {
    this.#used = 0;
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
  }
}

/** The last build's lists: to make them takes a small build a quarter of its time, and a large one page faults. */
let kept: StoreLists | undefined;
const KEPT_MAX = 2 ** 18;

/** Empty lists. */
export function takeLists(): StoreLists {
  const lists = kept ?? new StoreLists();
  kept = undefined;
  return lists;
}

/** Lets another build have lists that nobody looks at again. */
export function keepLists(lists: StoreLists): void {
  if (lists.room > KEPT_MAX) return;
  lists.clear();
  kept = lists;
}
