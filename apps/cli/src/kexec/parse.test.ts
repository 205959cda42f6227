import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KexecOption, namesOf, options } from './options.ts';
import { type Found, type Parsed, parseArguments } from './parse.ts';

const optionOf = (long: string): KexecOption => {
  const found = options.find((option) => option.long.includes(long));
  if (found === undefined) throw new TypeError(`no option ${long}`);
  return found;
};

/** What was found, in the words of a canonical command line. */
const canonical = ({ found, operands }: Parsed<KexecOption>): string[] => [
  ...found.flatMap(({ option, value }) => [nameOf(option), ...(value === undefined ? [] : [value])]),
  '--',
  ...operands,
];
const nameOf = ({ short, long }: KexecOption): string => long[0] ?? `-${short}`;

const named = options.filter(({ long }) => long.length > 0);
const flags = named.filter(({ value }) => value === undefined);
const lettered = named.filter(({ short }) => short !== undefined);
const anyOption = fc.constantFrom(...named);
const anyText = fc.stringMatching(/^[a-z0-9=/ -]{0,8}$/);
/** Something that is no option wherever it stands. */
const anyOperand = fc.stringMatching(/^[a-z/][a-z=-]{0,6}$/);
/** Options, each with a value where it has one. */
const anyFound = fc.array(
  anyOption.chain((option) =>
    (option.value === undefined ? fc.constant(undefined) : anyText).map((value) => ({ option, value })),
  ),
  { maxLength: 6 },
);

/** One way to write an option. */
const written = ({ option, value }: Found<KexecOption>, way: number): string[] => {
  const { short, long } = option;
  const name = `--${long[way % long.length]}`;
  if (value === undefined) return way % 2 === 0 && short !== undefined ? [`-${short}`] : [name];
  if (way % 3 === 0) return [`${name}=${value}`];
  if (way % 3 === 1 || short === undefined) return [name, value];
  // What is behind the letter is its value, but for nothing.
  return value === '' ? [`-${short}`, value] : [`-${short}${value}`];
};

