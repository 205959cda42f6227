import { isTag } from './terminal.ts';

/** Dots that somebody put for lines. */
const DOTS = /^[^\p{L}\p{N}$~]{0,8}(?:\.{2}|\u2026)/u;
/** Words for them. */
const WORDS = new RegExp(
  String.raw`\b(?:${[
    'snip(?:ped)?|omit(?:ted)?|left out|skip(?:ped|ping)?|truncated|cut|removed|deleted|dropped|elided|redacted|censored|anonymi[sz]ed',
    'stripped|trimmed|abridged|abbreviated|shortened|clipped|hidden|masked|suppressed|withheld|filtered',
    'etc|and so (?:on|forth)|the rest|as (?:above|before)|ditto',
    String.raw`(?:\d+|many|some|several|few|more|other|further|lots of) (?:more|others?|lines?|entries|ranges|regions|devices)`,
  ].join('|')})\b`,
  'iu',
);
/** Scissors, what a pager says, and the head of a piece in a diff. */
const MARKS = /[8%] ?(?:<|-{3,})|> ?[8%]|^--more--|^lines \d|^@@ -\d/iu;
/** Somebody's own words in place of a text. */
const BRACKETED = /^[<[({\u00ab].*[>\])}\u00bb]\s?:?$/u;

/** Whether a line stands for others that were left out. */
export function isLeftOut(line: string): boolean {
  return DOTS.test(line) || WORDS.test(line) || MARKS.test(line) || (BRACKETED.test(line) && !isTag(line));
}
