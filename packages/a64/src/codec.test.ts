import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyOperands, anyWords, samplesOfEach, wordsNearTable } from '../test/samples.ts';
import { decodeBitmask } from './bitmask.ts';
import { decode, decodeNumbers, encode, encodeRow, instructionIds, print, spell } from './codec.ts';
import { A64Error } from './error.ts';
import type { InstructionId } from './instructions.ts';
import { fieldOfName, isNamedKind } from './names.ts';
import { type OperandValue, readOperand, valueOfNumber } from './operand.ts';
import { sp, x0, x1, x2, x3, x30, xzr } from './registers.ts';
import { instructionOf, table } from './row.ts';

/** Whether immr has bits above the size of the element, which the highest bit of N:NOT(imms) marks. */
function decodedFieldIsRedundant(field: number): boolean {
  const [n, immr, imms] = [field >> 12, (field >> 6) & 63, field & 63];
  const size = 2 ** Math.floor(Math.log2((n << 6) | (~imms & 63)));
  return immr >= size;
}

const seed = 20190709;
const anyInstruction = fc.constantFrom(...instructionIds()).chain(anyOperands);

/** The word, or `undefined` where it is refused as it should be. */
function wordOrRefusal(id: InstructionId, operands: readonly OperandValue[]): number | undefined {
  try {
    return encodeRow(id, operands);
  } catch (error) {
    expect(error).toBeInstanceOf(A64Error);
    return undefined;
  }
}

/** Rows for whatever the rows before them do not spell better. */
const GENERAL: readonly InstructionId[] = ['hint', 'dsb', 'sys.any', 'msr'];

describe('the instruction table', () => {
  test('has no instruction with more operands than decodeNumbers asks room for', () => {
    expect(Math.max(...table().map(({ operands }) => operands.length))).toBeLessThanOrEqual(6);
  });

  test('decoding inverts encoding', () => {
    fc.assert(
      fc.property(anyInstruction, ({ id, operands }) => {
        const word = encodeRow(id, operands);
        const decoded = decode(word);
        if (decoded?.id === id) {
          expect(decoded).toEqual({ id, operands });
        } else {
          expect(GENERAL).toContain(id);
          expect(encodeRow(decoded?.id ?? id, decoded?.operands ?? [])).toBe(word);
        }
      }),
      { numRuns: 10_000, seed },
    );
  });

  test('every row is reached by decoding', () => {
    const words = samplesOfEach(3, seed).map(({ id, operands }) => encodeRow(id, operands));
    const reached = new Set(words.map((word) => decode(word)?.id));
    expect(instructionIds().filter((id) => !reached.has(id))).toEqual([]);
  });

  test('encode(decode(word)) is the word, for every word that decodes', () => {
    for (const word of [...anyWords(50_000, seed), ...wordsNearTable(100_000, seed)]) {
      const decoded = decode(word);
      if (decoded !== undefined) expect(encodeRow(decoded.id, decoded.operands)).toBe(word);
    }
  });

  test('encode(decode(word)) is the word for every field of a logical immediate, redundant rotations included', () => {
    let redundant = 0;
    for (const base of [0x9200_0041, 0x1200_0041, 0xb200_03ff, 0x7200_03ff]) {
      for (let field = 0; field < 2 ** 13; field++) {
        const word = (base | (field << 10)) >>> 0;
        const decoded = decode(word);
        if (decoded === undefined) continue;
        expect(encodeRow(decoded.id, decoded.operands)).toBe(word);
        expect(decoded.operands).toHaveLength(decodedFieldIsRedundant(field) && ++redundant ? 4 : 3);
      }
    }
    expect(redundant).toBeGreaterThan(4000);
  });

  test('words and their numbers say the same', () => {
    const ids = instructionIds();
    const numbers = new Float64Array(6);
    for (const word of wordsNearTable(20_000, seed)) {
      const index = decodeNumbers(word, numbers);
      const decoded = decode(word);
      expect(ids[index]).toBe(decoded?.id);
      for (const [at, value] of decoded?.operands.entries() ?? []) {
        const { kind } = instructionOf(decoded?.id ?? '').operands[at] ?? { kind: 'n' };
        const number = numbers[at] ?? Number.NaN;
        if (value === xzr || value === sp) expect(number).toBe(31);
        else if (typeof value === 'bigint')
          expect(BigInt.asUintN(table()[index]?.bits ?? 64, decodeBitmask(number) ?? -1n)).toBe(value);
        else expect(typeof value === 'string' && isNamedKind(kind) ? fieldOfName(kind, value) : value).toBe(number);
      }
    }
  });
});

