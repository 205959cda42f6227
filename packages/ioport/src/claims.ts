import { isLeftOut } from './left-out.ts';
import { besideNames, isMemory, mendedName } from './names.ts';
import { isCommand } from './terminal.ts';
import type { TreeKind } from './tree.ts';

export const DASH: string = '[-\u2010-\u2015\u2212]';
/** What is left of a line whose first characters are lost, in front of its name. */
const BEHEADED = new RegExp(`^(?:[0-9a-fx\\s]|${DASH}){0,60}\\s:\\s`, 'i');
/** What a range that ends too soon may end in. */
const CUT = new RegExp(`^(?:0x)?[0-9a-f]{1,16}\\s?${DASH}(?:0x)?[0-9a-f]{0,16}$`, 'i');
/** The same where the text ends, too. */
const CUT_NUMBER = /^(?:0x)?[0-9a-f]{1,16}$/i;
/** As /proc/ioports has them. */
const PORTS = /^[0-9a-f]{4}-[0-9a-f]{4} :/;
/** What a map has between a range and its name, whatever has become of the range. */
const NAMED = /(?:^|\s):+\s+\S/;

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

/** What stands between the ends of a range. */
const TO = String.raw`\s?(?:${DASH}|\.{2,3}|~|\+|/|to|through)\s?`;
/** Two numbers with units. */
const SIZE = String.raw`\d(?:\.\d{1,9})?\s?[kmgt]i?b?`;
const SIZES = new RegExp(`${SIZE}${TO}(?:\\d{0,20}\\.)?\\d{0,20}${SIZE}(?![a-z])`, 'i');
/** Digits that have come apart. */
const SPACED = /\b[0-9a-f]{4}(?: [0-9a-f]{4}){3,}\b|\b[0-9a-f](?: [0-9a-f-]){6,}\b/i;
/** What people write over the digits of an address. */
const BLACKENED = new RegExp(`([x?*#._\u2022\u2588])\\1{2,20}${TO}([x?*#._\u2022\u2588])\\2{2}`, 'iu');
/** Two words in the place of a range. */
const END = '[^\\s@\u2010-\u2015\u2212-]{1,40}?';
const IN_PLACE = new RegExp(`^(${END})${TO}(${END})(?=[\\s:]|$)`, 'iu');
/** Something, and the end of a range. */
const WITH_END = new RegExp(`^${END}\\s?${DASH}\\s?(?:0x)?(?=[a-f]{0,16}\\d)[0-9a-f]{6,16}(?:\\s|$)`, 'iu');
const YEARS = /^(?:19|20)\d\d$/;

/** Where a line stands that is no range. */
export interface Surroundings {
  readonly kind: TreeKind;
  /** Whether the text ends with it. */
  readonly isLast: boolean;
  /** Whether it goes on with a listing of /proc/ioports. */
  readonly isAmongPorts: boolean;
}

/**
 * Whether a line that is no range may have claimed memory all the same: a range in another spelling, a part of one, something
 * with a name as a map has it, whatever stands in the place of its range, or a mark for lines that were left out.
 */
export function mayClaim(bare: string, { kind, isLast, isAmongPorts }: Surroundings): boolean {
  if (isAmongPorts) return false;
  if (BEHEADED.test(` ${bare} `) || CUT.test(bare) || (isLast && CUT_NUMBER.test(bare))) return true;
  const plain = bare.normalize('NFKC');
  if (SHORT_START.test(plain) || isRangeLike(plain) || hasAddresses(plain, FEWEST[kind])) return true;
  return isBareName(plain) || (!isCommand(plain) && (NAMED.test(plain) || isLeftOut(plain) || namesMemory(plain)));
}

/** Whether a line is one of /proc/ioports, which is listed beside this map. It begins with the first port. */
export function isOfPorts(bare: string, kind: TreeKind, isAmongPorts: boolean): boolean {
  if (kind !== 'iomem' || !(isAmongPorts ? PORTS.test(bare) : bare.startsWith('0000-') && PORTS.test(bare)))
    return false;
  return !isMemory(mendedName(bare.replace(PORTS, '').trim()));
}

/** A name that has come apart from its range. */
function isBareName(line: string): boolean {
  return line.length < 100 && isMemory(mendedName(line.replaceAll(/^[^a-z]+|[^a-z]+$/gi, '')));
}

/** Whether a line names what is in memory, and is not just a sentence. */
function namesMemory(line: string): boolean {
  const rest = besideNames(line);
  if (rest === undefined) return false;
  const words = rest.match(/\p{L}{2,}/gu) ?? [];
  return words.length < 3 || /[\d<>[\]{}*\u2022\u2588]|\?\?|xxx/i.test(rest);
}

/** Two things that stand as the ends of a range do, with digits, wrong or hidden ones. */
function isRangeLike(line: string): boolean {
  if (SIZES.test(line) || SPACED.test(line) || BLACKENED.test(line)) return true;
  const [, from = '', to = ''] = IN_PLACE.exec(line) ?? [];
  if (YEARS.test(from) && YEARS.test(to)) return false;
  return (isLikeAddress(from) && isLikeAddress(to)) || WITH_END.test(line);
}

/** Whether most of a word's characters are digits of an address. */
function isLikeAddress(word: string): boolean {
  const digits = word.replaceAll(UNIT, '');
  const good = digits.replaceAll(/[^0-9a-f?*]/gi, '').length;
  return digits.length >= 4 && /[\d?*]/.test(digits) && digits.length - good <= 2;
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