describe('by the rules of getopt_long', () => {
  test('every way to write an option means the same', () => {
    fc.assert(
      fc.property(anyFound, fc.infiniteStream(fc.nat(30)), (wanted, ways) => {
        const args = wanted.flatMap((each) => written(each, ways.next().value ?? 0));
        expect(parseArguments(args, options)).toEqual({ found: wanted, operands: [] });
      }),
    );
  });

  test('operands may stand between options, and what is behind -- is none', () => {
    fc.assert(
      fc.property(
        anyFound,
        fc.array(anyOperand, { maxLength: 4 }),
        fc.array(anyText),
        fc.nat(20),
        (wanted, between, behind, at) => {
          const parts = wanted.map((each) => written(each, 0));
          const args = [...parts.slice(0, at % 7).flat(), ...between, ...parts.slice(at % 7).flat(), '--', ...behind];
          expect(parseArguments(args, options)).toEqual({ found: wanted, operands: [...between, ...behind] });
        },
      ),
    );
  });

  test('letters come in clusters, of which the last may have a value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...flags.filter(({ short }) => short !== undefined)), { minLength: 1 }),
        (each) => {
          const cluster = `-${each.map(({ short }) => short).join('')}`;
          const found = each.map((option) => ({ option, value: undefined }));
          expect(parseArguments([cluster], options)).toEqual({ found, operands: [] });
          const type = { option: optionOf('type'), value: 'Image' };
          expect(parseArguments([`${cluster}tImage`], options).found).toEqual([...found, type]);
          expect(parseArguments([`${cluster}t`, 'Image'], options).found).toEqual([...found, type]);
        },
      ),
    );
  });

  test('a long name is as short as it is unambiguous', () => {
    const names = named.flatMap((option) => option.long.map((long) => ({ option, long })));
    for (const { option, long } of names)
      for (let length = 1; length <= long.length; length++) {
        const short = long.slice(0, length);
        const others = names.filter((each) => each.long.startsWith(short) && each.option !== option);
        const isExact = names.some((each) => each.long === short);
        const { found, problem } = parseArguments([`--${short}`, 'value'], options);
        if (isExact || others.length === 0) expect(found[0]?.option).toBe(isExact ? optionOf(short) : option);
        else expect(problem?.message).toMatch(/ambiguous; possibilities: '--.*' '--/);
      }
  });

  test.each<[args: string, message: string]>([
    ['--bogus', "unrecognized option '--bogus'"],
    ['-lz', "invalid option -- 'z'"],
    ['--load=1', "option '--load' doesn't allow an argument"],
    ['--append', "option '--append' requires an argument"],
    ['-lt', "option requires an argument -- 't'"],
    ['--re', "option '--re' is ambiguous; possibilities: '--reuseinitrd' '--reuse-cmdline'"],
  ])('%s is refused in its words', (args, message) => {
    expect(parseArguments(['-l', ...args.split(' ')], options)).toMatchObject({
      found: [{ option: optionOf('load') }, ...(args.startsWith('-l') ? [{ option: optionOf('load') }] : [])],
      problem: { message },
    });
  });

  test('POSIXLY_CORRECT: the first operand ends the options', () => {
    expect(canonical(parseArguments(['-l', 'kernel', '-u', '--', 'x'], options, true))).toEqual([
      ...['load', '--', 'kernel', '-u', '--', 'x'],
    ]);
  });

  // An oracle of its own: util-linux' getopt(1) is the C library's getopt_long.
  test('and as getopt(1) reads it', ({ skip }) => {
    if (spawnSync('getopt', ['--version']).status !== 0) skip('getopt is not installed: apt-get install util-linux');
    const word = fc.oneof(
      anyText,
      anyOperand,
      fc.constantFrom(
        '-',
        '--',
        '--re',
        '--l',
        '--load',
        '--no-c',
        '--kexec-syscall',
        '--mem-m=1',
        '-dl',
        '-t',
        '-x1',
        '--',
      ),
      anyOption.map((option) => `--${option.long[0]}`),
      fc.tuple(anyOption, fc.nat(9)).map(([option, length]) => `--${option.long[0]?.slice(0, length + 1)}=v`),
      fc.constantFrom(...lettered).map(({ short }) => `-${short}`),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        const theirs = byGetopt(args);
        const ours = parseArguments(args, options);
        expect(ours.problem === undefined).toBe(theirs.isRight);
        if (theirs.isRight) expect(canonical(ours)).toEqual(theirs.words);
      }),
      { numRuns: 150 },
    );
  });
});

/** What the C library makes of a command line, with the first name of each option. */
function byGetopt(args: readonly string[]): { isRight: boolean; words: string[] } {
  const letters = options.flatMap(({ short, value }) =>
    short === undefined || short === '?' ? [] : [`${short}${value === undefined ? '' : ':'}`],
  );
  const names = options.flatMap(({ long, value }) => long.map((name) => `${name}${value === undefined ? '' : ':'}`));
  const { status, stdout } = spawnSync(
    'getopt',
    ['-u', '-o', letters.join(''), '-l', names.join(','), '--', ...args.map(protect)],
    {
      encoding: 'utf8',
    },
  );
  const words = stdout.replace(/^ /, '').replace(/\n$/, '').split(' ');
  return { isRight: status === 0, words: canonicalWords(words).map(unprotect) };
}

/** It prints words with blanks between them, and empty ones as nothing. */
const protect = (word: string): string => (word === '' ? 'EMPTY' : word.replaceAll(' ', 'BLANK'));
const unprotect = (word: string): string => (word === 'EMPTY' ? '' : word.replaceAll('BLANK', ' '));

function canonicalWords(words: readonly string[]): string[] {
  const result: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return [...result, '--', ...rest.filter((each) => each !== '')];
    const option = options.find(({ short, long }) => word === `-${short}` || long.some((name) => word === `--${name}`));
    if (option === undefined) return [...result, `? ${word}`];
    result.push(nameOf(option));
    if (option.value !== undefined) result.push(rest.shift() ?? '');
  }
  return result;
}

test('no two options are written the same', () => {
  const names = options.flatMap((option) => namesOf(option).split(', ')).map((name) => name.replace(/=.*/, ''));
  expect(new Set(names).size).toBe(names.length);
});