const hinting = (hint: RegExp) => expect.objectContaining({ name: 'A64Error', hint: expect.stringMatching(hint) });

describe('encode', () => {
  test('known words', () => {
    expect(encode('movz', x0, 0x1234, 16)).toBe(0xd2a24680);
    expect(encode('ret', x30)).toBe(0xd65f03c0);
    expect(encode('isb')).toBe(0xd5033fdf);
    expect(encode('sys', 'dc civac', x0)).toBe(0xd50b7e20);
    expect(encode('ldp.post', x0, x1, x2, 16)).toBe(0xa8c10440);
    expect(encode('mrs', x0, 's3_0_c1_c0_0')).toBe(encode('mrs', x0, 'sctlr_el1'));
  });

  test('operands with a default may be left out', () => {
    expect(encode('ret')).toBe(encode('ret', x30));
    expect(encode('orr', x0, x1, x2)).toBe(encode('orr', x0, x1, x2, 0, 'lsl'));
    expect(encode('ldr.reg', x0, x1, x2)).toBe(encode('ldr.reg', x0, x1, x2, 'lsl', 0));
  });

  test('the 32-bit instruction of a row is its own', () => {
    expect(print(encode('add.imm.w', x0, x1, 1))).toBe('add w0, w1, #0x1');
    expect(print(encode('and.imm.w', x0, x1, 0xff00ff00n))).toBe('and w0, w1, #0xff00ff00');
  });

  test('an operand that does not fit is refused with its range', () => {
    expect(() => encode('add.imm', x0, x1, 4096)).toThrow(hinting(/give 0 to 4095/));
    expect(() => encode('ldp', x0, x1, x2, 12)).toThrow(hinting(/steps of 8/));
    expect(() => encode('and.imm', x0, x1, 5n)).toThrow(/logical immediate/);
    // @ts-expect-error: a number
    expect(() => encode('and.imm', x0, x1, 255)).toThrow(hinting(/give 255n/));
    for (const wrong of [1, 7, 64, 2.5, -2])
      expect(() => encode('and.imm', x0, x1, 0x5555_5555_5555_5555n, wrong)).toThrow(A64Error);
    expect(() => encode('movz.w', x0, 1, 32)).toThrow(hinting(/give 0 to 16 in steps of 16/));
    expect(() => encode('orr.w', x0, x1, x2, 32)).toThrow(hinting(/give 0 to 31/));
    expect(() => encodeRow('msr', ['sctlr_el7', x3])).toThrow(/sctlr_el7/);
    expect(() => encodeRow('mrs', [x3, 's3_8_c0_c0_0'])).toThrow(/s3_8_c0_c0_0/);
  });

  test('operands that are too few or too many are refused', () => {
    expect(() => encodeRow('ldr', [x0])).toThrow(hinting(/give 2 to 3: x, xsp, n/));
    expect(() => encodeRow('nop', [x0])).toThrow(/nop: got 1 operands/);
    expect(() => encodeRow('cbz', ['x0', 8])).toThrow(/x0 is not a number/);
  });

  test('whatever it is given, it refuses with an A64Error or gives a word that says just that', () => {
    const values = [
      0,
      1,
      2,
      -1,
      3,
      31,
      0.5,
      4096,
      2 ** 32,
      Number.NaN,
      1n,
      -2n,
      2n ** 64n,
      0xffn,
      'xzr',
      'sp',
      'lsl',
      '',
      'eq',
    ];
    let encoded = 0;
    fc.assert(
      fc.property(
        anyInstruction,
        fc.nat(5),
        fc.constantFrom<OperandValue>(...values),
        ({ id, operands: good }, place, value) => {
          const operands = good.map((own, at) => (at === place ? value : own));
          const word = wordOrRefusal(id, operands);
          if (word === undefined) return;
          encoded++;
          // A row before it may spell the word; its own fields still hold what was given.
          instructionOf(id).operands.forEach((operand, at) => {
            const [value, given] = [valueOfNumber(operand, readOperand(operand, word) ?? Number.NaN), operands[at]];
            if (typeof given === 'bigint')
              expect(BigInt.asUintN(operand.kind === 'bitmask32' ? 32 : 64, given)).toBe(value);
            else if (given !== undefined) expect(value).toBe(given);
          });
        },
      ),
      { numRuns: 20_000, seed },
    );
    expect(encoded).toBeGreaterThan(5000);
  });

  test('registers that must differ are refused where they do not', () => {
    expect(() => encode('ldpsw', x0, x0, x1)).toThrow(/ldpsw: names a register twice/);
    expect(() => encode('cpyfp', '', x0, x1, x1)).toThrow(/cpyfp: names a register twice/);
  });
});

