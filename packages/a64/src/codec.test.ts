import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBitmask } from './bitmask.ts';
import { decode, encode, encodeRow, instructionIds, operandsOf, print } from './codec.ts';
import type { Operand, OperandValue } from './operand.ts';
import { x0, x1, x2, x3, x30 } from './registers.ts';
import { type NamedKind, nameOfValue } from './system.ts';

const seed = 20190709;

const knownNames = new Map<NamedKind, fc.Arbitrary<string>>();

/** Any name of a kind whose field has so many bits; the condition nv is never printed. */
function namesOf(kind: NamedKind, width: number): fc.Arbitrary<string> {
  const known = knownNames.get(kind);
  if (known !== undefined) return known;
  const names = Array.from({ length: 2 ** width }, (_, value) => nameOfValue(kind, value));
  const found = fc.constantFrom(...names.filter((name) => name !== undefined && name !== 'nv').map(String));
  knownNames.set(kind, found);
  return found;
}

/** Any value that the operand's field can hold. */
function anyValue(operand: Operand): fc.Arbitrary<OperandValue> {
  const width = operand.positions.length;
  switch (operand.kind) {
    case 'bitmask':
      return fc.bigInt(0n, (1n << 64n) - 1n).map((noise) => {
        const run = ((1n << ((noise % 62n) + 1n)) - 1n) << (noise % 3n);
        return encodeBitmask(run) === undefined ? 0xff00n : run & ((1n << 64n) - 1n);
      });
    case 'cond':
    case 'barrier':
    case 'sysreg':
    case 'sysop':
    case 'bareop':
      return namesOf(operand.kind, width);
    case 's':
    case 'pc':
      return fc.integer({ min: -(2 ** (width - 1)), max: 2 ** (width - 1) - 1 }).map((n) => n * operand.scale);
    default:
      return fc.integer({ min: 0, max: 2 ** width - 1 }).map((n) => n * operand.scale);
  }
}

const anyInstruction = fc
  .constantFrom(...instructionIds())
  .chain((id) => fc.tuple(fc.constant(id), fc.tuple(...operandsOf(id).map(anyValue))));

/** The words that GNU `as` makes of the lines, or `undefined` where it is not installed. */
function gnuAssemble(lines: readonly string[]): Uint32Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-a64-'));
  try {
    writeFileSync(join(folder, 'in.s'), `.arch armv8.1-a\n${lines.join('\n')}\n`);
    execFileSync('aarch64-linux-gnu-as', ['-o', join(folder, 'out.o'), join(folder, 'in.s')], { stdio: 'pipe' });
    execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', join(folder, 'out.o'), join(folder, 'out.bin')]);
    const bytes = readFileSync(join(folder, 'out.bin'));
    return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the instruction table', () => {
  test('every row, with random operands, is what GNU as makes of the printed text', ({ skip }) => {
    const samples = fc.sample(anyInstruction, { numRuns: 6000, seed });
    expect(new Set(samples.map(([id]) => id)).size).toBe(instructionIds().length);
    const words = samples.map(([id, operands]) => encodeRow(id, operands));
    const theirs = gnuAssemble(words.map(print));
    if (theirs === undefined) skip('GNU as for AArch64 is not installed: apt-get install binutils-aarch64-linux-gnu');
    const wrong = words.flatMap((word, i) =>
      theirs?.[i] === word ? [] : [`${print(word)}: ${word} != ${theirs?.[i]}`],
    );
    expect(wrong).toEqual([]);
  });

  test('decoding inverts encoding', () => {
    fc.assert(
      fc.property(anyInstruction, ([id, operands]) => {
        expect(decode(encodeRow(id, operands))).toEqual({ id, operands });
      }),
      { numRuns: 3000, seed },
    );
  });

  test('decoding any word and encoding it again gives the word', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
        const decoded = decode(word);
        if (decoded !== undefined) expect(encodeRow(decoded.id, decoded.operands)).toBe(word);
      }),
      { numRuns: 20000, seed },
    );
  });
});

describe('encode', () => {
  test('known words', () => {
    expect(encode('movz', x0, 0x1234, 16)).toBe(0xd2a24680);
    expect(encode('ret', x30)).toBe(0xd65f03c0);
    expect(encode('isb')).toBe(0xd5033fdf);
    expect(encode('sys', 'dc civac', x0)).toBe(0xd50b7e20);
    expect(encode('ldp.post', x0, x1, x2, 16)).toBe(0xa8c10440);
  });

  test('an operand that does not fit is refused with its range', () => {
    expect(() => encode('add.imm', x0, x1, 4096)).toThrow(/takes 0 to 4095/);
    expect(() => encode('ldp', x0, x1, x2, 12)).toThrow(/steps of 8/);
    expect(() => encode('and.imm', x0, x1, 5n)).toThrow(/logical immediate/);
    expect(() => encodeRow('msr', ['sctlr_el7', x3])).toThrow(/sctlr_el7/);
  });

  test('a word that is not modelled stays a number', () => {
    expect(decode(0)).toBeUndefined();
    expect(print(0)).toBe('.inst 0x00000000');
  });
});
