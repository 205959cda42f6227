const ENCODER = new TextEncoder();

/** Small values share rooms of this size: an ArrayBuffer costs more than what most of them hold. */
const ROOM = 4096;

/** Bytes that become more, and are taken off. */
export class ByteSink {
  #room = new Uint8Array(64);
  /** Where what is not yet taken begins, and ends. */
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#room[this.#end++] = byte;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#room.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Text as UTF-8. */
  text(text: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        this.append(ENCODER.encode(text.slice(index)));
        return;
      }
      this.#room[this.#end++] = code;
    }
  }

  /** A number of 32 bits, the highest byte first. */
  cell(value: number): void {
    this.#reserve(4);
    this.#room[this.#end++] = value >>> 24;
    this.#room[this.#end++] = value >>> 16;
    this.#room[this.#end++] = value >>> 8;
    this.#room[this.#end++] = value;
  }

  /** A number of so many bytes, the highest first. */
  number(value: bigint, size: number): void {
    this.#reserve(size);
    let rest = value;
    for (let at = this.#end + size - 1; at >= this.#end; at--) {
      this.#room[at] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    this.#end += size;
  }

  /** All, which are here no longer. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#room.buffer, this.#start, this.length);
    this.#start = this.#end;
    return bytes;
  }

  #reserve(size: number): void {
    if (this.#end + size <= this.#room.length) return;
    const { length } = this;
    const room = new Uint8Array(Math.max(ROOM, (length + size) * 2));
    room.set(this.#room.subarray(this.#start, this.#end));
    this.#room = room;
    this.#start = 0;
    this.#end = length;
  }
}
