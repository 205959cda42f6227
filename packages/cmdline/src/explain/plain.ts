import { type CrashkernelSuffix, roundedRam } from '../grammar.ts';
import { formatSize } from '../size.ts';
import { isWithin } from './near-name.ts';
import { QUOTES } from './word.ts';

// Values as people mean them: with fractions, `MB`, quotes, semicolons and capitals, which Linux reads otherwise or not at all.

const MIB = 1n << 20n;
const UNITS = 'KMGTPE';

/** A number as people write sizes: digits, perhaps a fraction, a unit, and a `B` that Linux does not know. */
const NUMBER = String.raw`(0x[0-9a-f]{1,16}[kmgt]?|\d{1,20}(?:(?:\.\d{1,6})?[kmgtpe])?)`;
const BYTES = '(?:ib?|b)?';
const CLAUSE = new RegExp(`^${NUMBER}${BYTES}(-?)${NUMBER}?${BYTES}:${NUMBER}([a-z]*)$`, 'i');
const SIZE = new RegExp(`^${NUMBER}`, 'i');
const SUFFIX = /[,;:. ]?(high|low|cma)["',;.]*$/i;

/** The suffix that a value was meant to have, however it is spelt. */
export function meantSuffix(value: string): CrashkernelSuffix | null {
  const [, word] = SUFFIX.exec(value) ?? [];
  switch (word?.toLowerCase()) {
    case 'high':
      return ',high';
    case 'low':
      return ',low';
    case 'cma':
      return ',cma';
    default:
      return null;
  }
}

/** The suffix that a word behind a comma was meant to be: its letters in another order, one wrong, or `mem` behind it. */
export function nearSuffix(text: string): CrashkernelSuffix | null {
  const word = /^,([a-z]{3,7})$/i.exec(text)?.[1]?.toLowerCase().replace(/mem$/, '') ?? '';
  if (word.length < 3) return null;
  const sorted = (letters: string): string => letters.split('').toSorted().join('');
  const near = (['high', 'low'] as const).filter(
    (each) => sorted(each) === sorted(word) || (word[0] === each[0] && isWithin(word, each, 1)),
  );
  return near[0] === undefined ? null : `,${near[0]}`;
}

/** What a number was meant to be, leading zeros and fractions included; a fraction is rounded up to MiB, not to be less. */
export function meantNumber(text: string): bigint {
  if (/^0x/i.test(text)) {
    const [, digits = '0', unit = ''] = /^(0x[0-9a-f]+)([kmgt]?)$/i.exec(text) ?? [];
    return BigInt(digits) << shiftOf(unit);
  }
  const [, whole = '0', part = '', unit = ''] = /^(\d+)(?:\.(\d+))?([kmgtpe]?)$/i.exec(text) ?? [];
  if (part === '') return BigInt(whole) << shiftOf(unit);
  const scaled = BigInt(whole + part) << shiftOf(unit);
  const divisor = 10n ** BigInt(part.length) * MIB;
  return ((scaled + divisor - 1n) / divisor) * MIB;
}

function shiftOf(unit: string): bigint {
  return BigInt(10 * (UNITS.indexOf(unit.toUpperCase() || '-') + 1));
}

/** A number as Linux can read it: without a fraction. */
export function readable(text: string): string {
  return text.includes('.') ? formatSize(meantNumber(text)) : text;
}

/** A clause of a range list as it was meant. */
export interface MeantClause {
  from: string;
  /** Empty for an open range. */
  to: string;
  /** Whether the `-` is there. */
  dash: boolean;
  size: string;
  /** Letters behind the size. */
  junk: string;
}

/** A clause as it was meant, or undefined for what is none. */
export function meantClause(text: string): MeantClause | undefined {
  const [, from, dash, to = '', size, junk = ''] = CLAUSE.exec(plainDashes(text)) ?? [];
  if (from === undefined || size === undefined || (dash === '' && to !== '')) return undefined;
  if (!isStray(size, junk) || [from, to, size].some(isUnclear)) return undefined;
  return { from, to, dash: dash !== '', size, junk };
}

/** True for a number that ends in a unit. */
export function hasUnit(number: string): boolean {
  return /[kmgtpe]$/i.test(number) && !/^0x/i.test(number);
}

/** Units in words, as far as they go on behind the letter. */
const SPELT = /^(?:kilo|kibi|mega|mebi|giga|gibi|tera|tebi)(?:bytes?)?$|^(?:meg|gig)s?$/;
/** `B`, `iB`, `bytes`, or a slip of one letter that is no unit. */
const STRAY = /^(?:i?b(?:ytes?)?|(?![kmgtpe])[a-z])?$/;

/**
 * Whether letters behind a size say nothing more: `MB`, `MiB`, `megabytes`, the unit twice, or one letter that slipped in. Behind a
 * bare number they could be any unit, and a second unit or a word could be what was meant.
 */
export function isStray(size: string, letters: string): boolean {
  if (letters === '') return true;
  if (!hasUnit(size)) return false;
  const unit = size.slice(-1).toLowerCase();
  const rest = letters.toLowerCase();
  return SPELT.test(unit + rest) || STRAY.test(rest.startsWith(unit) ? rest.slice(1) : rest);
}

/** Whether a point could part thousands, as in much of Europe: `1.024M`. */
export function isUnclear(number: string): boolean {
  return number.includes('.') && /^[1-9]\d{0,2}\.\d{3}[a-z]?$/i.test(number);
}

/** Dashes that word processors make of a `-`, as characters or as the bytes of UTF-8, and what else people write for one. */
const DASHES = /--|\.\.|\u2010|\u2011|\u2012|\u2013|\u2014|\u2212|\u00e2\u0080[\u0090-\u0094]|\u00e2\u0088\u0092/g;

/** The text with every dash a plain one. */
function plainDashes(text: string): string {
  return text.replace(DASHES, '-');
}

/** Characters that part the clauses of a list, or were meant to. */
export const SEPARATOR: RegExp = /[,;]/;

/** What one occurrence asks for: each amount with the RAM that it is meant for. */
export interface Meant {
  from: bigint;
  /** null for no limit. */
  to: bigint | null;
  size: bigint;
}

/** What a value plainly asks for, in whatever spelling; nothing where it cannot be told. */
export function meantBy(value: string): Meant[] {
  const joined = value.replaceAll(/([,;])[\t-\r\u00a0]+(?=\d)/g, '$1');
  const bare = joined.replace(QUOTES, '').replace(/^0,(?=\d)/, '0.');
  const list = (bare.split('@', 1)[0] ?? '').replace(SUFFIX, '');
  if (list.includes(':')) return list.split(SEPARATOR).flatMap(meantOfClause);
  const [text] = SIZE.exec(bare.replace(/^[-+]/, '')) ?? [];
  return text === undefined ? [] : [{ from: 0n, to: null, size: meantNumber(text) }];
}

function meantOfClause(text: string): Meant[] {
  const clause = meantClause(text);
  if (!clause) return [];
  const from = meantNumber(clause.from);
  const to = clause.to === '' ? null : meantNumber(clause.to);
  const size = meantNumber(clause.size);
  if (to !== null && to < from) return [{ from: to, to: from, size }];
  return [{ from, to, size }];
}

/** The most that is asked for on a machine with this much RAM. */
export function mostOf(meant: readonly Meant[], ram: bigint): bigint {
  const rounded = roundedRam(ram);
  let most = 0n;
  for (const { from, to, size } of meant) {
    if (size > most && rounded >= from && (to === null || rounded < to)) most = size;
  }
  return most;
}
