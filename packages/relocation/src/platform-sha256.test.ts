import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { provideSha256 } from './host-sha256.ts';
import { platformSha256 } from './platform-sha256.ts';

afterEach(() => {
  provideSha256(undefined);
  vi.unstubAllGlobals();
});

const expected = (pieces: readonly Uint8Array[]): string =>
  createHash('sha256').update(Buffer.concat(pieces)).digest('hex');

const anyPieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 });

test.each([
  ['WebCrypto', () => {}],
  ['code of our own, where there is none', () => vi.stubGlobal('crypto', {})],
  [
    'the host, where it provides it',
    () => {
      vi.stubGlobal('crypto', undefined);
      provideSha256((pieces) => new Uint8Array(createHash('sha256').update(Buffer.concat(pieces)).digest()));
    },
  ],
] as const)('SHA-256 of pieces by %s', async (_, prepare) => {
  prepare();
  const property = fc.asyncProperty(anyPieces, async (pieces) => {
    expect(Buffer.from(await platformSha256(...pieces)).toString('hex')).toBe(expected(pieces));
  });
  await fc.assert(property, { numRuns: 40 });
});

test('what the host provides is asked, until it is taken back', async () => {
  provideSha256(() => Uint8Array.of(1));
  expect(await platformSha256(Uint8Array.of(2))).toEqual(Uint8Array.of(1));
  provideSha256(undefined);
  expect(await platformSha256(Uint8Array.of(2))).toHaveLength(32);
});
