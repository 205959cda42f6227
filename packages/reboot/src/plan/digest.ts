import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** SHA-256 in hexadecimal; by the platform's own code, where it has any: browsers do only for pages that came in a secure way. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle: SubtleCrypto | undefined = typeof crypto === 'undefined' ? undefined : crypto.subtle;
  return bytesToHex(subtle === undefined ? sha256(bytes) : new Uint8Array(await subtle.digest('SHA-256', bytes)));
}

/** SHA-256 of a text's UTF-8 bytes, in hexadecimal. */
export const sha256OfText = (text: string): Promise<string> => sha256Hex(new TextEncoder().encode(text));
