import {
  type DescriptorHalves,
  type DescriptorSource,
  geometryOf,
  type Space,
  shapeOf,
  type TableMemory,
} from '@kexeckit/arm64-pgtable';
import type { TableDump } from './model.ts';

type Shape = ReturnType<typeof shapeOf>;

/** A set of tables in pages anywhere, to be read and written. */
export class Tables implements DescriptorSource, TableMemory {
  readonly space: Space;
  readonly shape: Shape;
  readonly root: number;
  readonly ram: TableDump['ram'];
  readonly #pages: Map<number, Uint32Array>;

  private constructor(of: Pick<Tables, 'space' | 'root' | 'ram'>, pages: Map<number, Uint32Array>) {
    this.space = of.space;
    this.shape = shapeOf(of.space);
    this.root = of.root;
    this.ram = of.ram;
    this.#pages = pages;
  }

  /** The tables of a dump. */
  static of(dump: TableDump): Tables {
    const words = 2 ** geometryOf(dump.space.granule).pageShift / 4;
    const pages = new Map<number, Uint32Array>();
    dump.pages.forEach((page, at) => {
      pages.set(page, dump.words.subarray(at * words, (at + 1) * words));
    });
    return new Tables(dump, pages);
  }

  /** The same tables, to be written without these being written, with more pages. */
  copy(more: readonly number[]): Tables {
    const pages = new Map([...this.#pages].map(([page, words]) => [page, words.slice()]));
    for (const page of more) pages.set(page, new Uint32Array(this.shape.pageBytes / 4));
    return new Tables(this, pages);
  }

  /** Page numbers of all of its pages. */
  get pages(): readonly number[] {
    return [...this.#pages.keys()];
  }

  /** How many tables the root is: stage 2 joins several. */
  get joined(): number {
    return Math.ceil(this.shape.inputPages / (this.spanOf(this.shape.startLevel) * this.shape.entries));
  }

  /** Input pages that an entry of a level covers. */
  spanOf(level: number): number {
    return this.shape.spans[level + 1] ?? 1;
  }

  descriptor(table: number, index: number): DescriptorHalves | undefined {
    const words = this.#pages.get(table);
    return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
  }

  tableWords(table: number): Uint32Array | undefined {
    return this.#pages.get(table);
  }

  /** Where nothing is, what is written is lost: edits write pages that there are. */
  page(page: number): Uint32Array {
    return this.#pages.get(page) ?? new Uint32Array(this.shape.pageBytes / 4);
  }

  /** The physical address of a page. */
  addressOf(page: number): bigint {
    return BigInt(page) << BigInt(this.shape.pageShift);
  }
}
