/** Characters of a line that are looked at together: longer lines come in pieces, so that no step grows with a line. */
const PIECE_MAX = 4096;

/** A piece of a line: all of it, or a part of one that is rewritten with carriage returns or endless. */
export interface Piece {
  /** The line's number, from 1, as an editor counts: by line feeds. */
  readonly number: number;
  readonly text: string;
}

/** The pieces of a text that are not empty, in their order. */
export function* piecesOf(text: string): Generator<Piece> {
  let number = 0;
  for (let start = 0; start < text.length; ) {
    number += 1;
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield* piecesOfLine(text, start, end, number);
    start = end + 1;
  }
}

function* piecesOfLine(text: string, start: number, end: number, number: number): Generator<Piece> {
  for (let at = start; at < end; at += PIECE_MAX) {
    const whole = text.slice(at, Math.min(end, at + PIECE_MAX));
    if (!whole.includes('\r')) yield { number, text: whole };
    else for (const part of whole.split('\r')) if (part !== '') yield { number, text: part };
  }
}
