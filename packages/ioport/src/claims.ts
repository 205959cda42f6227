import { isMemory, mendedName } from './names.ts';
import type { TreeKind } from './tree.ts';

export const DASH: string = '[-\u2010-\u2015\u2212]';
/** What is left of a line whose first characters are lost, in front of its name. */
const BEHEADED = new RegExp(`^(?:[0-9a-fx\\s]|${DASH}){0,60}\\s:\\s`, 'i');
/** What a range that ends too soon may end in. */
const CUT = new RegExp(`^(?:0x)?[0-9a-f]{1,16}\\s?${DASH}(?:0x)?[0-9a-f]{0,16}$`, 'i');
/** The same where the text ends, too. */
const CUT_NUMBER = /^(?:0x)?[0-9a-f]{1,16}$/i;
const PORTS = /^[0-9a-f]{4}-[0-9a-f]{4} :/;
/** What stands for lines that somebody left out. */
const LEFT_OUT = /^[^\p{L}\p{N}$~]{0,8}(?:\.{2}|\u2026)|\b(?:snip(?:ped)?|omitted|left out|skipped|truncated)\b/iu;
/** What grep writes between pieces. */
export const BETWEEN_PIECES: RegExp = /^--$/;

/** A digit of an address: as it is, as a scanner or a keyboard has it, or what stands for one in another script. */
const DIGIT = '(?:[0-9a-foilsz]|[^\\x00-\\x7f])';
/** Fewer digits than an address has: some may be lost. */
const FEWEST: Readonly<Record<TreeKind, number>> = { iomem: 6, ioport: 4 };
const WORD = /[\p{L}\p{N}]+/gu;
/** What stands between the digits of one number. */
const BETWEEN_DIGITS = /(?<=[0-9a-f])[_'`,\u00b7\u2019](?=[0-9a-f])/gi;
/** Digits that need not stand apart from letters around them. */
const RUN = /[0-9a-f]{7,}/gi;
const UNIT = /^0x|h$/gi;
const ADDRESS = new RegExp(`^${DIGIT}+$`, 'iu');
/** A number with a start of the line, a blank or a bracket in front of it: not a part of a name, as of a host. */
const ALONE = /[\s([{<|>*#"'=:]/;
/** What stands between the ends of a range that is written in another way, the start of which is short. */
const SHORT_START = new RegExp(
  `(?:^|[\\s[(<|])(?:0x)?[0-9a-f]{1,16}\\s?(?:${DASH}|\\.{2,3}|~|to)\\s?(?:0x)?[0-9a-f]{6,16}`,
  'i',
);

/**
 * Whether a line that is no range may have claimed memory all the same: a range in another spelling, a part of one, the name of
 * what is in memory, or a mark for lines that were left out. Nothing else can have.
 */
export function mayClaim(bare: string, kind: TreeKind, isLast: boolean): boolean {
  if (kind === 'iomem' && PORTS.test(bare)) return false;
  if (BEHEADED.test(` ${bare} `) || CUT.test(bare) || (isLast && CUT_NUMBER.test(bare))) return true;
  const plain = bare.normalize('NFKC');
  return LEFT_OUT.test(plain) || SHORT_START.test(plain) || isBareName(plain) || hasAddresses(plain, FEWEST[kind]);
}

/** A name that has come apart from its range. */
function isBareName(line: string): boolean {
  return line.length < 100 && isMemory(mendedName(line.replaceAll(/^[^a-z]+|[^a-z]+$/gi, '')));
}

/** Whether there are two numbers that may be addresses, or one that stands alone. */
function hasAddresses(line: string, fewest: number): boolean {
  if ([...line.matchAll(RUN)].filter(([run]) => /\d/.test(run)).length > 1) return true;
  const joined = line.replaceAll(BETWEEN_DIGITS, '');
  let count = 0;
  for (const { 0: word, index } of joined.matchAll(WORD)) {
    if (!isAddress(word, fewest)) continue;
    count++;
    if (count > 1 || index === 0 || ALONE.test(joined.charAt(index - 1))) return true;
  }
  return false;
}

function isAddress(word: string, fewest: number): boolean {
  const digits = word.replaceAll(UNIT, '');
  if (digits.length < fewest || !ADDRESS.test(digits)) return false;
  // Words of these letters alone are words.
  return /[0-9]/.test(digits) || /^[a-f]{8,}$/i.test(digits);
}
