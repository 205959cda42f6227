import { describe, expect, test } from 'vitest';
import { decode, decodeNumbers, encode, encodeRow, print } from './codec.ts';
import { registerNumber, sp, x0, x1, x30, xzr } from './registers.ts';

const hinting = (hint: RegExp) =>
  expect.objectContaining({ name: 'A64Error', code: 'EINVAL', hint: expect.stringMatching(hint) });

describe('sp and xzr are different types', () => {
  test('ADD of registers refuses the stack pointer: it is never add xzr, xzr, x0', () => {
    // @ts-expect-error: register 31 is XZR there
    expect(() => encode('add', sp, sp, x0)).toThrow(hinting(/form with SP: .imm or .ext/));
    expect(print(encode('add.ext', sp, sp, x0, 'uxtx'))).toBe('add sp, sp, x0');
    expect(print(encode('add', xzr, xzr, x0))).toBe('add xzr, xzr, x0');
  });

  test('forms with the stack pointer refuse the zero register', () => {
    // @ts-expect-error: register 31 is SP there
    expect(() => encode('add.imm', xzr, x0, 1)).toThrow(/add.imm: operand xsp cannot be xzr: register 31 is sp there/);
    // @ts-expect-error: register 31 is SP there
    expect(() => encode('ldr', x0, xzr)).toThrow(hinting(/form with XZR/));
    expect(print(encode('ldr', xzr, sp))).toBe('ldr xzr, [sp]');
  });

  test('a plain number is a register from 0 to 30; 31 does not say which is meant', () => {
    expect(encode('add', 30, 0, 1)).toBe(encode('add', x30, x0, x1));
    expect(() => encode('add', 31, x0, x1)).toThrow(hinting(/give xzr for operand x/));
    expect(() => encode('add.imm', x0, 31, 1)).toThrow(hinting(/give sp for operand xsp/));
    for (const wrong of [32, -1, 0.5, Number.NaN]) expect(() => encode('add', wrong, x0, x1)).toThrow(/add: /);
    expect(() => encodeRow('add', ['x0', x0, x1])).toThrow(hinting(/give a register/));
    // A register of SIMD has no such name.
    expect(print(encode('ldr.q', 31, sp))).toBe('ldr q31, [sp]');
  });

  test('decoding names it, and says its number to those who want numbers', () => {
    expect(decode(encode('ldr', xzr, sp))?.operands).toEqual([xzr, sp, 0]);
    expect(decode(encode('ldr', xzr, sp))?.operands.map(registerNumber)).toEqual([31, 31, 0]);
    const numbers = new Float64Array(6);
    decodeNumbers(encode('ldr', xzr, sp), numbers);
    expect([...numbers.slice(0, 3)]).toEqual([31, 31, 0]);
  });
});
