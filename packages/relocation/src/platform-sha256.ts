import { sha256 } from '@noble/hashes/sha2.js';
import { hostSha256 } from './host-sha256.ts';

/**
 * SHA-256 of pieces, one behind the other, by code that the host provides, or the platform's own: browsers have that only for
 * pages that came in a secure way.
 */
export async function platformSha256(...pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const host = hostSha256();
  if (host !== undefined) return host(pieces);
  const subtle: SubtleCrypto | undefined = typeof crypto === 'undefined' ? undefined : crypto.subtle;
  if (subtle !== undefined) return new Uint8Array(await subtle.digest('SHA-256', joined(pieces)));
  const hash = sha256.create();
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

/** A copy of all pieces. */
function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
