import { sha256 } from '@noble/hashes/sha2.js';

/** SHA-256 by the platform's own code, where it has any: browsers do only for pages that came in a secure way. */
export async function platformSha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const subtle: SubtleCrypto | undefined = typeof crypto === 'undefined' ? undefined : crypto.subtle;
  return subtle === undefined ? sha256(bytes) : new Uint8Array(await subtle.digest('SHA-256', bytes));
}

/** A copy of bytes with so many zeros behind them. */
export function padded(content: Uint8Array, zeros: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(content.length + zeros);
  bytes.set(content);
  return bytes;
}
