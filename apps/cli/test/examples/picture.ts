import xterm from '@xterm/headless';

/** Size of a cell, and what is around all of them, in units of the drawing. */
const [CELL, LINE, MARGIN] = [8, 18, 14];

/** The colours of a dark terminal: the eight, and the eight bright ones. */
const PALETTE = [
  '#484f58',
  '#ff7b72',
  '#3fb950',
  '#d29922',
  '#58a6ff',
  '#bc8cff',
  '#39c5cf',
  '#b1bac4',
  '#6e7681',
  '#ffa198',
  '#56d364',
  '#e3b341',
  '#79c0ff',
  '#d2a8ff',
  '#56d4dd',
  '#f0f6fc',
];
const [PAPER, INK, FAINT] = ['#0d1117', '#e6edf3', '#8b949e'];

/** Letters in a row that look the same. */
interface Run {
  readonly column: number;
  readonly text: string;
  readonly look: string;
}

/** How a letter looks, as attributes of SVG. */
function lookOf(cell: xterm.IBufferCell): string {
  const ink = cell.isFgPalette() ? (PALETTE[cell.getFgColor()] ?? INK) : cell.isDim() ? FAINT : undefined;
  return `${ink === undefined ? '' : ` fill="${ink}"`}${cell.isBold() ? ' font-weight="bold"' : ''}`;
}

/** The rows of a terminal that shows this, as runs: a blank ends one. */
async function rowsOf(raw: string, columns: number): Promise<readonly (readonly Run[])[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 2000, allowProposedApi: true, convertEol: true });
  await new Promise<void>((resolve) => terminal.write(raw, resolve));
  const { active } = terminal.buffer;
  const rows = Array.from({ length: active.cursorY + 1 }, (_, at) => runsOf(active.getLine(at), columns));
  terminal.dispose();
  return rows;
}

function runsOf(line: xterm.IBufferLine | undefined, columns: number): readonly Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < columns; column++) {
    const cell = line?.getCell(column);
    const text = cell?.getChars().trim() ?? '';
    if (cell === undefined || text === '') continue;
    const [last, look] = [runs.at(-1), lookOf(cell)];
    const gap = last === undefined ? columns : column - last.column - last.text.length;
    // One blank between two words of the same look is a part of the run: drawings stay small.
    if (last !== undefined && last.look === look && gap <= 1)
      runs.splice(-1, 1, { ...last, text: `${last.text}${' '.repeat(gap)}${text}` });
    else runs.push({ column, text, look });
  }
  return runs;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * What a terminal shows of a command line, as SVG: letters stand in cells of one width, whatever the font, on paper of its own, so
 * that it is read on a light page and on a dark one.
 */
export async function drawingOf(line: string, raw: string, columns: number): Promise<string> {
  const rows = await rowsOf(`$ \u001b[1m${line}\u001b[22m\n${raw.trimEnd()}`, columns);
  const [width, height] = [columns * CELL + 2 * MARGIN, rows.length * LINE + 2 * MARGIN];
  const texts = rows.flatMap((runs, row) =>
    runs.map(({ column, text, look }) => {
      const [x, y] = [MARGIN + column * CELL, MARGIN + row * LINE + 13];
      return `<text x="${x}" y="${y}" textLength="${text.length * CELL}"${look}>${escaped(text)}</text>`;
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(line)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    `<g fill="${INK}" font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">`,
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}
