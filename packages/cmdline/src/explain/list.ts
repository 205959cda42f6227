import { difference, type Edit } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import { type MeantClause, meantClause, meantNumber, readable, SEPARATOR } from './plain.ts';

/** What stands between two separators of a range list. */
interface Piece {
  start: number;
  end: number;
  text: string;
  clause: MeantClause | undefined;
  isLast: boolean;
}

/**
 * The edits that make every clause of a list what it was meant to be, on whatever machine it is read: a missing `-` in the last
 * range, `MB`, fractions, semicolons, ranges the wrong way round. Clauses without a fault stay as they are. Undefined where what
 * was meant cannot be known.
 */
export function mendList(line: string, occurrence: Occurrence): Edit[] | undefined {
  const edits: Edit[] = [];
  let isOpen = false;
  for (const piece of piecesOf(line, occurrence)) {
    const separators = separatorEdits(line, piece, occurrence.valueStart);
    const mended = mendPiece(piece, line.charAt(piece.end) === '@');
    if (mended === undefined) {
      // Behind an open range nothing is read on any machine that it holds; an empty piece is only a comma too many. Digits could
      // belong to the number in front.
      if (!(isOpen || piece.text === '') || /[0-9]/.test(piece.text) || piece.start === occurrence.valueStart)
        return undefined;
      edits.push({ start: piece.start - 1, end: piece.end, text: '' });
      continue;
    }
    edits.push(...separators, ...difference(piece.text, mended, piece.start));
    isOpen ||= mended.includes('-:');
  }
  return edits;
}

function piecesOf(line: string, { valueStart, end }: Occurrence): Piece[] {
  const sign = line.indexOf('@', valueStart);
  const stop = sign < 0 || sign > end ? end : sign;
  const texts = line.slice(valueStart, stop).split(SEPARATOR);
  let at = valueStart;
  return texts.map((text, i) => {
    const piece = { start: at, end: at + text.length, text, clause: meantClause(text), isLast: i === texts.length - 1 };
    at = piece.end + 1;
    return piece;
  });
}

/** A semicolon was meant to be a comma. */
function separatorEdits(line: string, { start }: Piece, valueStart: number): Edit[] {
  if (start === valueStart || line.charAt(start - 1) === ',') return [];
  return [{ start: start - 1, end: start, text: ',' }];
}

function mendPiece({ clause, isLast }: Piece, hasBase: boolean): string | undefined {
  if (!clause) return undefined;
  // Only of the last range it is plain that it was meant to be open, and only if it cannot be `1G-4G` with a `:` for the dash.
  if (!clause.dash && (!isLast || hasBase || meantNumber(clause.size) >= meantNumber(clause.from))) return undefined;
  const [from, to, size] = [readable(clause.from), readable(clause.to), readable(clause.size)];
  if (to === '') return `${from}-:${size}`;
  const [low, high] = [meantNumber(from), meantNumber(to)];
  if (low === high) return undefined;
  return low < high ? `${from}-${to}:${size}` : `${to}-${from}:${size}`;
}
