import { stripVTControlCharacters } from 'node:util';

/** What acts on a terminal, turns a line around, or cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\ufffd]+/gu;
/** What a cut between two surrogates leaves: no database takes it. */
const HALF_A_PAIR = /[\ud800-\udbff]$/;
const SPACES = /\s+/gu;

/** What is looked at of a text, as a multiple of what is kept: a text of megabytes costs no more than one of kilobytes. */
const LOOKED_AT = 8;

/** What a host said, as one line that acts on no terminal, of at most `most` characters. */
export function oneLine(text: string, most = 200): string {
  const head = text.slice(0, most * LOOKED_AT);
  const line = stripVTControlCharacters(head).replace(UNSEEN, ' ').replace(SPACES, ' ').trim();
  const cut = line.length > most || text.length > head.length;
  return cut ? `${line.slice(0, most - 1).replace(HALF_A_PAIR, '')}…` : line;
}

/** The last lines of what a host said, each as {@link oneLine}; empty ones left out. */
export function lastLines(text: string, lines: number, most = 200): string[] {
  const tail = text.slice(-lines * most * LOOKED_AT);
  return tail
    .split(/\r\n|\r|\n/u)
    .map((line) => oneLine(line, most))
    .filter((line) => line !== '')
    .slice(-lines);
}
