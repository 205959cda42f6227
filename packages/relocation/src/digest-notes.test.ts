import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DigestNotes, NOTED_BYTES_MAX } from './digest-notes.ts';

const sha256 = (...pieces: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The state of SHA-256 before its first block. */
const INITIAL = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

describe('notes of a digest', () => {
  test('are of the digest that others compute, of bytes that were noted before, too', () => {
    const content = fc.uint8Array({ maxLength: 9000 });
    fc.assert(
      fc.property(content, content, fc.nat(9000), fc.nat(9000), (one, other, zeros, more) => {
        const notes = new DigestNotes();
        for (const [bytes, behind] of [
          [one, zeros],
          [other, zeros],
          [one, zeros],
          [one, more],
        ] as const)
          expect(hex(notes.digest(bytes, behind))).toBe(sha256(bytes, new Uint8Array(behind)));
      }),
      { numRuns: 100 },
    );
  });

  test('are of the digest that the platform has computed beforehand', async () => {
    const content = fc.uint8Array({ maxLength: 9000 });
    const property = fc.asyncProperty(content, fc.nat(9000), async (bytes, zeros) => {
      const notes = new DigestNotes();
      await notes.foresee(bytes, zeros);
      expect(hex(notes.digest(bytes, zeros))).toBe(sha256(bytes, new Uint8Array(zeros)));
      expect(hex(notes.digest(bytes, zeros + 1))).toBe(sha256(bytes, new Uint8Array(zeros + 1)));
      bytes.fill(7);
      expect(hex(notes.digest(bytes, zeros))).toBe(sha256(bytes, new Uint8Array(zeros)));
    });
    await fc.assert(property, { numRuns: 50 });
  });

  test('are of the right digest on a platform that computes none', async () => {
    vi.stubGlobal('crypto', {});
    onTestFinished(() => void vi.unstubAllGlobals());
    const notes = new DigestNotes();
    await notes.foresee(Uint8Array.of(1, 2, 3), 4093);
    expect(hex(notes.digest(Uint8Array.of(1, 2, 3), 4093))).toBe(sha256(Uint8Array.of(1, 2, 3), new Uint8Array(4093)));
  });

  test('keep copies, of a Buffer too: its slice is a view', () => {
    const notes = new DigestNotes();
    const content = Buffer.alloc(3 * 4096, 5).subarray(4096);
    notes.digest(content, 0);
    content[100] = 6;
    expect(hex(notes.digest(content, 0))).toBe(sha256(content));
    const words = notes.find(INITIAL)?.words;
    expect(words?.length).toBe(2048);
  });

  test('see that bytes have changed where they stand', () => {
    const notes = new DigestNotes();
    const bytes = new Uint8Array(5000).fill(3);
    notes.digest(bytes, 0).fill(0);
    expect(hex(notes.digest(bytes, 0))).toBe(sha256(bytes));
    bytes[4999] = 4;
    expect(hex(notes.digest(bytes, 0))).toBe(sha256(bytes));
  });

  test('find a page by the state before it, and no other', () => {
    const notes = new DigestNotes();
    const content = new Uint8Array(2 * 4096).map((_, at) => at * 7);
    notes.digest(content, 0);
    const page = notes.find(INITIAL);
    expect([page?.at, page?.words.length]).toEqual([0, 2048]);
    for (let word = 0; word < 8; word++) {
      const other = INITIAL.slice();
      other[word] = (other[word] ?? 0) ^ 1;
      expect(notes.find(other)).toBeUndefined();
    }
  });

  test('keep no more bytes than they may, and digest the rest all the same', () => {
    const notes = new DigestNotes();
    const half = new Uint8Array(NOTED_BYTES_MAX / 2 + 4096);
    notes.digest(half.fill(1), 0);
    expect(hex(notes.digest(half.fill(2), 0))).toBe(sha256(half));
  });
});
