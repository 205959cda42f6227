import { invalid } from '../../error.ts';

const BLANKS = /[ \t]+/;

/**
 * A program and its arguments: words between blanks, or a JSON list of texts. There is no shell, so what only a shell would read is refused
 * rather than handed on.
 *
 * @throws InvalidValue
 */
export function programWords(given: string): readonly [string, ...string[]] {
  const words = given.trimStart().startsWith('[') ? jsonWords(given) : plainWords(given.trim());
  const [program, ...rest] = words;
  if (program === undefined || program === '') throw invalid('give a program and its arguments');
  return [program, ...rest];
}

const HINT = 'there is no shell; give a list, \'["hosts", "--all of them"]\', for what has blanks or quotes in it';

function plainWords(given: string): readonly string[] {
  if (/["'`\\$|&;<>()*?\n\r]/.test(given)) throw invalid(HINT);
  return given.split(BLANKS);
}

function jsonWords(given: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch {
    throw invalid(HINT);
  }
  if (!Array.isArray(value)) throw invalid(HINT);
  return value.map((word: unknown) => {
    if (typeof word !== 'string' || word.includes('\0')) throw invalid(HINT);
    return word;
  });
}

/** A share of hosts: `3%`, from 0 to 100. */
export function share(given: string): number {
  const [, digits] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(given) ?? [];
  const part = Number(digits) / 100;
  if (!(part >= 0 && part <= 1)) throw invalid('give a share from 0% to 100%, such as 3%');
  return part;
}

/** How many times faster than the clock on the wall. */
export function speed(given: string): number {
  const times = Number(given);
  if (!/^\d+(\.\d+)?$/.test(given) || times < 1 || times > 1000) throw invalid('give a number from 1 to 1000');
  return times;
}
