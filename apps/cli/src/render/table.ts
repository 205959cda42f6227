import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { type Page, withSigns } from './page.ts';

/** One column of a table: its heading, and whether its cells are numbers, which align right. */
export interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
}

/** Changes the finished lines of a row: a colour, or more lines before them. The headings are row -1. */
export type Paint = (lines: string, row: number) => string;

type Row = readonly string[];

const INDENT = 2;
const GAP = 2;
/** A column of text is folded to this many characters at least; where that is still too wide, the table becomes a list. */
const LEAST_FOLDED = 16;

/**
 * Lays rows out in columns as wide as their widest cell, two blanks apart. Where the page is narrower, columns of text are folded,
 * the widest first; where that does not suffice, each row becomes a list of its cells.
 */
export function layOutTable(columns: readonly Column[], rows: readonly Row[], page: Page, paint?: Paint): string {
  const painted = paint ?? ((lines, row) => (row < 0 ? page.color.bold(lines) : lines));
  const all = [columns.map(({ heading }) => heading), ...rows];
  const widths = foldedWidths(columns, all, page.width - INDENT);
  if (widths === undefined) return asLists(columns, rows, page, painted);
  const lines = all.map((row, number) => painted(rowLines(columns, row, widths).join('\n'), number - 1));
  return `${lines.join('\n')}\n`;
}

/** A text as lines of this width, broken between words; a word that is longer is broken where it has to be. */
export function fold(text: string, width: number): string[] {
  return stringWidth(text) <= width && !text.includes('\n')
    ? [text]
    : wrapAnsi(text, width, { hard: true }).split('\n');
}

/** A paragraph with its first line behind `lead`, and the others below its beginning. */
export function paragraph(text: string, page: Page, lead: string = ''): string {
  const indent = ' '.repeat(stringWidth(lead));
  const [first = '', ...rest] = fold(withSigns(text, page), Math.max(page.width - stringWidth(lead), LEAST_FOLDED));
  return [`${lead}${first}`, ...rest.map((line) => `${indent}${line}`)].join('\n');
}

function foldedWidths(columns: readonly Column[], rows: readonly Row[], room: number): readonly number[] | undefined {
  // Not Math.max(...): a table may have more rows than a call takes arguments.
  const widths = columns.map((_, at) => rows.reduce((width, row) => Math.max(width, stringWidth(row[at] ?? '')), 0));
  let excess = widths.reduce((sum, width) => sum + width, GAP * (columns.length - 1)) - room;
  while (excess > 0) {
    let widest = -1;
    for (const [at, { align }] of columns.entries()) {
      const width = widths[at] ?? 0;
      if (align === 'left' && width > LEAST_FOLDED && width > (widths[widest] ?? 0)) widest = at;
    }
    const width = widths[widest];
    if (width === undefined) return undefined;
    const others = widths.filter((_, at) => at !== widest && columns[at]?.align === 'left');
    // Down to the next widest at once, or as far as is needed.
    const next = others.reduce((most, other) => (other < width ? Math.max(most, other) : most), LEAST_FOLDED);
    const cut = Math.min(excess, Math.max(width - Math.max(next, LEAST_FOLDED), 1));
    widths[widest] = width - cut;
    excess -= cut;
  }
  return widths;
}

function rowLines(columns: readonly Column[], row: Row, widths: readonly number[]): string[] {
  const cells = columns.map((_, at) => fold(row[at] ?? '', widths[at] ?? 0));
  const height = cells.reduce((most, lines) => Math.max(most, lines.length), 1);
  return Array.from({ length: height }, (_, line) => {
    const parts = columns.map(({ align }, at) => padded(cells[at]?.[line] ?? '', widths[at] ?? 0, align));
    return `${' '.repeat(INDENT)}${parts.join(' '.repeat(GAP))}`.trimEnd();
  });
}

function padded(cell: string, width: number, align: Column['align']): string {
  const blanks = ' '.repeat(Math.max(width - stringWidth(cell), 0));
  return align === 'right' ? `${blanks}${cell}` : `${cell}${blanks}`;
}

/** Each row by itself: its first cell, and below it the others that are not empty, behind their headings. */
function asLists(columns: readonly Column[], rows: readonly Row[], page: Page, paint: Paint): string {
  const widest = columns.slice(1).reduce((width, { heading }) => Math.max(width, stringWidth(heading)), 0);
  const lines = rows.map((row, number) => {
    const [first = '', ...rest] = row;
    const cells = rest.flatMap((cell, at) => {
      if (cell.trim() === '') return [];
      const lead = `${' '.repeat(2 * INDENT)}${padded(columns[at + 1]?.heading ?? '', widest, 'left')}${' '.repeat(GAP)}`;
      return [paragraph(cell.trim(), page, lead)];
    });
    return paint([paragraph(first, page, ' '.repeat(INDENT)), ...cells].join('\n'), number);
  });
  return `${lines.join('\n')}\n`;
}
