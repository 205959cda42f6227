import { closest, distance } from 'fastest-levenshtein';
import { invalid } from '../error.ts';

const MIB = 1n << 20n;
const SMALLEST = 64n * MIB;
const LARGEST = 1n << 40n;

/** Any text. */
export const text = (given: string): string => given;

/** A text that is not empty: a path, a name. */
export function filled(given: string): string {
  if (given === '') throw invalid('leave the option out, or give something');
  return given;
}

/** A parser whose words others can list. */
export interface WordParser<Word extends string> {
  (given: string): Word;
  readonly words: readonly Word[];
}

/** One of these words. */
export function oneOf<Word extends string>(words: readonly Word[]): WordParser<Word> {
  const parse = (given: string): Word => {
    const found = words.find((word) => word === given);
    if (found === undefined) throw invalid(oneOfHint(given, words));
    return found;
  };
  return Object.assign(parse, { words });
}

/** Which words there are, and which might be meant. */
function oneOfHint(given: string, words: readonly string[]): string {
  const nearest = nearestOf(given, words);
  return `${nearest === undefined ? '' : `did you mean ${nearest}? `}give one of ${words.join(', ')}`;
}

/** What has so many more characters than a word is not meant to be it, and would be long compared with it. */
const FURTHEST = 16;

/** The word that somebody meant who wrote a letter more, less or another one, two in the wrong order, or capitals. */
function nearestOf(given: string, words: readonly string[]): string | undefined {
  if (words.every((word) => given.length > word.length + FURTHEST)) return undefined;
  const small = given.toLowerCase();
  const swapped = new Set([...small].map((_, at) => swappedAt(small, at)));
  const exact = words.find((word) => word.toLowerCase() === small || swapped.has(word.toLowerCase()));
  if (exact !== undefined) return exact;
  const nearest = closest(given, words);
  // Who writes another number means it.
  if (withoutDigits(given) === withoutDigits(nearest)) return undefined;
  return distance(given, nearest) <= Math.max(1, Math.floor(nearest.length / 3)) ? nearest : undefined;
}

const swappedAt = (word: string, at: number): string =>
  `${word.slice(0, at)}${word[at + 1] ?? ''}${word[at] ?? ''}${word.slice(at + 2)}`;

const withoutDigits = (word: string): string => word.replace(/\d/g, '').toLowerCase();

/** A whole number between these two, in decimal. */
export function wholeNumber(least: number, most: number): (given: string) => number {
  return (given) => {
    const number = Number(given);
    if (!/^-?\d+$/.test(given) || number < least || number > most)
      throw invalid(`give a whole number from ${least} to ${most}`);
    return number;
  };
}

/** Bytes of memory: `2G`, `512M`, as the kernel's memparse reads them, in whole MiB. */
export async function memorySize(given: string): Promise<bigint> {
  const { memparse } = await import('@kexeckit/cmdline');
  const { value, consumed } = memparse(given);
  if (consumed !== given.length || value % MIB !== 0n || value < SMALLEST || value > LARGEST)
    throw invalid('give whole MiB from 64M to 1T: 2G, 1536M');
  return value;
}

/** What `crashkernel=` takes: the kernel complains of nothing, on a machine with as much memory as there can be. */
export async function regionSize(given: string): Promise<string> {
  const { parseCrashkernel } = await import('@kexeckit/cmdline');
  const { log } = parseCrashkernel(`crashkernel=${given}`, LARGEST);
  if (given === '' || /[\s"]/.test(given) || log.some(([level]) => level === 'warn'))
    throw invalid('give a size, as crashkernel= takes it: 256M, 1G-4G:160M,4G-:256M');
  return given;
}

/** A regular expression; an empty one would be found everywhere. */
export function pattern(given: string): RegExp {
  if (given === '') throw invalid('give what is to be found');
  try {
    return new RegExp(given);
  } catch {
    throw invalid('give a regular expression, and quote it for the shell');
  }
}

/** Seconds in decimal, more than none, at most a day. */
export function seconds(given: string): number {
  const number = Number(given);
  if (!/^\d+(\.\d+)?$/.test(given) || number <= 0 || number > 86_400) throw invalid('give seconds, at most 86400');
  return number;
}
