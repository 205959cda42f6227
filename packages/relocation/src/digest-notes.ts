import { _SHA256 } from '@noble/hashes/sha2.js';
import { PAGE_SIZE } from './page.ts';
import { platformSha256 } from './platform-sha256.ts';
import { firstDifference } from './proof/same-bytes.ts';

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

/** What was digested in one go: bytes, and zeros behind them. */
interface Noted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its whole words. */
  readonly words: Int32Array;
  readonly zeros: number;
  /** For each whole page the state before it, then the one before its last block. */
  readonly states: Int32Array;
  readonly digest: Uint8Array;
}

/**
 * The states of SHA-256 on its way through bytes that were digested: whoever meets the same bytes in the same state needs
 * not digest them again. That is sound because the bytes are copies of its own, to be compared, and the state after a block
 * follows from the state before it and the block alone (FIPS 180-4, 6.2.2).
 */
export class DigestNotes {
  readonly #noted: Noted[] = [];
  /** By the first word of the state before a page: where that page is. A later page takes the place of another. */
  readonly #pages = new Map<number, { readonly of: Noted; readonly page: number }>();
  #room = NOTED_BYTES_MAX;

  /** SHA-256 of bytes with so many zeros behind them; computed, or known of the very same bytes. */
  digest(content: Uint8Array, zeros: number): Uint8Array {
    const known = this.#noted.find((each) => each.zeros === zeros && isSame(each.bytes, content));
    if (known !== undefined) return known.digest.slice();
    if (content.length > this.#room) return digestOf(new OpenSha256().update(content), zeros);
    this.#room -= content.length;
    const made = noted(new Uint8Array(content), zeros);
    this.#noted.push(made);
    for (let page = 0; 2 * WORDS * page < made.states.length; page++)
      this.#pages.set(made.states[2 * WORDS * page] ?? 0, { of: made, page });
    return made.digest.slice();
  }

  /**
   * Has the platform digest bytes beforehand, which is several times as fast: {@link digest} knows them then. No page of them
   * will be found, as nothing is known of the states on the way.
   */
  async foresee(content: Uint8Array, zeros: number): Promise<void> {
    const size = content.length + zeros;
    if (size > this.#room) return;
    this.#room -= size;
    const bytes = new Uint8Array(content);
    const digest = await platformSha256(bytes, new Uint8Array(zeros));
    this.#noted.push({ bytes, words: noWords, zeros, states: noWords, digest });
  }

  /** The page that was digested in this state: the first eight words of `state`. */
  find(state: Int32Array): NotedPage | undefined {
    const found = this.#pages.get(state[0] ?? 0);
    if (found === undefined) return undefined;
    const { of, page } = found;
    const { states } = of;
    const before = 2 * WORDS * page;
    for (let word = 0; word < WORDS; word++) if (states[before + word] !== state[word]) return undefined;
    return { words: of.words, at: (page * PAGE_SIZE) / 4, states, last: before + WORDS };
  }
}

const noWords = new Int32Array();

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && firstDifference(a, b) < 0;

function noted(bytes: Uint8Array<ArrayBuffer>, zeros: number): Noted {
  const hash = new OpenSha256();
  const pages = Math.floor(bytes.length / PAGE_SIZE);
  const states = new Int32Array(2 * WORDS * pages);
  for (let page = 0; page < pages; page++) {
    const start = page * PAGE_SIZE;
    hash.copyState(states, 2 * WORDS * page);
    hash.update(bytes.subarray(start, start + BEFORE_LAST));
    hash.copyState(states, 2 * WORDS * page + WORDS);
    hash.update(bytes.subarray(start + BEFORE_LAST, start + PAGE_SIZE));
  }
  const words = new Int32Array(bytes.buffer, 0, bytes.length >>> 2);
  return { bytes, words, zeros, states, digest: digestOf(hash.update(bytes.subarray(pages * PAGE_SIZE)), zeros) };
}

/** Ends a digest with so many zeros. */
export function digestOf(hash: _SHA256, zeros: number): Uint8Array {
  const page = new Uint8Array(PAGE_SIZE);
  for (let left = zeros; left > 0; left -= PAGE_SIZE) hash.update(page.subarray(0, Math.min(left, PAGE_SIZE)));
  return hash.digest();
}
