import { cString, isBlank } from './bytes.ts';
import { EQUALS, QUOTE } from './characters.ts';

/** One parameter of a command line, with where it stands. All positions are indexes into the whole line. */
export interface Token {
  /** The name as the kernel sees it: quotes around the token removed. */
  param: string;
  /** The value, quotes around it removed; null where there is no `=`. */
  value: string | null;
  /** Index of the token's first character, a quote included. */
  start: number;
  /** Index after the token's last character, a quote included. */
  end: number;
  /** Index of the first character of the value as the kernel sees it; -1 without a value. */
  valueStart: number;
  /** Index after the last character of the value as the kernel sees it; -1 without a value. */
  valueEnd: number;
}

/** What {@link nextArg} took from the front of the text. */
export interface NextArg {
  param: string;
  /** null where there is no `=`. */
  val: string | null;
  /** The text after the token and the blanks that follow it. */
  rest: string;
  /** Index of `rest` in the text. */
  restOffset: number;
}

/** Reads the token that starts at `at`, which must not be a blank unless an empty name is wanted. */
export function tokenAt(line: string, at: number): Token {
  const length = line.length;
  const quoted = line.charCodeAt(at) === QUOTE;
  const from = quoted ? at + 1 : at;
  let inQuote = quoted;
  let equals = 0;
  let i = from;
  for (; i < length; i++) {
    const c = line.charCodeAt(i);
    if (!inQuote && isBlank(c)) break;
    // An `=` in front is part of the name: `=a` has no value.
    if (equals === 0 && c === EQUALS && i > from) equals = i;
    if (c === QUOTE) inQuote = !inQuote;
  }
  return cutToken(line, { start: at, from, end: i, equals, quoted });
}

interface Cut {
  start: number;
  from: number;
  end: number;
  equals: number;
  quoted: boolean;
}

function cutToken(line: string, { start, from, end, equals, quoted }: Cut): Token {
  // The last character counts as the closing quote whether the token or its value opened one.
  const closes = end > from && line.charCodeAt(end - 1) === QUOTE;
  if (equals === 0) {
    const param = line.slice(from, quoted && closes ? end - 1 : end);
    return { param, value: null, start, end, valueStart: -1, valueEnd: -1 };
  }
  let valueStart = equals + 1;
  let valueEnd = quoted && closes ? end - 1 : end;
  if (line.charCodeAt(valueStart) === QUOTE) {
    valueStart++;
    if (closes) valueEnd = end - 1;
  }
  if (valueEnd < valueStart) valueEnd = valueStart;
  const value = line.slice(valueStart, valueEnd);
  return { param: line.slice(from, equals), value, start, end, valueStart, valueEnd };
}

/** Index of the first character from `at` on that is not a blank. */
export function skipBlanks(line: string, at: number): number {
  let i = at;
  while (i < line.length && isBlank(line.charCodeAt(i))) i++;
  return i;
}

/**
 * The kernel's `next_arg`: splits the first token off. Leading blanks are not skipped (they give an empty name); only
 * the first `=` splits; a quote that opens the token covers name and value.
 */
export function nextArg(args: string): NextArg {
  const line = cString(args);
  const token = tokenAt(line, 0);
  const restOffset = skipBlanks(line, token.end);
  return { param: token.param, val: token.value, rest: line.slice(restOffset), restOffset };
}

/** True for the token after which everything belongs to init: `--`, quoted or not, without a value. */
export function endsKernelPart(token: Token): boolean {
  return token.param === '--' && token.value === null;
}

/** A command line taken apart. */
export interface TokenizedLine {
  /** Parameters in front of `--`, in order. */
  tokens: Token[];
  /** The `--` token, or null. */
  dashdash: Token | null;
  /** Index where the text for init starts (after `--` and its blanks); the line's length without `--`. */
  initStart: number;
}

/** Takes a command line apart as the kernel does at boot, with the position of every part. Linear in its length. */
export function tokenize(cmdline: string): TokenizedLine {
  const line = cString(cmdline);
  const tokens: Token[] = [];
  let at = skipBlanks(line, 0);
  while (at < line.length) {
    const token = tokenAt(line, at);
    at = skipBlanks(line, token.end);
    if (endsKernelPart(token)) return { tokens, dashdash: token, initStart: at };
    tokens.push(token);
  }
  return { tokens, dashdash: null, initStart: line.length };
}
