import { beforeEach, describe, expect, test } from 'vitest';
import { decode, encodeRow, instructionIds, print } from '../src/codec.ts';
import type { InstructionId } from '../src/instructions.ts';
import { assemble, disassemble, type Listing, missingBinutils } from './gnu.ts';
import { newerRegisters } from './newer-registers.ts';
import { aliasWords, anyWords, samplesOfEach, wordsNearTable } from './samples.ts';

const missing = missingBinutils();
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

const hexadecimal = (word: number): string => `0x${word.toString(16).padStart(8, '0')}`;

/** A text with the registers that these binutils do not know yet by their numbers. */
const forGnu = (text: string): string =>
  text.replace(/^(mrs|msr) .*$/, (line) => line.replaceAll(/\w+/g, (name) => newerRegisters[name] ?? name));

describe('GNU as', () => {
  const samples = samplesOfEach(30, 20190709);
  const words = samples.map(({ id, operands }) => encodeRow(id, operands));

  test.each([{ aliases: true }, { aliases: false }])('makes every row of what is printed ($aliases)', ({ aliases }) => {
    expect(new Set(samples.map(({ id }) => id)).size).toBe(instructionIds().length);
    const lines = words.map((word) => forGnu(print(word, { aliases })));
    const theirs = assemble(lines);
    const wrong = words.flatMap((word, at) =>
      theirs[at] === word ? [] : [`${lines[at]}: ${hexadecimal(word)}, as says ${hexadecimal(theirs[at] ?? 0)}`],
    );
    expect(wrong.slice(0, 20)).toEqual([]);
  });

  test('makes of every alias as it is printed the word that the alias gives', () => {
    const given = aliasWords(30, 20261129);
    const theirs = assemble(given.map((word) => print(word)));
    expect(given.flatMap((word, at) => (theirs[at] === word ? [] : [`${print(word)}: ${hexadecimal(word)}`]))).toEqual(
      [],
    );
  });
});

describe('GNU objdump', () => {
  test('prints every row as it is printed here', () => {
    const words = samplesOfEach(100, 7).map(({ id, operands }) => encodeRow(id, operands));
    expect(differences(words)).toEqual([]);
  });

  test('prints every system register and instruction as it is printed here', () => {
    const fields = Array.from({ length: 2 ** 15 }, (_, field) => field << 5);
    const bases = [0xd5308003, 0xd5108003, 0xd5080003, 0xd508001f, 0xd5280003];
    const words = bases.flatMap((base) => fields.map((field) => (base | field) >>> 0));
    expect(differences([...new Set(words)].filter((word) => decode(word) !== undefined))).toEqual([]);
  });

  test('agrees on what is decoded of a million random words', () => {
    expect(differences(decoded(anyWords(1_000_000, 20010910)))).toEqual([]);
  });

  test('agrees on what is decoded of a million words near the table', () => {
    expect(differences(decoded(wordsNearTable(1_000_000, 20080403)))).toEqual([]);
  });
});

/** Anything but general registers, numbers and names: registers of SIMD and SVE, of which few forms are modelled. */
const OTHER_REGISTERS = /\b[bhsdqvzp]\d/;
/** Words in which bits that should be 1 are not: objdump does not mind, here they are not modelled. */
const SHOULD_BE_ONE = /^(ld|st)l?a?x|^(ldlar|stllr|ldar|stlr|ldapr|cas|[su]mulh)/;

test('what objdump prints with a mnemonic of the table is decoded', () => {
  const mnemonic = (text: string): string => text.split(' ')[0] ?? '';
  const modelled = new Set(
    samplesOfEach(50, 3).flatMap(({ id, operands }) =>
      [true, false].map((aliases) => mnemonic(print(encodeRow(id, operands), { aliases }))),
    ),
  );
  const others = wordsNearTable(400_000, 5).filter((word) => decode(word) === undefined);
  const missed = disassemble(others).flatMap(({ preferred }, at) =>
    modelled.has(mnemonic(preferred)) && !OTHER_REGISTERS.test(preferred) && !SHOULD_BE_ONE.test(preferred)
      ? [`${hexadecimal(others[at] ?? 0)}: ${preferred}`]
      : [],
  );
  expect(missed.slice(0, 20)).toEqual([]);
});

/** Words that are decoded; of the others nothing is claimed, so nothing can be wrong. */
function decoded(words: readonly number[]): number[] {
  const found = words.filter((word) => decode(word) !== undefined);
  expect(found.length).toBeGreaterThan(words.length / 5);
  return found;
}

/** The first words that `objdump` prints otherwise. */
function differences(words: readonly number[]): string[] {
  const wrong: string[] = [];
  disassemble(words).forEach((listing, at) => {
    const word = words[at] ?? 0;
    const address = BigInt(4 * at);
    const preferred = forGnu(print(word, { address }));
    const base = forGnu(print(word, { address, aliases: false }));
    if (isSpelledAs(preferred, base, listing, decode(word)?.id)) return;
    wrong.push(`${hexadecimal(word)}: ${preferred} (${base}), objdump says ${listing.preferred} (${listing.base})`);
  });
  return wrong.slice(0, 20);
}

/** Whether both spellings are objdump's, but for what is said here. */
function isSpelledAs(preferred: string, base: string, listing: Listing, id: InstructionId | undefined): boolean {
  // objdump knows registers of the R profile and of what never came to be (CSRE) by name.
  if (/\bs[23]_\d_c\d+_c\d+_\d\b/.test(preferred)) {
    const [before = '', after = ''] = preferred.split(/\bs[23]_\d_c\d+_c\d+_\d\b/);
    return base === preferred && listing.base.startsWith(before) && listing.base.endsWith(after);
  }
  // objdump's alias forgets the register of an instruction that should have none.
  if (id === 'sys.any') return base === preferred && base === listing.base;
  // Hints and system instructions stay by name here; objdump without aliases has their numbers.
  const isBase = base === listing.base || (base === preferred && base === listing.preferred);
  // UXTX and UXTW beside the stack pointer are written LSL by objdump even without aliases.
  const isPlainExtension = /\.ext(\.w)?$/.test(id ?? '') && / uxt[wx]( #\d)?$/.test(base);
  return preferred === listing.preferred && (isBase || isPlainExtension);
}
