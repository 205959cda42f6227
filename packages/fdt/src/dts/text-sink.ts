/** Letters held back until they are worth a string. */
const PIECE = 0x10000;
const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** Takes ASCII text letter by letter and gives it on in large pieces, so that a long text is never many small strings. */
export class TextSink {
  readonly #piece = new Uint8Array(PIECE);
  readonly #decoder = new TextDecoder();
  readonly #write: (text: string) => void;
  #length = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  text(text: string): void {
    for (let at = 0; at < text.length; at++) this.letter(text.charCodeAt(at));
  }

  letter(code: number): void {
    if (this.#length === PIECE) this.flush();
    this.#piece[this.#length++] = code;
  }

  /** `0x` and the digits of a 32-bit number, without zeros in front. */
  cell(value: number): void {
    this.text('0x');
    let shift = 28;
    while (shift > 0 && value >>> shift === 0) shift -= 4;
    for (; shift >= 0; shift -= 4) this.#digit(value >>> shift);
  }

  /** Two digits. */
  byte(value: number): void {
    this.#digit(value >> 4);
    this.#digit(value);
  }

  /** Gives on what was held back. */
  flush(): void {
    if (this.#length > 0) this.#write(this.#decoder.decode(this.#piece.subarray(0, this.#length)));
    this.#length = 0;
  }

  #digit(value: number): void {
    this.letter(DIGITS[value & 15] ?? 0);
  }
}
