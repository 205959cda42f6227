import { pageOf, type Signs } from '../../src/render/page.ts';

const signsOn = (isTTY: boolean): Signs => pageOf({ isTTY }, { LC_ALL: 'C.UTF-8' }).signs;

/** Signs of a terminal, each with what stands for it in a pipe. */
const signs: readonly (readonly [terminal: string, pipe: string])[] = Object.entries(signsOn(true)).flatMap(
  ([name, sign]) => {
    const plain = new Map(Object.entries(signsOn(false))).get(name);
    return typeof sign === 'string' && typeof plain === 'string' ? [[sign, plain] as const] : [];
  },
);

/** A text of a terminal with the signs of a pipe. */
const inAscii = (text: string): string => signs.reduce((all, [terminal, pipe]) => all.replaceAll(terminal, pipe), text);

/** A line of a picture, which has as many signs as there is room, and what says how much one is. */
const DRAWN = /^ +0x[0-9a-f]+ {2}[^a-z\d\n]*$|^ +\.\.\. .*$|^ *one sign is .*$/gm;

/** Words with a letter or a digit in them that are whole: what was cut has as much of it as there is room. */
const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .replaceAll(DRAWN, '')
      .split(/\s+/)
      .filter((word) => /[\p{L}\d]/u.test(word) && !word.includes('...')),
  );

/** A word may be broken where a line ends. */
function isBroken(word: string, words: ReadonlySet<string>): boolean {
  for (let at = 1; at < word.length; at++) {
    const rest = word.slice(at);
    if (words.has(word.slice(0, at)) && (words.has(rest) || isBroken(rest, words))) return true;
  }
  return false;
}

/** The words of one text that the other lacks, a terminal's and a pipe's. */
export function differences(terminal: string, pipe: string): { readonly lost: string[]; readonly added: string[] } {
  const [shown, piped] = [wordsOf(inAscii(terminal)), wordsOf(pipe)];
  return {
    lost: [...piped].filter((word) => !shown.has(word) && !isBroken(word, shown)),
    // A piece of a broken word stands in one.
    added: [...shown].filter((word) => !piped.has(word) && ![...piped].some((whole) => whole.includes(word))),
  };
}
