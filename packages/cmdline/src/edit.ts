import { cString, isBlank } from './bytes.ts';
import { CmdlineError } from './error.ts';
import { parameq } from './parameq.ts';
import { skipBlanks, type Token, tokenAt, tokenize } from './token.ts';

/**
 * The value of a parameter, of its last occurrence in front of `--` (later ones win for most parameters): its text,
 * null if it is there without `=`, undefined if it does not occur. `-` and `_` are the same.
 */
export function getParameter(cmdline: string, name: string): string | null | undefined {
  return findParameters(cmdline, name).at(-1)?.value;
}

/** All occurrences of a parameter in front of `--`, in order, with their positions. */
export function findParameters(cmdline: string, name: string): Token[] {
  return tokenize(cmdline).tokens.filter((token) => parameq(token.param, name));
}

/**
 * Writes one parameter so that the kernel reads back exactly this name and value; a value with blanks is quoted.
 *
 * @throws {CmdlineError} EINVAL if no spelling gives that name and value (a quote and a blank in one value, a NUL…).
 */
export function formatParameter(name: string, value: string | null = null): string {
  const plain = value === null ? name : `${name}=${value}`;
  for (const text of value === null ? [plain, `"${name}"`] : [plain, `${name}="${value}"`, `"${name}=${value}"`]) {
    if (readsBackAs(text, name, value)) return text;
  }
  throw new CmdlineError(
    'EINVAL',
    `no command line gives the parameter ${JSON.stringify(plain)}`,
    'the kernel has no escape for a quote: leave out quotes, blanks inside a quoted value, and NUL',
    { value: plain, start: 0, end: plain.length },
  );
}

/** True if the text, followed by another parameter, is taken as one token of this name and value. */
function readsBackAs(text: string, name: string, value: string | null): boolean {
  if (name === '' || name === '--' || text.includes('\0')) return false;
  const token = tokenAt(`${text} next`, 0);
  return token.end === text.length && token.param === name && token.value === value;
}

/**
 * Gives a parameter one value: its first occurrence in front of `--` is replaced where it stands, further ones are
 * removed, and without one it is added at the end of the kernel's part. Everything else stays byte for byte.
 *
 * @param value Text without quotes, or null for a parameter without `=`.
 * @throws {CmdlineError} EINVAL if the kernel could not read the value back.
 */
export function setParameter(cmdline: string, name: string, value: string | null): string {
  const [first, ...others] = findParameters(cmdline, name);
  if (!first) return appendParameter(cmdline, name, value);
  const text = formatParameter(name, value);
  const trimmed = removeTokens(cmdline, others);
  return trimmed.slice(0, first.start) + text + trimmed.slice(first.end);
}

/**
 * Adds a parameter at the end of the kernel's part of the line (in front of `--`), after any other of the same name.
 *
 * @throws {CmdlineError} EINVAL if the kernel could not read the value back, or an open quote swallows the line's end.
 */
export function appendParameter(cmdline: string, name: string, value: string | null = null): string {
  return appendRaw(cmdline, formatParameter(name, value));
}

/** Adds text, unchanged, at the end of the kernel's part of the line. */
export function appendRaw(cmdline: string, text: string): string {
  const { dashdash } = tokenize(cmdline);
  if (dashdash) return `${cmdline.slice(0, dashdash.start)}${text} ${cmdline.slice(dashdash.start)}`;
  assertClosed(cmdline);
  const line = cString(cmdline);
  // A trailing newline (as /proc/cmdline has) stays at the end.
  const newline = line.endsWith('\n') ? '\n' : '';
  const body = line.slice(0, line.length - newline.length);
  const gap = body === '' || isBlank(body.charCodeAt(body.length - 1)) ? '' : ' ';
  return `${body}${gap}${text}${newline}`;
}

/** Text after an open quote would become part of the quoted value. */
function assertClosed(cmdline: string): void {
  const last = tokenize(cmdline).tokens.at(-1);
  if (!last) return;
  const quotes = cmdline.slice(last.start, last.end).split('"').length - 1;
  if (quotes % 2 === 0) return;
  throw new CmdlineError(
    'EINVAL',
    `the quote in ${JSON.stringify(cmdline.slice(last.start, last.end))} is never closed`,
    'close the quote, or whatever is appended becomes part of this value',
    { value: cmdline.slice(last.start, last.end), start: last.start, end: last.end },
  );
}

/** Removes every occurrence of a parameter in front of `--`, each with the blanks after it. */
export function removeParameter(cmdline: string, name: string): string {
  return removeTokens(cmdline, findParameters(cmdline, name));
}

/** Cuts tokens with the blanks behind them; what ends the line goes with the blanks in front of it. One pass. */
function removeTokens(line: string, tokens: readonly Token[]): string {
  if (tokens.length === 0) return line;
  let out = '';
  let at = 0;
  for (const token of tokens) {
    out += line.slice(at, token.start);
    at = skipBlanks(line, token.end);
  }
  if (at < line.length) return out + line.slice(at);
  return trimEnd(out) + (line.endsWith('\n') ? '\n' : '');
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}
