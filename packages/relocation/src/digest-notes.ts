import { _SHA256 } from '@noble/hashes/sha2.js';
import { PAGE_SIZE } from './page.ts';

const WORDS = 8;
const BLOCK = 64;
/** What of a page lies before its last block. */
const BEFORE_LAST = PAGE_SIZE - BLOCK;

/** Bytes that notes keep copies of, at most; what is beyond is not noted. */
export const NOTED_BYTES_MAX: number = 256 * 2 ** 20;

/** SHA-256 that shows its state between two blocks. */
class OpenSha256 extends _SHA256 {
  copyState(to: Int32Array, at: number): void {
    to.set(this.get(), at);
  }
}

/** A page that was digested. */
export interface NotedPage {
  /** Its words as they stand in memory, in an array of many pages, and where it begins there. */
  readonly words: Int32Array;
  readonly at: number;
  /** The state before its last block, in an array of many, and where it stands there. */
  readonly states: Int32Array;
  readonly last: number;
}

/** What was digested in one go. */
interface NotedBytes {
  readonly words: Int32Array;
  /** For each page the state before it, then the one before its last block. */
  readonly states: Int32Array;
}

/**
 * The states of SHA-256 on its way through bytes that were digested: whoever meets the same bytes in the same state needs
 * not digest them again. That is sound because the bytes are copies of its own, to be compared, and the state after a block
 * follows from the state before it and the block alone (FIPS 180-4, 6.2.2).
 */
export class DigestNotes {
  readonly #noted: NotedBytes[] = [];
  /** By the first word of the state before a page: where that page is. A later page takes the place of another. */
  readonly #pages = new Map<number, readonly [of: number, page: number]>();
  #bytes = 0;

  /**
   * SHA-256 of bytes that begin with `content`, noting its whole pages.
   *
   * @param rest what follows the content, piece by piece.
   */
  digest(content: Uint8Array, rest: Iterable<Uint8Array>): Uint8Array {
    const hash = new OpenSha256();
    const whole = Math.floor(content.length / PAGE_SIZE) * PAGE_SIZE;
    const noted = this.#bytes + whole <= NOTED_BYTES_MAX ? whole : 0;
    this.#note(hash, content.slice(0, noted));
    hash.update(content.subarray(noted));
    for (const piece of rest) hash.update(piece);
    return hash.digest();
  }

  #note(hash: OpenSha256, bytes: Uint8Array<ArrayBuffer>): void {
    const pages = bytes.length / PAGE_SIZE;
    const states = new Int32Array(2 * WORDS * pages);
    const of = this.#noted.push({ words: new Int32Array(bytes.buffer), states }) - 1;
    this.#bytes += bytes.length;
    for (let page = 0; page < pages; page++) {
      const start = page * PAGE_SIZE;
      hash.copyState(states, 2 * WORDS * page);
      hash.update(bytes.subarray(start, start + BEFORE_LAST));
      hash.copyState(states, 2 * WORDS * page + WORDS);
      hash.update(bytes.subarray(start + BEFORE_LAST, start + PAGE_SIZE));
      this.#pages.set(states[2 * WORDS * page] ?? 0, [of, page]);
    }
  }

  /** The page that was digested in this state: the first eight words of `state`. */
  find(state: Int32Array): NotedPage | undefined {
    const [of, page] = this.#pages.get(state[0] ?? 0) ?? [];
    if (of === undefined || page === undefined) return undefined;
    const { words, states } = this.#noted[of] ?? {};
    if (words === undefined || states === undefined) return undefined;
    const before = 2 * WORDS * page;
    for (let word = 0; word < WORDS; word++) if (states[before + word] !== state[word]) return undefined;
    return { words, at: (page * PAGE_SIZE) / 4, states, last: before + WORDS };
  }
}
