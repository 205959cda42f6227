import { crashkernelTokenEnd } from '../grammar.ts';
import { cutCmdline } from '../limit.ts';
import { memparse } from '../number.ts';
import { tokenize } from '../token.ts';
import type { ExplainJob } from './context.ts';
import { isNear, plainName } from './near-name.ts';
import { isParameter, isTorn, QUOTES } from './word.ts';

type Name = ExplainJob['name'];

const NUMBER = '(?:0x[0-9a-f]+|0|[1-9][0-9]*)[kmgtpe]?';
const CLAUSE = `${NUMBER}-(?:${NUMBER})?:${NUMBER}`;
/** A value without a fault. */
const SOUND = new RegExp(
  `^(?:${NUMBER}(?:,(?:high|low|cma))?|(?:${NUMBER}|${CLAUSE}(?:,${CLAUSE})*)(?:@${NUMBER})?)$`,
  'i',
);
/** Sizes in a value: the number in front, or one in each clause. */
const SIZES = new RegExp(`(?:^|:)(${NUMBER})(?!-|[0-9a-z]|:)`, 'gi');
/** Less is no room for a kernel: a unit is missing, or a part of the number. */
const LEAST = 1n << 20n;

/**
 * Whether a mended line holds nothing that is half mended: every value that is not as it was is one without a fault, and none
 * has a word behind it that could be a rest of it.
 */
export function isWhole(line: string, fixed: string, { name, kernel }: ExplainJob): boolean {
  const before = new Set(valuesOf(line, name).map(({ value }) => value));
  return valuesOf(fixed, name).every(({ value, end }) => {
    if (isTorn(fixed, end)) return false;
    if (before.has(value)) return true;
    return SOUND.test(value) && sizesOf(value).every((size) => isSize(memparse(size, kernel).value));
  });
}

function sizesOf(value: string): string[] {
  return Array.from(value.matchAll(SIZES), ([, size = '']) => size);
}

function isSize(size: bigint): boolean {
  return size === 0n || size >= LEAST;
}

function valuesOf(line: string, name: string): { value: string; end: number }[] {
  return Array.from(line.matchAll(new RegExp(`${name}=`, 'g')), ({ index, 0: needle }) => {
    const start = index + needle.length;
    const end = crashkernelTokenEnd(line, start);
    return { value: line.slice(start, end), end };
  });
}

/** Whether all other parameters are still there, in their order, and no quote swallows one that the kernel saw. */
export function keepsOthers(line: string, fixed: string, { name }: ExplainJob): boolean {
  const quotes = quotesIn(fixed);
  if (quotes % 2 === 1 && quotes !== quotesIn(line)) return false;
  if (othersOf(line, name) !== othersOf(fixed, name)) return false;
  const seen = new Set(tokensOf(fixed, name));
  return tokensOf(line, name).every((token) => seen.has(token));
}

/** Words that are other parameters, whatever quotes are around. */
function othersOf(line: string, name: Name): string {
  const words = line.split(/[\t-\r \u00a0]+/).map((word) => word.replace(QUOTES, ''));
  return words.filter((word) => isOther(word, name)).join(' ');
}

/** Other parameters as the kernel sees them. */
function tokensOf(line: string, name: Name): string[] {
  const texts = tokenize(line).tokens.map(({ param, value }) => (value === null ? param : `${param}=${value}`));
  return texts.filter((text) => isOther(text, name));
}

function isOther(word: string, name: Name): boolean {
  const [param = ''] = word.replace(QUOTES, '').split('=', 1);
  const isOwn = new RegExp(`^[a-z]?${name}$`).test(plainName(param)) || (word.includes('=') && isNear(param, name));
  return isParameter(word) && !isOwn;
}

function quotesIn(line: string): number {
  return line.split('"').length - 1;
}

/** Whether the kernel still sees all other parameters that it saw, and the last of each name with the same value. */
export function losesNothing(line: string, fixed: string, job: ExplainJob): boolean {
  if (fixed.length <= job.max) return true;
  const [before, after] = [seenOf(line, job), seenOf(fixed, job)];
  if (after.cut !== null && after.cut !== before.cut) return false;
  if (![...before.texts].every((text) => after.texts.has(text))) return false;
  return [...before.last].every(([param, value]) => after.last.get(param) === value);
}

/** What the kernel sees of other parameters: all in whole, and the name of one that is cut in two. */
interface Seen {
  texts: ReadonlySet<string>;
  last: ReadonlyMap<string, string | null>;
  cut: string | null;
}

function seenOf(line: string, { name, max }: ExplainJob): Seen {
  const { cut } = cutCmdline(line, { max });
  const whole = tokenize(line).tokens.filter(({ param, end }) => end <= max && param !== name);
  return {
    texts: new Set(whole.map(({ param, value }) => `${param}=${value}`)),
    last: new Map(whole.map(({ param, value }) => [param, value])),
    cut: cut?.param ?? null,
  };
}
