import { isBlank } from '../bytes.ts';
import { EQUALS, QUOTE } from '../characters.ts';
import type { Reading } from '../crashkernel.ts';

type Name = Reading['name'];

/** Letters that a name may have too many or too few, or that are others. */
const SLIPS = 2;
/** Longer words are no misspelt name; a character that is no ASCII can be four bytes. */
const LONGEST = 24;

/** The name as it is compared: without dashes and case, each run of what is no ASCII as one character. */
export function plainName(param: string): string {
  return param
    .replaceAll(/[-_]/g, '')
    .replaceAll(/[^\0-\x7f]+/g, '\u00ff')
    .toLowerCase();
}

/** Whether a name is nearly this: `crahskernel`, `crashkernal`, `crash.kernel`. What ends in the name, Linux takes for it. */
export function isNear(param: string, name: Name): boolean {
  if (param.length > LONGEST || param.length < name.length - SLIPS || param.endsWith(name)) return false;
  const plain = plainName(param);
  return plain !== name && isWithin(plain, name, SLIPS);
}

/** Whether a line has such a name in front of a `=`. Cheap, as nearly no line has one. */
export function hasNearName(line: string, name: Name): boolean {
  for (let at = line.indexOf('='); at >= 0; at = line.indexOf('=', at + 1)) {
    const start = wordStart(line, at);
    const length = at - start;
    if (length > LONGEST) continue;
    if (length < name.length - 1 && line.charCodeAt(at - 1) === LAST && isHalf(line, name, start, at)) return true;
    if (hasLetters(line, name, start, at) && isNear(line.slice(start, at), name)) return true;
  }
  return false;
}

/** What both names end in: `l`. */
const LAST = 0x6c;
/** Bits of the letters that are in the names, counted from `a`. */
const LETTERS: Readonly<Record<Name, number>> = {
  crashkernel: lettersOf('crashkernel'),
  kexeckernel: lettersOf('kexeckernel'),
};

function lettersOf(name: string): number {
  let bits = 0;
  for (let i = 0; i < name.length; i++) bits |= 1 << (name.charCodeAt(i) & 31);
  return bits;
}

/** Whether so many letters are some of the name's that a text can be nearly that. */
function hasLetters(line: string, name: Name, start: number, end: number): boolean {
  const needed = name.length - SLIPS;
  if (end - start < needed) return false;
  const letters = LETTERS[name];
  let count = 0;
  for (let i = start; i < end; i++) {
    const code = line.charCodeAt(i);
    if (code >= 0x41 && code <= 0x7a && letters & (1 << (code & 31))) count++;
  }
  return count >= needed;
}

/** Whether a blank stands in the middle of the name: `crash kernel`. */
export function isHalf(line: string, name: Name, start: number, end: number): boolean {
  if (end - start >= name.length - 1 || !name.endsWith(line.slice(start, end))) return false;
  const front = name.slice(0, name.length - (end - start));
  const at = start - 1 - front.length;
  return line.startsWith(`${front} `, at) && (at === 0 || isBlank(line.charCodeAt(at - 1)));
}

/** Where the name in front of a `=` starts; one that is too long is not followed to its start. */
function wordStart(line: string, end: number): number {
  let start = end;
  while (start > 0 && end - start <= LONGEST && !endsName(line.charCodeAt(start - 1))) start--;
  return start;
}

const endsName = (code: number): boolean => code === EQUALS || code === QUOTE || isBlank(code);

/** Whether at most so many letters make one text of the other: put in, left out or replaced. */
export function isWithin(one: string, other: string, slips: number, i = 0, j = 0): boolean {
  let [a, b] = [i, j];
  while (a < one.length && one.charCodeAt(a) === other.charCodeAt(b)) {
    a++;
    b++;
  }
  const left = Math.max(one.length - a, other.length - b);
  if (left <= slips || slips === 0) return left <= slips;
  return (
    isWithin(one, other, slips - 1, a + 1, b + 1) ||
    isWithin(one, other, slips - 1, a + 1, b) ||
    isWithin(one, other, slips - 1, a, b + 1)
  );
}
