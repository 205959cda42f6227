/** What a page may take for more than text: controls, formats such as bidirectional overrides, halves of pairs, line ends. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text of any origin on one line, of at most so many characters: what cannot be seen is written as `\u{1b}`. */
export function plain(text: string, most = 400): string {
  const short = text.length <= most ? text : `${text.slice(0, most - 1)}…`;
  return short.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}
