/** Characters of a line that are looked at together: longer lines come in pieces, so that no step grows with a line. */
const PIECE_MAX = 4096;

/** Takes a piece of a line: all of it, or a part of one that is rewritten with carriage returns or endless. */
export type TakePiece = (text: string, number: number) => void;

/** Cuts a text that comes bit by bit into pieces that are not empty, in their order; how it was divided makes no difference. */
export class Pieces {
  /** The line's number, from 1, as an editor counts: by line feeds. */
  #number = 1;
  /** Of a line that goes on; shorter than a piece. */
  #rest = '';
  readonly #take: TakePiece;

  constructor(take: TakePiece) {
    this.#take = take;
  }

  /** The line that is being read. */
  get number(): number {
    return this.#number;
  }

  push(text: string): void {
    for (let start = 0; start < text.length; ) {
      const found = text.indexOf('\n', start);
      const end = found < 0 ? text.length : found;
      this.#add(text, start, end);
      if (found >= 0) this.#endLine();
      start = end + 1;
    }
  }

  /** Nothing comes any more. */
  end(): void {
    this.#endLine();
  }

  #add(text: string, start: number, end: number): void {
    let at = start;
    if (this.#rest !== '') {
      at = Math.min(end, start + PIECE_MAX - this.#rest.length);
      this.#rest += text.slice(start, at);
      if (this.#rest.length < PIECE_MAX) return;
      this.#whole(this.#rest);
      this.#rest = '';
    }
    for (; end - at >= PIECE_MAX; at += PIECE_MAX) this.#whole(text.slice(at, at + PIECE_MAX));
    if (at < end) this.#rest = text.slice(at, end);
  }

  #endLine(): void {
    if (this.#rest !== '') this.#whole(this.#rest);
    this.#rest = '';
    this.#number += 1;
  }

  #whole(text: string): void {
    const turn = text.indexOf('\r');
    if (turn < 0) this.#take(text, this.#number);
    else for (const part of text.split('\r')) if (part !== '') this.#take(part, this.#number);
  }
}
