import { skipBlanks } from '../token.ts';

/** Quotes of a keyboard, and of a word processor as characters or as the bytes of UTF-8. */
export const QUOTES: RegExp = /["'`\u2018\u2019\u201c\u201d]|\u00e2\u0080[\u0098\u0099\u009c\u009d]/g;

/** Whether a text is one quote and nothing else. */
export function isQuote(text: string): boolean {
  return text !== '' && text.length <= 3 && text.replace(QUOTES, '') === '';
}

/** A name, alone or with a value. */
const PARAMETER = /^(?:--|[a-z_][\w.-]*$|[^\d=:@,;-][^=:@,;]*=)/i;
/** How the rest of a size begins. */
const REST = /^(?:[kmgtpe](?:i?b)?|high|low|cma)(?!\w)/i;

/** Whether a word is plainly a parameter of its own, and no part of a value that a blank tore apart. */
export function isParameter(word: string): boolean {
  const bare = word.replace(QUOTES, '');
  return PARAMETER.test(bare) && !REST.test(bare);
}

/** A part of a value, by how it begins: a separator, a bound with its dash, a size with its unit. A bare number can be a runlevel. */
const PIECE =
  /^(?:[@:,;]|-(?:[\d:=]|$)|\u2013|\u2014|\u00e2\u0080[\u0093\u0094]|\.\.|\d[\da-fx.]*[kmgt]?(?:i?b)?[-:@,;]|\d+[kmgt])/i;
/** Bare words that can stand between the parts of a value, as in `1G to 4G:256M`. */
const BETWEEN = 3;

/** Whether what follows a value could be the rest of it. */
export function isTorn(line: string, end: number): boolean {
  let at = skipBlanks(line, end);
  for (let i = 0; i <= BETWEEN && at < line.length; i++) {
    const word = wordAt(line, at);
    if (!isParameter(word) && (i === 0 || PIECE.test(word))) return true;
    if (word === '--' || word.includes('=')) return false;
    at = skipBlanks(line, at + word.length);
  }
  return false;
}

/** The words behind a value that are plainly parts of it, as far as that is seen by the first two; empty where they are none. */
export function tornPart(line: string, end: number): string {
  const at = skipBlanks(line, end);
  const word = wordAt(line, at);
  if (PIECE.test(word) || /^(?:high|low|cma)$/i.test(word)) return word;
  const next = skipBlanks(line, at + word.length);
  const second = word === 'to' ? wordAt(line, next) : '';
  return PIECE.test(second) ? line.slice(at, next + second.length) : '';
}

/** The text from an index to the next blank. */
function wordAt(line: string, start: number): string {
  let end = start;
  while (end < line.length && skipBlanks(line, end) === end) end++;
  return line.slice(start, end);
}
