import { RelocationError } from './error.ts';
import { addressOf, hex, PAGE_SIZE } from './page.ts';

/** Flags in the low bits of an entry word (include/linux/kexec.h). */
export const IND_DESTINATION = 1;
export const IND_INDIRECTION = 2;
export const IND_DONE = 4;
export const IND_SOURCE = 8;

/**
 * Most pages that one source word stands for in a list of runs: bits 11 to 4 have their number less one. An extension of
 * the kernel's list, in which those bits are zero: a word for each page is a list of runs too.
 */
export const RUN_PAGES = 256;

/** Entry words in a page; the last one links to the next page. */
export const ENTRIES_PER_PAGE = 512;

/** Entry words in a page that do not link. */
const PAYLOAD_WORDS = ENTRIES_PER_PAGE - 1;

/** Page frames below this many differ in the low half of their entry words only. */
const LOW_FRAMES = 2 ** 20;

/** One copy: the source page that lands on a destination page, by page frame numbers. */
export interface Copy {
  readonly source: number;
  readonly destination: number;
}

/** A page of an entry list. */
export interface EntryPage {
  readonly pfn: number;
  readonly words: BigUint64Array<ArrayBuffer>;
}

/** Writes an entry list, page after page. */
export class EntryList {
  readonly #takePage: () => number;
  readonly #pages: EntryPage[] = [];
  /** The same pages as halves of words, low first: far quicker to write than bigints. */
  readonly #halves: Uint32Array[] = [];
  #entries = 0;
  #head = 0n;

  /** @param takePage gives a page for the list whenever the last one is full. */
  constructor(takePage: () => number) {
    this.#takePage = takePage;
  }

  /** The head word: where the list starts, or DONE where it is empty. */
  get head(): bigint {
    return this.#head;
  }

  get pages(): readonly EntryPage[] {
    return this.#pages;
  }

  /** Adds a word; returns its number, which counts all but links. */
  add(pfn: number, flag: number): number {
    const entry = this.#entries;
    if (entry % PAYLOAD_WORDS === 0) this.#addPage();
    this.#write(entry, pfn, flag);
    this.#entries += 1;
    return entry;
  }

  /** Adds source words for neighbouring pages, as many for each as a word of a run can stand for. */
  addRun(first: number, pages: number): void {
    for (let done = 0; done < pages; done += RUN_PAGES)
      this.add(first + done, IND_SOURCE | ((Math.min(pages - done, RUN_PAGES) - 1) << 4));
  }

  /** Gives a source word another source. */
  replaceSource(entry: number, pfn: number): void {
    this.#write(entry, pfn, IND_SOURCE);
  }

  /** Ends the list. */
  end(): void {
    const last = this.#pages.at(-1);
    if (last === undefined) this.#head = BigInt(IND_DONE);
    else last.words[this.#entries - PAYLOAD_WORDS * (this.#pages.length - 1)] = BigInt(IND_DONE);
  }

  #addPage(): void {
    const pfn = this.#takePage();
    const link = addressOf(pfn) | BigInt(IND_INDIRECTION);
    const last = this.#pages.at(-1);
    if (last === undefined) this.#head = link;
    else last.words[PAYLOAD_WORDS] = link;
    const words = new BigUint64Array(ENTRIES_PER_PAGE);
    this.#pages.push({ pfn, words });
    this.#halves.push(new Uint32Array(words.buffer));
  }

  #write(entry: number, pfn: number, flag: number): void {
    const page = Math.floor(entry / PAYLOAD_WORDS);
    const halves = this.#halves[page];
    if (halves === undefined) return;
    const at = 2 * (entry - page * PAYLOAD_WORDS);
    halves[at] = ((pfn % LOW_FRAMES) * PAGE_SIZE) | flag;
    halves[at + 1] = Math.floor(pfn / LOW_FRAMES);
  }
}

/** How many pages a list with so many words takes. */
export const entryPagesFor = (entries: number): number => Math.ceil(entries / PAYLOAD_WORDS);

/** How many words `addRun` takes. */
export const runWordsFor = (pages: number): number => Math.ceil(pages / RUN_PAGES);

/** The halves of a list page's words, low first, 1024 in all; `undefined` where there is no such page. */
export type EntryPageReader = (pfn: number) => Uint32Array | undefined;

/** Follows an entry list as the relocation routine does, one copy at a time, without allocating. */
export class EntryWalker {
  /** The copy that `next` went to. */
  source = 0;
  destination = 0;
  readonly #read: EntryPageReader;
  #low: number;
  #high: number;
  #page = 0;
  #words: Uint32Array | undefined;
  #index = 0;
  #left: number;
  readonly #limit: number;
  #next = 0;
  readonly #runs: boolean;
  /** Pages of the current source word that are still to come. */
  #runLeft = 0;

  /**
   * @param limit the most words to read: a list that does not end within them is broken.
   * @param runs whether a source word may stand for a run, see `RUN_PAGES`; otherwise that is a word of no known kind.
   */
  constructor(head: bigint, read: EntryPageReader, limit: number, runs = false) {
    this.#read = read;
    this.#runs = runs;
    this.#limit = limit;
    this.#left = limit;
    this.#low = Number(head & 0xffff_ffffn);
    this.#high = Number(head >> 32n);
  }

  /**
   * Goes to the next copy; false at the end of the list.
   *
   * @throws RelocationError `EINVAL` for a word of no known kind, a page that is missing, or a list that does not end.
   */
  next(): boolean {
    if (this.#runLeft > 0) {
      this.source += 1;
      this.destination += 1;
      this.#runLeft -= 1;
      return true;
    }
    for (; this.#left > 0; this.#left--) {
      const pfn = this.#high * LOW_FRAMES + (this.#low >>> 12);
      switch (this.#low & (this.#runs && (this.#low & IND_SOURCE) !== 0 ? 0xf : 0xfff)) {
        case IND_SOURCE:
          this.source = pfn;
          this.destination = this.#next;
          this.#runLeft = (this.#low >>> 4) & (RUN_PAGES - 1);
          this.#next += 1 + this.#runLeft;
          this.#left -= 1;
          this.#advance();
          return true;
        case IND_DESTINATION:
          this.#next = pfn;
          break;
        case IND_INDIRECTION:
          this.#page = pfn;
          this.#words = this.#read(pfn);
          this.#index = 0;
          break;
        case IND_DONE:
          return false;
        default:
          throw new RelocationError('EINVAL', `entry word ${this.#word()} is of no known kind`, 'the list is corrupt');
      }
      this.#advance();
    }
    throw new RelocationError('EINVAL', `the list does not end within ${this.#limit} words`, 'the list is corrupt');
  }

  #advance(): void {
    const low = this.#words?.[this.#index];
    if (low === undefined) {
      throw new RelocationError(
        'EINVAL',
        `the list leads to ${hex(addressOf(this.#page))}, which holds no list`,
        'the list is corrupt',
      );
    }
    this.#low = low;
    this.#high = this.#words?.[this.#index + 1] ?? 0;
    this.#index += 2;
  }

  #word(): string {
    return hex((BigInt(this.#high) << 32n) | BigInt(this.#low));
  }
}

/**
 * The copies of an entry list, in their order.
 *
 * @throws RelocationError as `EntryWalker` does.
 */
export function* walkEntries(head: bigint, read: EntryPageReader, limit: number, runs = false): Generator<Copy> {
  const walker = new EntryWalker(head, read, limit, runs);
  while (walker.next()) yield { source: walker.source, destination: walker.destination };
}
