import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DigestNotes, NOTED_BYTES_MAX } from './digest-notes.ts';

const sha256 = (...pieces: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('notes of a digest', () => {
  test('are of the digest that others compute', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), fc.array(fc.uint8Array({ maxLength: 70 })), (content, rest) => {
        expect(hex(new DigestNotes().digest(content, rest))).toBe(sha256(content, ...rest));
      }),
      { numRuns: 100 },
    );
  });

  test('find a page by the state before it, and no other', () => {
    const notes = new DigestNotes();
    const content = new Uint8Array(2 * 4096).map((_, at) => at * 7);
    notes.digest(content, []);
    const initial = Int32Array.of(
      0x6a09e667,
      0xbb67ae85,
      0x3c6ef372,
      0xa54ff53a,
      0x510e527f,
      0x9b05688c,
      0x1f83d9ab,
      0x5be0cd19,
    );
    const page = notes.find(initial);
    expect([page?.at, page?.words.length]).toEqual([0, 2048]);
    for (let word = 0; word < 8; word++) {
      const other = initial.slice();
      other[word] = (other[word] ?? 0) ^ 1;
      expect(notes.find(other)).toBeUndefined();
    }
  });

  test('keep no more bytes than they may, and digest the rest all the same', () => {
    const notes = new DigestNotes();
    const half = new Uint8Array(NOTED_BYTES_MAX / 2 + 4096);
    notes.digest(half.fill(1), []);
    expect(hex(notes.digest(half.fill(2), []))).toBe(sha256(half));
  });
});
