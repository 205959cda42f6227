/** A memory-mapped device of one 4 KiB frame. */
export interface Device {
  readonly name: string;
  /** The word at a byte offset, a multiple of 4. */
  read(offset: number): number;
  write(offset: number, word: number): void;
  /** Everything that a snapshot must keep, as text. */
  save(): string;
  restore(saved: string): void;
}

// PL011 registers and flags (Arm DDI 0183, 3.3).
const DATA = 0x00;
const FLAGS = 0x18;
const RECEIVE_EMPTY = 1 << 4;
const TRANSMIT_EMPTY = 1 << 7;

/** The console of most arm64 machines: what is written to its data register is collected as text. */
export class Pl011 implements Device {
  readonly name = 'pl011';
  readonly #registers = new Map<number, number>();
  #text = '';

  /** Everything that was printed. */
  get text(): string {
    return this.#text;
  }

  read(offset: number): number {
    if (offset === FLAGS) return RECEIVE_EMPTY | TRANSMIT_EMPTY;
    return offset === DATA ? 0 : (this.#registers.get(offset) ?? 0);
  }

  write(offset: number, word: number): void {
    if (offset === DATA) this.#text += String.fromCharCode(word & 0xff);
    else this.#registers.set(offset, word >>> 0);
  }

  save(): string {
    return JSON.stringify([this.#text, ...this.#registers]);
  }

  restore(saved: string): void {
    const [text, ...registers]: [string, ...[number, number][]] = JSON.parse(saved);
    this.#text = text;
    this.#registers.clear();
    for (const [offset, word] of registers) this.#registers.set(offset, word);
  }
}
