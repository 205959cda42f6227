import { type DigestNotes, isRoundConstant, type NotedPage } from '@kexeckit/relocation';
import { compress } from './compress.ts';

/** Where the round constants begin in the vectors, and how many there are. */
const K = 64;
const ROUNDS = 64;
/** Constants that were found to be right. */
let right: Int32Array | undefined;

function hasRoundConstants(vectors: Int32Array): boolean {
  const found = vectors.subarray(K, K + ROUNDS);
  if (right !== undefined && found.every((word, at) => word === right?.[at])) return true;
  if (!found.every((word, at) => isRoundConstant(at, word >>> 0))) return false;
  right = found.slice();
  return true;
}

/** Blocks of a page, and words of a block. */
const BLOCKS = 64;
const WORDS = 16;

/**
 * Blocks of SHA-256, one after the other, that need not be computed where notes know what comes of them: a page that is met
 * in the state in which it was digested before, and word for word the same.
 *
 * With other round constants than those of SHA-256 in its registers, everything is computed: they decide what comes, too.
 *
 * Registers follow late: only the last block of such a page is computed, from the state that was noted before it. Where a
 * page ends otherwise, {@link settle} computes what was left out.
 */
export class NotedRun {
  readonly #vectors: Int32Array;
  readonly #notes: DigestNotes | undefined;
  #page: NotedPage | undefined;
  /** Blocks of the page that were met and not computed. */
  #met = 0;

  constructor(vectors: Int32Array, notes: DigestNotes | undefined) {
    this.#vectors = vectors;
    this.#notes = notes !== undefined && hasRoundConstants(vectors) ? notes : undefined;
  }

  /** The next block. @param offset where it stands in its page, in bytes. */
  take(message: Int32Array, offset: number): void {
    if (offset === 0) {
      this.settle();
      this.#page = this.#notes?.find(this.#vectors);
    }
    const page = this.#page;
    if (page !== undefined && isBlock(page, this.#met, message)) {
      this.#met += 1;
      if (this.#met === BLOCKS) this.#finish(page, message);
    } else {
      this.settle();
      compress(this.#vectors, message);
    }
  }

  #finish({ states, last }: NotedPage, message: Int32Array): void {
    for (let word = 0; word < 8; word++) this.#vectors[word] = states[last + word] ?? 0;
    compress(this.#vectors, message);
    this.#forget();
  }

  /** The registers are what they would be if nothing had been left out. */
  settle(): void {
    const page = this.#page;
    if (page === undefined) return;
    for (let block = 0; block < this.#met; block++) {
      const at = page.at + WORDS * block;
      compress(this.#vectors, page.words.subarray(at, at + WORDS));
    }
    this.#forget();
  }

  #forget(): void {
    this.#page = undefined;
    this.#met = 0;
  }
}

function isBlock({ words, at }: NotedPage, block: number, message: Int32Array): boolean {
  const start = at + WORDS * block;
  for (let word = 0; word < WORDS; word++) if (words[start + word] !== message[word]) return false;
  return true;
}
