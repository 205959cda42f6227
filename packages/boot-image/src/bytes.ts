/** A view of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a device tree begins with, alone or behind other data. */
export const FDT_MAGIC: readonly number[] = [0xd0, 0x0d, 0xfe, 0xed];

/** A copy that may be changed. Not `slice`: that of a Node Buffer is a view, and writes to the caller's memory. */
export const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** Whether `bytes` has `signature` at `offset`; false where it is too short. */
export function hasBytes(bytes: Uint8Array, offset: number, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[offset + index] === byte);
}

/** Whether `bytes` begins with `signature`, or is the start of it and not empty: then something is cut there. */
export function beginsLike(bytes: Uint8Array, signature: readonly number[]): boolean {
  return bytes.length > 0 && hasBytes(bytes, 0, signature.slice(0, bytes.length));
}

/** Whether `bytes` has the ASCII `text` at `offset`; false where it is too short. */
export function hasText(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** ASCII text of at most `size` bytes at `offset`, up to the first NUL. */
export function asciiAt(bytes: Uint8Array, offset: number, size: number): string {
  const field = bytes.subarray(offset, offset + size);
  const end = field.indexOf(0);
  return String.fromCharCode(...(end === -1 ? field : field.subarray(0, end)));
}
