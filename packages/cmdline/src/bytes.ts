/**
 * The kernel sees bytes, not characters: this package's strings hold one byte per character (U+0000..U+00FF), as
 * `latin1` decoding gives. A file name with an `à` is two such characters, and its second one, 0xA0, is a blank to the
 * kernel. Turns text into that form.
 */
export function toByteString(text: string): string {
  let out = '';
  for (const byte of new TextEncoder().encode(text)) out += String.fromCharCode(byte);
  return out;
}

/** The text that a byte string stands for, read as UTF-8; broken sequences become U+FFFD. */
export function fromByteString(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0) & 0xff));
}

/** A C string ends at its first NUL. */
export function cString(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** Blanks of the kernel's ctype table: tab to carriage return, space, and 0xA0. */
export function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13) || code === 0xa0;
}
