import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aliasWords, anyWords, wordsNearTable } from '../test/samples.ts';
import { type AliasId, aliases } from './alias-table.ts';
import { aliasIds } from './aliases.ts';
import { decode, encode, encodeRow, print, spell } from './codec.ts';
import { sp, x0, x1, x2, x3, xzr } from './registers.ts';

const hinting = (hint: RegExp) => expect.objectContaining({ name: 'A64Error', hint: expect.stringMatching(hint) });

describe('aliases as input', () => {
  test.each([
    [encode('mov.reg', x0, x1), 'mov x0, x1'],
    [encode('mov.reg.w', x0, xzr), 'mov w0, wzr'],
    [encode('mov.sp', x0, sp), 'mov x0, sp'],
    [encode('mov.sp', sp, x1), 'mov sp, x1'],
    [encode('mov.imm', x0, 0x1_0000), 'mov x0, #0x10000'],
    [encode('mov.imm', x0, -1), 'mov x0, #0xffffffffffffffff'],
    [encode('mov.imm.w', x0, -2), 'mov w0, #0xfffffffe'],
    [encode('mov.imm.w', x0, 0xffff_0000), 'mov w0, #0xffff0000'],
    [encode('mov.imm', x0, 0xffff_0000_ffff_0000n), 'mov x0, #0xffff0000ffff0000'],
    [encode('mov.imm', sp, 0x7ffcn), 'mov sp, #0x7ffc'],
    [encode('mov.imm', x0, 0), 'mov x0, #0x0'],
    [encode('cmp.imm', sp, 8), 'cmp sp, #0x8'],
    [encode('cmp.reg', x0, x1, 3, 'lsl'), 'cmp x0, x1, lsl #3'],
    [encode('cmp.ext', sp, x1, 'uxtw', 2), 'cmp sp, w1, uxtw #2'],
    [encode('cmn.reg', x0, x1), 'cmn x0, x1'],
    [encode('cmn.imm.w', x0, 1), 'cmn w0, #0x1'],
    [encode('tst.imm', x0, 0xffn), 'tst x0, #0xff'],
    [encode('tst.reg', x0, x1), 'tst x0, x1'],
    [encode('neg', x0, x1), 'neg x0, x1'],
    [encode('mvn.w', x0, x1), 'mvn w0, w1'],
    [encode('lsl.imm', x0, x1, 3), 'lsl x0, x1, #3'],
    [encode('lsl.reg', x0, x1, x2), 'lsl x0, x1, x2'],
    [encode('lsr.imm.w', x0, x1, 31), 'lsr w0, w1, #31'],
    [encode('asr.imm', x0, x1, 63), 'asr x0, x1, #63'],
    [encode('ror.imm', x0, x1, 8), 'ror x0, x1, #8'],
    [encode('sxtw', x0, x1), 'sxtw x0, w1'],
    [encode('sxtb.w', x0, x1), 'sxtb w0, w1'],
    [encode('uxtb', x0, x1), 'uxtb w0, w1'],
    [encode('ubfx', x0, x1, 8, 4), 'ubfx x0, x1, #8, #4'],
    [encode('sbfx.w', x0, x1, 8, 4), 'sbfx w0, w1, #8, #4'],
    [encode('ubfiz', x0, x1, 8, 4), 'ubfiz x0, x1, #8, #4'],
    [encode('bfi', x0, x1, 8, 4), 'bfi x0, x1, #8, #4'],
    [encode('bfc', x0, 8, 4), 'bfc x0, #8, #4'],
    [encode('bfxil', x0, x1, 8, 4), 'bfxil x0, x1, #8, #4'],
    [encode('cset', x0, 'eq'), 'cset x0, eq'],
    [encode('csetm.w', x0, 'ne'), 'csetm w0, ne'],
    [encode('cset', x0, 'hs'), 'cset x0, cs'],
    [encode('b.cond', 'lo', 8), 'b.cc .+8'],
    [encode('cinc', x0, x1, 'lt'), 'cinc x0, x1, lt'],
    [encode('cneg', x0, x1, 'lt'), 'cneg x0, x1, lt'],
    [encode('mul', x0, x1, x2), 'mul x0, x1, x2'],
    [encode('smull', x0, x1, x2), 'smull x0, w1, w2'],
    [encode('umnegl', x0, x1, x2), 'umnegl x0, w1, w2'],
    [encode('ngc', x0, x1), 'ngc x0, x1'],
    [encode('add.lsl', sp, sp, x0, 3), 'add sp, sp, x0, lsl #3'],
    [encode('stadd', 'l', x1, sp), 'staddl x1, [sp]'],
  ])('%i is %s', (word, text) => expect(print(word)).toBe(text));

  test('what print prints can be emitted: every spelling is encoded to its word', () => {
    const spelled = new Set<string>();
    const wrong: string[] = [];
    for (const word of [...aliasWords(50, 7), ...anyWords(50_000, 7), ...wordsNearTable(100_000, 11)]) {
      const found = spell(word);
      if (found === undefined) continue;
      spelled.add(found.id);
      const again = encodeRow(found.id, found.operands);
      // An alias shows a logical immediate, not the bits of its rotation that count for nothing.
      const isShown = !/^(mov.bitmask|tst.imm)/.test(found.id) || decode(word)?.operands[3] === undefined;
      if (isShown ? again !== word : print(again) !== print(word)) wrong.push(`${print(word)}: ${print(again)}`);
    }
    expect(wrong).toEqual([]);
    // MOV of a constant is spelled by what it becomes.
    expect(aliasIds().filter((id) => !spelled.has(id))).toEqual(['mov.imm', 'mov.imm.w']);
  });

  test('every alias gives a word that is spelled by an alias again', () => {
    for (const word of aliasWords(20, 23)) expect(aliasIds()).toContain(spell(word)?.id);
  });

  test('a shift by nothing is one, although another alias is printed for it', () => {
    expect(encode('lsl.imm', x0, x1, 0)).toBe(encode('lsr.imm', x0, x1, 0));
    expect(encode('bfi', x0, x1, 0, 64)).toBe(encode('bfxil', x0, x1, 0, 64));
  });

  test('MOV of a constant takes one instruction or is refused, and never truncates', () => {
    for (const value of [2n ** 64n, -(2n ** 63n) - 1n, 0.5, Number.NaN, 2 ** 60]) {
      expect(() => encode('mov.imm', x0, value)).toThrow(/does not fit 64 bits/);
    }
    expect(() => encode('mov.imm.w', x0, 2n ** 32n)).toThrow(/mov.imm.w: 4294967296 does not fit 32 bits/);
    expect(() => encode('mov.imm', x0, 0x12345)).toThrow(hinting(/loadConstant/));
    expect(() => encode('mov.imm', xzr, 0xff_00ffn)).toThrow(/mov.imm/);
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 31n), max: 2n ** 32n - 1n }), (value) => {
        try {
          const text = print(encode('mov.imm.w', x0, value));
          expect(text).toBe(`mov w0, #0x${BigInt.asUintN(32, value).toString(16)}`);
        } catch (error) {
          expect(String(error)).toMatch(/is not what one MOV makes/);
        }
      }),
      { seed: 3 },
    );
  });

  test('what an alias does not spell is refused, with what to take instead', () => {
    expect(() => encode('mov.sp', x0, x1)).toThrow(hinting(/one of the registers must be sp; else take add.imm/));
    for (const always of ['al', 'nv'] as const)
      expect(() => encode('cset', x0, always)).toThrow(hinting(/has an inverse/));
    expect(() => encode('stadd', 'a', x0, x1)).toThrow(hinting(/order/));
    expect(() => encode('lsl.imm', x0, x1, 64)).toThrow(hinting(/give 0 to 63/));
    expect(() => encode('ubfx.w', x0, x1, 30, 3)).toThrow(hinting(/give 1 to 2/));
    expect(() => encodeRow('mul', [x0, x1])).toThrow(/mul: got 2 operands/);
    expect(() => encodeRow('mul', [x0, x1, x2, x3])).toThrow(/mul: got 4 operands/);
  });

  test('a mnemonic that takes registers as well as numbers has no name without its form', () => {
    const id: string = 'cmp';
    const isAlias = (name: string): name is AliasId => Object.hasOwn(aliases, name);
    expect(isAlias(id)).toBe(false);
    // @ts-expect-error: a register or a number?
    expect(() => encode('cmp', x0, 0)).toThrow(hinting(/cmp.imm, .*cmp.reg/));
  });
});
