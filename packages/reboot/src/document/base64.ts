const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = '='.charCodeAt(0);
/** The value of each character; 64 for those that base64 lacks. */
const VALUES: Uint8Array = new Uint8Array(128).fill(64);
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Bytes that are turned into characters at once: the arguments of one call. */
const CHUNK = 0x8000;

/** Characters that so many bytes take. */
export const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  let letters = '';
  for (let at = 0; at < bytes.length; at += CHUNK) letters += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(letters);
}

/** The bytes of base64 as {@link toBase64} writes it (RFC 4648, 4); undefined for anything else. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  // Every character that is none of the alphabet's sets bit 6; so do bits that a pad cuts off.
  let wrong = 0;
  for (let at = 0, byte = 0; at < text.length; at += 4, byte += 3) {
    const [a, b] = [valueAt(text, at), valueAt(text, at + 1)];
    const isLast = at + 4 === text.length;
    const c = isLast && padding === 2 ? 0 : valueAt(text, at + 2);
    const d = isLast && padding > 0 ? 0 : valueAt(text, at + 3);
    wrong |= a | b | c | d;
    const bits = (a << 18) | (b << 12) | (c << 6) | d;
    bytes[byte] = bits >>> 16;
    bytes[byte + 1] = bits >>> 8;
    bytes[byte + 2] = bits;
    if (isLast && padding > 0 && (bits & (padding === 2 ? 0xffff : 0xff)) !== 0) wrong = 64;
  }
  return (wrong & 64) === 0 ? bytes : undefined;
}

function valueAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code === PAD ? 64 : (VALUES[code] ?? 64);
}
