import pc from 'picocolors';

/** Signs that a view may use beyond letters: in a pipe, or on a terminal without them, ASCII stands for each. */
export interface Signs {
  readonly arrow: string;
  readonly dash: string;
  readonly ellipsis: string;
  readonly good: string;
  readonly warning: string;
  readonly bad: string;
  /** Blocks of a picture, from full to empty. */
  readonly blocks: readonly [full: string, dark: string, medium: string, light: string];
  /** What sets the text of others off. */
  readonly bar: string;
  readonly times: string;
  readonly atLeast: string;
  readonly atMost: string;
  readonly about: string;
}

/** What a text is written on: a terminal, or a pipe or file that others read. */
export interface Page {
  /** Columns that a line has at most; without end in a pipe, where others search and cut lines. */
  readonly width: number;
  /** Columns that a picture has. */
  readonly pictureWidth: number;
  readonly color: ReturnType<typeof pc.createColors>;
  readonly signs: Signs;
  readonly asCalled: AsCalled;
}

/** A text of ours whose commands (`kexeckit doctor`) are written as who reads it would write them: `npx kexeckit doctor`. */
export type AsCalled = (text: string) => string;

const UNICODE: Signs = {
  arrow: '→',
  dash: '–',
  ellipsis: '…',
  good: '✓',
  warning: '!',
  bad: '✗',
  blocks: ['█', '▓', '▒', '░'],
  bar: '│',
  times: '×',
  atLeast: '≥',
  atMost: '≤',
  about: '≈',
};

const ASCII: Signs = {
  arrow: '->',
  dash: '-',
  ellipsis: '...',
  good: '+',
  warning: '!',
  bad: 'x',
  blocks: ['#', '=', '-', '.'],
  bar: '|',
  times: 'x',
  atLeast: '>=',
  atMost: '<=',
  about: '~',
};

/** A text with the sign for what is cut, which messages of packages have in them, as this page has it. */
export const withSigns = (text: string, { signs }: Page): string =>
  signs.ellipsis === UNICODE.ellipsis ? text : text.replaceAll(UNICODE.ellipsis, signs.ellipsis);

/** Where the width is not known: a pipe, a file. */
const PICTURE_WIDTH = 100;
/** A line is never asked to be shorter: nothing could be read any more. */
const LEAST_WIDTH = 40;
const MOST_WIDTH = 400;

/** What a page needs to know of the stream that it is printed to. */
export interface PageStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What of the environment a page looks like. */
export interface PageEnvironment {
  readonly TERM?: string | undefined;
  readonly NO_COLOR?: string | undefined;
  readonly COLUMNS?: string | undefined;
  readonly LC_ALL?: string | undefined;
  readonly LC_CTYPE?: string | undefined;
  readonly LANG?: string | undefined;
}

/** Whether what is written there can be wiped, and coloured. */
export const isTerminalFor = (stream: PageStream, env: PageEnvironment): boolean =>
  stream.isTTY === true && env.TERM !== 'dumb';

/** The page that is printed to this stream: colours and Unicode only on a terminal, unless the environment says otherwise. */
export function pageOf(stream: PageStream, env: PageEnvironment, asCalled: AsCalled = asWritten): Page {
  const isTerminal = isTerminalFor(stream, env);
  const isPlain = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  const width = widthOf((isTerminal ? stream.columns : undefined) ?? Number(env.COLUMNS));
  return {
    width: width ?? Number.POSITIVE_INFINITY,
    pictureWidth: width ?? PICTURE_WIDTH,
    color: pc.createColors(isTerminal && !isPlain),
    signs: isTerminal && speaksUnicode(env) ? UNICODE : ASCII,
    asCalled,
  };
}

const asWritten: AsCalled = (text) => text;

const widthOf = (columns: number): number | undefined =>
  Number.isInteger(columns) && columns > 0 ? Math.min(Math.max(columns, LEAST_WIDTH), MOST_WIDTH) : undefined;

/** The locale decides, the first that is set of these; the console of Linux itself has few signs. */
function speaksUnicode(env: PageEnvironment): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '') && env.TERM !== 'linux';
}

/** A page of a pipe: for those who have no stream. */
export const plainPage: Page = pageOf({}, {});
