import { skipBlanks } from '../token.ts';

/** Quotes of a keyboard, and of a word processor as characters or as the bytes of UTF-8. */
export const QUOTES: RegExp = /["'`\u2018\u2019\u201c\u201d]|\u00e2\u0080[\u0098\u0099\u009c\u009d]/g;

/** A name, alone or with a value. */
const PARAMETER = /^(?:--|[a-z_][\w.-]*$|[^\d=:@,;-][^=:@,;]*=)/i;
/** How the rest of a size begins. */
const REST = /^(?:[kmgtpe](?:i?b)?|high|low|cma)(?!\w)/i;

/** Whether a word is plainly a parameter of its own, and no part of a value that a blank tore apart. */
export function isParameter(word: string): boolean {
  const bare = word.replace(QUOTES, '');
  return PARAMETER.test(bare) && !REST.test(bare);
}

/** Whether what follows a value could be the rest of it. */
export function isTorn(line: string, end: number): boolean {
  const next = skipBlanks(line, end);
  return next < line.length && !isParameter(wordAt(line, next));
}

/** The text from an index to the next blank. */
function wordAt(line: string, start: number): string {
  let end = start;
  while (end < line.length && skipBlanks(line, end) === end) end++;
  return line.slice(start, end);
}
