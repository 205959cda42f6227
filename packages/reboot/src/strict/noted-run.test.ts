import { DigestNotes } from '@kexeckit/relocation';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { compress } from './compress.ts';
import { NotedRun } from './noted-run.ts';

vi.mock(import('./compress.ts'), { spy: true });

const INITIAL = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const PAGES = 3;
const random = xoroshiro128plus(4);
const noted = Int32Array.from({ length: 1024 * PAGES }, () => random.next());

/** SIMD registers before a digest, with noise in those that it has not set. */
function registers(): Int32Array {
  const vectors = Int32Array.from({ length: 128 }, (_, at) => Math.imul(at, 0x9e3779b1));
  vectors.set(INITIAL);
  vectors.set(K, 64);
  return vectors;
}

const isPrime = (number: number): boolean => {
  for (let by = 2; by * by <= number; by++) if (number % by === 0) return false;
  return true;
};

/** The fractions of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const K: number[] = [];
for (let prime = 2; K.length < 64; prime++)
  if (isPrime(prime)) K.push(Math.floor((Math.cbrt(prime) % 1) * 2 ** 32) | 0);

function notesOf(words: Int32Array): DigestNotes {
  const notes = new DigestNotes();
  notes.digest(new Uint8Array(words.slice().buffer), 0);
  return notes;
}

function digested(
  words: Int32Array,
  blocks: number,
  notes: DigestNotes | undefined,
  vectors: Int32Array = registers(),
): Int32Array {
  const run = new NotedRun(vectors, notes);
  for (let block = 0; block < blocks; block++) run.take(words.slice(16 * block, 16 * block + 16), (64 * block) % 4096);
  run.settle();
  return vectors;
}

beforeEach(() => void vi.mocked(compress).mockClear());

describe('a run over pages that were digested', () => {
  test('leaves all registers as without notes, wherever it stops and whatever has changed', () => {
    const notes = notesOf(noted);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 64 * PAGES }),
        fc.option(fc.tuple(fc.nat(noted.length - 1), fc.nat(31))),
        (blocks, flip) => {
          const words = noted.slice();
          if (flip !== null) words[flip[0]] = (words[flip[0]] ?? 0) ^ (1 << flip[1]);
          expect(digested(words, blocks, notes)).toEqual(digested(words, blocks, undefined));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('computes one block of a page, and of a page that is another all of them', () => {
    const notes = notesOf(noted);
    digested(noted, 64 * PAGES, notes);
    expect(compress).toHaveBeenCalledTimes(PAGES);
    vi.mocked(compress).mockClear();
    const other = noted.slice();
    other[1024] = (other[1024] ?? 0) + 1;
    digested(other, 64 * PAGES, notes);
    expect(compress).toHaveBeenCalledTimes(1 + 64 * (PAGES - 1));
  });

  test('computes all of them with other round constants', () => {
    const notes = notesOf(noted);
    for (const constant of [0, 31, 63]) {
      const wrong = (): Int32Array => registers().fill(7, 64 + constant, 65 + constant);
      expect(digested(noted, 64, notes, wrong())).toEqual(digested(noted, 64, undefined, wrong()));
    }
  });

  test('knows the bytes as they were when they were noted', () => {
    const bytes = new Uint8Array(noted.slice().buffer);
    const notes = new DigestNotes();
    notes.digest(bytes, 0);
    bytes.fill(0);
    const zeros = new Int32Array(noted.length);
    expect(digested(zeros, 64 * PAGES, notes)).toEqual(digested(zeros, 64 * PAGES, undefined));
  });
});
