import { type DescriptorSource, outputPage, wordsAt } from '../descriptor.ts';
import { walkedKind } from '../descriptor-kind.ts';
import { PageTableError } from '../error.ts';
import { hex } from '../hex.ts';
import { joinedTables, type Shape, spanOf } from '../space.ts';

/**
 * Which pages are tables, and by how many entries each is reached. Tables of level 3 lead to no others, so that they need
 * not be read: a census takes a small part of the time of a listing.
 */
export class Census {
  readonly #shape: Shape;
  readonly #source: DescriptorSource;
  /** How often each table is reached; a root is reached by TTBR. */
  readonly #reached = new Map<number, number>();
  /** What was read, by level: broken tables may use a page at several. */
  readonly #read = new Set<string>();

  constructor(shape: Shape, root: number, source: DescriptorSource) {
    this.#shape = shape;
    this.#source = source;
    for (let joined = 0; joined < joinedTables(shape); joined++) this.#reach(root + joined, shape.startLevel);
  }

  isTable(page: number): boolean {
    return this.#reached.has(page);
  }

  /**
   * Refuses a table that is not its one entry's own: what is done to it by one way would be done by the other.
   *
   * @throws PageTableError `ELOOP`
   */
  refuseShared(page: number): void {
    if ((this.#reached.get(page) ?? 0) < 2) return;
    throw new PageTableError(
      'ELOOP',
      `table page ${hex(page)} is reached twice`,
      'give every entry a table of its own, or edit elsewhere',
      { page },
    );
  }

  #reach(table: number, level: number): void {
    this.#reached.set(table, (this.#reached.get(table) ?? 0) + 1);
    const key = `${level}:${table}`;
    if (level >= 3 || this.#read.has(key)) return;
    this.#read.add(key);
    const { entries, startLevel, inputPages } = this.#shape;
    // What lies behind the last entry of a small root is no part of it.
    const reached = level === startLevel ? Math.min(entries, inputPages / spanOf(this.#shape, level)) : entries;
    const words = wordsAt(this.#source, table, entries);
    for (let index = 0; words !== undefined && index < reached; index++) {
      const low = words[2 * index] ?? 0;
      const high = words[2 * index + 1] ?? 0;
      if (walkedKind(this.#shape, level, { low, high }) === 'table')
        this.#reach(outputPage(this.#shape, low, high), level + 1);
    }
  }
}
