import pc from 'picocolors';

/** One column of a table: its heading, and whether its cells are numbers, which align right. */
export interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
}

/** Changes a finished line: a colour, or more lines before it. The headings are row -1. */
export type Paint = (line: string, row: number) => string;

const boldHeadings: Paint = (line, row) => (row < 0 ? pc.bold(line) : line);

/** Lays rows out in columns as wide as their widest cell, two blanks apart. */
export function layOutColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint = boldHeadings,
): string {
  const all = [columns.map(({ heading }) => heading), ...rows];
  // Not Math.max(...): a table may have more rows than a call takes arguments.
  const widths = columns.map((_, at) => all.reduce((width, row) => Math.max(width, (row[at] ?? '').length), 0));
  const lines = all.map((row, number) => {
    const cells = columns.map(({ align }, at) => {
      const cell = row[at] ?? '';
      const width = widths[at] ?? 0;
      return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return paint(`  ${cells.join('  ').trimEnd()}`, number - 1);
  });
  return `${lines.join('\n')}\n`;
}
