import { BootImageError } from '../error.ts';

// What a piece of unknown size begins with, and what one grows to at most: memory that stays unused is not touched.
const FIRST_PIECE = 1 << 16;
const LARGEST_PIECE = 64 << 20;

/**
 * Collects what a decompressor gives, up to a limit. Where the size is known beforehand, it stands in memory once: it is
 * written to where it stays.
 */
export class Output {
  readonly #maxSize: number;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #current: Uint8Array<ArrayBuffer>;
  /** Bytes used of the current piece. */
  #used = 0;
  #before = 0;

  /** @param expected how many bytes will come, where something says so; it may be wrong, and is never trusted beyond the limit. */
  constructor(maxSize: number, expected?: number) {
    this.#maxSize = maxSize;
    this.#current = allocate(expected === undefined ? 0 : Math.min(expected, maxSize));
  }

  /** Bytes so far. */
  get size(): number {
    return this.#before + this.#used;
  }

  /** Adds a chunk. @throws BootImageError `EFBIG` beyond the limit */
  add(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      const room = this.room();
      const part = rest.subarray(0, room.length);
      room.set(part);
      this.filled(part.length);
      rest = rest.subarray(part.length);
    }
  }

  /** Free memory to write the next bytes to, at least one; {@link filled} says how many were. */
  room(): Uint8Array<ArrayBuffer> {
    if (this.#used === this.#current.length) this.#grow();
    return this.#current.subarray(this.#used);
  }

  /** Counts what was written to {@link room}. @throws BootImageError `EFBIG` beyond the limit, so that a small file cannot fill the memory */
  filled(count: number): void {
    this.#used += count;
    if (this.size > this.#maxSize) throw tooBig(this.#maxSize);
  }

  /** At the limit, there is room for the byte that goes beyond it: who asks for room need not have one. */
  #grow(): void {
    const size = this.size;
    if (this.#used > 0) this.#pieces.push(this.#current);
    this.#before = size;
    this.#used = 0;
    const next = Math.min(Math.max(size, FIRST_PIECE), LARGEST_PIECE);
    this.#current = allocate(Math.min(next, this.#maxSize - size + 1));
  }

  /** Everything added, as one array. The pieces are let go one by one. */
  take(): Uint8Array<ArrayBuffer> {
    const { size } = this;
    if (this.#used > 0) this.#pieces.push(this.#current.subarray(0, this.#used));
    const [only = new Uint8Array(0)] = this.#pieces;
    if (this.#pieces.length < 2 && isWellFilled(size, only.buffer.byteLength)) return only;
    const bytes = allocate(size);
    let at = 0;
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#current = bytes;
    return bytes;
  }
}

/** The first bytes that `work` adds to an output: it is stopped as soon as there are so many. */
export async function firstBytes(size: number, work: (output: Output) => void | Promise<void>): Promise<Uint8Array> {
  const output = new Output(size);
  try {
    await work(output);
  } catch (error) {
    if (output.size <= size) throw error;
  }
  return output.take();
}

/** Whether an array may be given away as it is: whoever copies its buffer copies the rest of it, too. */
const isWellFilled = (size: number, room: number): boolean => room - size <= size / 16;

/** Memory for so many bytes. @throws BootImageError `EFBIG` where the host has no array of that size */
export function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new BootImageError('EFBIG', `there is no room for ${size} bytes`, 'lower the maxSize option', { cause });
  }
}

/** The error for data that unpacks to more than the caller allows. */
export function tooBig(maxSize: number): BootImageError {
  return new BootImageError(
    'EFBIG',
    `the file unpacks to more than ${maxSize} bytes`,
    'raise the maxSize option, if this really is a kernel',
    { value: maxSize },
  );
}
