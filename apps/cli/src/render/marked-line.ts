import { fromByteString } from '@kexeckit/cmdline';
import stringWidth from 'string-width';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';

/** Something that is said of a part of a line: its bytes from `start` to before `end`; of an empty part, where it would stand. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  /** What stands behind the marker. */
  readonly label: string;
  readonly paint: (text: string) => string;
}

/** One character, as it is shown. */
interface Cell {
  readonly text: string;
  readonly width: number;
  /** Bytes of the line. */
  readonly start: number;
  readonly end: number;
}

/** A part of a line that fits the page. */
type Row = readonly Cell[];

const INDENT = '  ';

/** A byte string, folded to the page, with `^^^^` below what is said of it. */
export function markedLine(line: string, marks: readonly Mark[], page: Page): string {
  const rows = foldCells(cellsOf(line), page.pictureWidth - INDENT.length);
  const lines = rows.flatMap((row, at) => {
    const isLast = at === rows.length - 1;
    return [
      row.map(({ text }) => text).join(''),
      ...markerLines(row, marks, isLast, page.pictureWidth - INDENT.length),
    ];
  });
  return lines.map((text) => `${INDENT}${text}`.trimEnd()).join('\n');
}

/** Bytes that are no text, and controls, are shown as people write them. */
function cellsOf(line: string): Cell[] {
  const cells: Cell[] = [];
  for (let start = 0; start < line.length; ) {
    const length = utf8Length(line, start);
    const bytes = line.slice(start, start + length);
    const text =
      length === 1 && bytes > '\x7f' ? `\\x${bytes.charCodeAt(0).toString(16)}` : inLine(fromByteString(bytes));
    cells.push({ text, width: stringWidth(text), start, end: start + length });
    start += length;
  }
  return cells;
}

/** Bytes of the character that begins here; 1 for what is none. */
function utf8Length(line: string, at: number): number {
  const lead = line.charCodeAt(at);
  const length = lead >= 0xf0 && lead < 0xf8 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  for (let i = 1; i < length; i++) if ((line.charCodeAt(at + i) & 0xc0) !== 0x80) return 1;
  return fromByteString(line.slice(at, at + length)).includes('\ufffd') ? 1 : length;
}

/** Breaks behind blanks where there are any. */
function foldCells(cells: readonly Cell[], width: number): Row[] {
  const rows: Row[] = [];
  for (let from = 0; from < cells.length; ) {
    const to = rowEnd(cells, from, width);
    rows.push(cells.slice(from, to));
    from = to;
  }
  return rows.length === 0 ? [[]] : rows;
}

function rowEnd(cells: readonly Cell[], from: number, width: number): number {
  let [room, to, blank] = [width, from, -1];
  for (let cell = cells[to]; cell !== undefined && (cell.width <= room || to === from); cell = cells[to]) {
    room -= cell.width;
    to += 1;
    if (cell.text === ' ') blank = to;
  }
  return to < cells.length && blank > from ? blank : to;
}

/** Where a marker stands: columns of a row. */
interface Marker {
  readonly mark: Mark;
  readonly from: number;
  readonly to: number;
  /** Where its label stands: behind the marker or, at the edge of the page, before it. */
  readonly label: number;
}

/** The markers of a row on as few lines as they do not overlap in. */
function markerLines(row: Row, marks: readonly Mark[], isLast: boolean, width: number): string[] {
  const lanes: Marker[][] = [];
  for (const mark of marks) {
    const marker = markerOf(row, mark, isLast, width);
    if (marker === undefined) continue;
    const lane = lanes.find((others) => others.every((other) => endOf(other) < startOf(marker)));
    if (lane === undefined) lanes.push([marker]);
    else lane.push(marker);
  }
  return lanes.map((lane) => {
    let [text, at] = ['', 0];
    for (const { mark, from, to, label } of lane) {
      const carets = '^'.repeat(to - from);
      const shown = label < from ? `${mark.label} ${carets}` : `${carets} ${mark.label}`;
      const start = Math.min(label, from);
      text += `${' '.repeat(Math.max(start - at, 0))}${mark.paint(shown)}`;
      at = start + shown.length;
    }
    return text;
  });
}

const startOf = ({ from, label }: Marker): number => Math.min(from, label);
const endOf = ({ to, label, mark }: Marker): number => Math.max(to, label + mark.label.length);

function markerOf(row: Row, mark: Mark, isLast: boolean, width: number): Marker | undefined {
  const [first, last] = [row[0]?.start ?? 0, row.at(-1)?.end ?? 0];
  const isPoint = mark.start === mark.end;
  const isHere = isPoint
    ? mark.start >= first && (mark.start < last || isLast)
    : mark.start < last && (mark.end > first || (isLast && mark.start >= last));
  if (!isHere) return undefined;
  const from = widthBefore(row, mark.start);
  const to = Math.max(widthBefore(row, mark.end), from + 1);
  const room = mark.label.length + 1;
  if (to + room <= width) return { mark, from, to, label: to + 1 };
  if (from >= room) return { mark, from, to, label: from - room };
  // As wide as the page: the label takes the place of its end.
  const short = Math.max(width - room, from + 1);
  return { mark, from, to: short, label: short + 1 };
}

const widthBefore = (row: Row, at: number): number =>
  row.reduce((sum, { end, width }) => (end <= at ? sum + width : sum), 0);