describe('decode', () => {
  test('a word that is not modelled stays a number', () => {
    expect(decode(0xffffffff)).toBeUndefined();
    expect(decodeNumbers(0xffffffff, new Float64Array(6))).toBe(-1);
    expect(print(0xffffffff)).toBe('.inst 0xffffffff');
  });

  test('what is no word is none: it is not cut down to one', () => {
    for (const wrong of [
      2 ** 32 + 0xd503201f,
      -(2 ** 31) - 1,
      0xd503201f + 0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]) {
      expect(decode(wrong)).toBeUndefined();
      expect(spell(wrong)).toBeUndefined();
      expect(decodeNumbers(wrong, new Float64Array(6))).toBe(-1);
      expect(print(wrong)).toBe(`.inst ${wrong}`);
    }
    expect(print(0xd503201f | 0)).toBe('nop');
    expect([8192, -1, 0.5, Number.NaN].map(decodeBitmask)).toEqual(Array(4).fill(undefined));
  });

  test('reserved encodings are not modelled', () => {
    expect(decode(0x0a008000)).toBeUndefined(); // and w, shifted by 32
    expect(decode(0x52c00000)).toBeUndefined(); // movz w, shifted by 32
    expect(decode(0x12400000)).toBeUndefined(); // and w with N set
    expect(decode(0x93000000)).toBeUndefined(); // sbfm x without N
    expect(decode(0x9240fc00)).toBeUndefined(); // and x with a run of 64 ones
    expect(decode(0x8b201400)).toBeUndefined(); // add x, extended and shifted by 5
  });

  test('bits of immr above the size of the element count for nothing', () => {
    expect(print(0x52109300)).toBe('eor w0, w24, #0x1f001f');
    expect(print(0x52009300)).toBe('eor w0, w24, #0x1f001f');
  });
});

describe('print', () => {
  test.each([
    [0xf100041f, 'cmp x0, #0x1', 'subs xzr, x0, #0x1'],
    [0xaa0103e0, 'mov x0, x1', 'orr x0, xzr, x1'],
    [0xd3431c20, 'ubfx x0, x1, #3, #5', 'ubfm x0, x1, #3, #7'],
    [0x9a9f17e0, 'cset x0, eq', 'csinc x0, xzr, xzr, ne'],
    [0xd2a00020, 'mov x0, #0x10000', 'movz x0, #0x1, lsl #16'],
    [0xd65f03c0, 'ret', 'ret'],
    [0xf8625820, 'ldr x0, [x1, w2, uxtw #3]', 'ldr x0, [x1, w2, uxtw #3]'],
    [0x38627820, 'ldrb w0, [x1, x2, lsl #0]', 'ldrb w0, [x1, x2, lsl #0]'],
    [0xd538f000, 'mrs x0, s3_0_c15_c0_0', 'mrs x0, s3_0_c15_c0_0'],
    [0x4c9f201f, 'st1 {v31.16b, v0.16b, v1.16b, v2.16b}, [x0], #64', undefined],
  ])('%i is %s', (word, preferred, base) => {
    expect(print(word)).toBe(preferred);
    expect(print(word, { aliases: false })).toBe(base ?? preferred);
  });

  test('targets are relative, or addresses where the address is known', () => {
    const word = encode('adrp', x0, -0x1000);
    expect(print(word)).toBe('adrp x0, .-4096');
    expect(print(word, { address: 0x40200ffcn })).toBe('adrp x0, 0x401ff000');
    expect(print(encode('b', -4), { address: 0n })).toBe('b 0xfffffffffffffffc');
  });
});
