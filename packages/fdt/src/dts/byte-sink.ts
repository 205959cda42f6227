/** Bytes that become more; room doubles. */
export class ByteSink {
  #room = new Uint8Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#room[this.#length++] = byte;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#room.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Text as UTF-8. */
  text(text: string): void {
    if (text !== '') this.append(new TextEncoder().encode(text));
  }

  /** A number of so many bytes, the highest first. */
  number(value: bigint, size: number): void {
    this.#reserve(size);
    let rest = value;
    for (let at = this.#length + size - 1; at >= this.#length; at--) {
      this.#room[at] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    this.#length += size;
  }

  /** A copy of all. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#room.slice(0, this.#length);
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#room.length) return;
    const room = new Uint8Array((this.#length + size) * 2);
    room.set(this.#room.subarray(0, this.#length));
    this.#room = room;
  }
}
