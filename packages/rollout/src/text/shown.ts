/** Characters of a value in an error. */
const SHOWN_MAX = 80;

/** What a terminal or a page may take for more than text: controls, formats such as bidirectional overrides, halves of pairs, line ends. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** What most text is, told apart quickly. */
const PLAIN = /^[ -~]*$/;

/** Text of any origin on one line: what cannot be seen is written as `\u{1b}`. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** {@link visible} text of at most so many characters. Only as much is looked at as is shown. */
export function cut(text: string, most: number): string {
  return text.length <= most ? visible(text) : `${visible(text.slice(0, most - 1))}…`;
}

/** A value of any origin as an error shows it: a line, short. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${cut(value, SHOWN_MAX)}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return value === undefined || value === null ? 'nothing' : cut(String(value), SHOWN_MAX);
}
