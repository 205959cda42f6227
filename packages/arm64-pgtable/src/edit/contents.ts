import { type DescriptorHalves, type DescriptorSource, wordsAt } from '../descriptor.ts';

const NOTHING = new Uint32Array(0);

/** Tables that are read at a time: one of each level, and some that they are compared to. */
const COPIES = 16;

/** What steps wrote to a page. */
interface Written {
  readonly words: Uint32Array;
  /** Somebody keeps the words as they are. */
  isKept: boolean;
}

/** What tables hold while steps are carried out: what the source has, and what was stored since. */
export class Contents {
  readonly #source: DescriptorSource;
  readonly #entries: number;
  readonly #written = new Map<number, Written>();
  /** What was read last of a source that has no whole tables. */
  readonly #copies = new Map<number, Uint32Array>();

  constructor(source: DescriptorSource, entries: number) {
    this.#source = source;
    this.#entries = entries;
  }

  read(table: number, index: number): DescriptorHalves {
    const words = this.words(table);
    return { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
  }

  /** The words of a page as they stand, for reading; of a page that is not there, nothing. */
  words(table: number): Uint32Array {
    return this.#written.get(table)?.words ?? this.first(table);
  }

  /** The words of a page, to be kept: they stay as they are. */
  kept(table: number): Uint32Array {
    const written = this.#written.get(table);
    if (written === undefined) return this.first(table);
    written.isKept = true;
    return written.words;
  }

  /** The words of a page before all stores. */
  first(table: number): Uint32Array {
    const known = this.#copies.get(table);
    if (known !== undefined) return known;
    const words = wordsAt(this.#source, table, this.#entries)?.subarray(0, 2 * this.#entries) ?? NOTHING;
    if (this.#source.tableWords === undefined) this.#remember(table, words);
    return words;
  }

  /** Returns what was there. */
  store(table: number, index: number, { low, high }: DescriptorHalves): DescriptorHalves {
    const old = this.read(table, index);
    const words = this.#writable(table);
    words[2 * index] = low;
    words[2 * index + 1] = high;
    return old;
  }

  #writable(table: number): Uint32Array {
    const written = this.#written.get(table);
    if (written?.isKept === false) return written.words;
    const words = new Uint32Array(2 * this.#entries);
    words.set(this.words(table));
    this.#written.set(table, { words, isKept: false });
    return words;
  }

  #remember(table: number, words: Uint32Array): void {
    for (const oldest of this.#copies.keys()) {
      if (this.#copies.size < COPIES) break;
      this.#copies.delete(oldest);
    }
    this.#copies.set(table, words);
  }
}
