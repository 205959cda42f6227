import { describe, expect, test } from 'vitest';
import { aliasWords, anyWords, samplesOfEach, wordsNearTable } from '../test/samples.ts';
import { Assembler } from './assembler.ts';
import { decode, encodeAny, encodeRow, print } from './codec.ts';
import type { OperandValue } from './operand.ts';
import { parseLine } from './parse.ts';

const isValue = (value: unknown): value is OperandValue | undefined => typeof value !== 'object';

function wordOf(text: string): number {
  const { id, operands } = parseLine(text);
  return encodeAny(id, operands.filter(isValue));
}

describe('reading', () => {
  test('what print prints can be emitted, with aliases and without', () => {
    const wrong: string[] = [];
    const samples = samplesOfEach(5, 20261129).map(({ id, operands }) => encodeRow(id, operands));
    for (const word of [...samples, ...aliasWords(5, 29), ...anyWords(2_000, 31), ...wordsNearTable(2_000, 37)]) {
      const decoded = decode(word);
      if (decoded === undefined) continue;
      for (const aliases of [true, false]) {
        const text = print(word, { aliases });
        let again: number | string;
        try {
          again = wordOf(text);
        } catch (error) {
          again = String(error);
        }
        // The text does not tell what is redundant.
        const isSame =
          again === word ||
          (typeof again === 'number' && print(again, { aliases }) === text && decoded.operands.length === 4);
        if (!isSame) wrong.push(`${word.toString(16)} ${text}: ${typeof again === 'number' ? print(again) : again}`);
      }
    }
    expect(wrong.slice(0, 40)).toEqual([]);
  });

  test('a line may be written as people do: with blanks, decimal numbers, or without #', () => {
    for (const text of ['add x0,x1 , #0x10', 'add x0, x1, 16', '  add   x0, x1, #16 '])
      expect(print(wordOf(text))).toBe('add x0, x1, #0x10');
    expect(print(wordOf('ldr x0, [sp, #8]'))).toBe('ldr x0, [sp, #8]');
    expect(print(wordOf('mov x0, #-1'))).toBe('mov x0, #0xffffffffffffffff');
    expect(print(wordOf('ret x30'))).toBe('ret');
    expect(print(wordOf('b.lo .+8'))).toBe('b.cc .+8');
    expect(print(wordOf('ldr x0, [ sp , #0X1f8 ]'))).toBe('ldr x0, [sp, #504]');
    expect(print(wordOf('mrs x0, SCTLR_EL1'))).toBe('mrs x0, sctlr_el1');
    expect(print(wordOf('msr S3_0_C15_C2_1, x0'))).toBe('msr s3_0_c15_c2_1, x0');
    expect(['hint #34', 'dsb #11', 'dmb #0xb', 'prfm #1, [x0]'].map((text) => print(wordOf(text)))).toEqual([
      'bti c',
      'dsb ish',
      'dmb ish',
      'prfm pldl1strm, [x0]',
    ]);
    expect(print(wordOf('st1 { v0.16b }, [x0]'))).toBe('st1 {v0.16b}, [x0]');
  });

  test('TBZ of a low bit names the register either way, of a high bit by its 64 bits', () => {
    expect(print(wordOf('tbz x3, #31, .+8'))).toBe('tbz w3, #31, .+8');
    expect(print(wordOf('tbnz xzr, #0, .+8'))).toBe('tbnz wzr, #0, .+8');
    expect(print(wordOf('tbz x3, #32, .+8'))).toBe('tbz x3, #32, .+8');
    expect(() => parseLine('tbz w3, #32, .+8')).toThrow(/there is no such instruction/);
    expect(() => parseLine('tbz sp, #3, .+8')).toThrow(/cannot be sp/);
  });

  test.each([
    ['ldr x0, [x1, #-8]', /give 0 to 32760 in steps of 8/],
    ['ldr w0, [x1, #-8]', /give 0 to 16380 in steps of 4/],
    ['ldr xzr, [x1, #4]', /give 0 to 32760 in steps of 8/],
    ['str q0, [x1, #8]', /give 0 to 65520 in steps of 16/],
    ['lsl w0, w1, #32', /give 0 to 31/],
    ['mov w0, #0x100000000', /from -2\^31/],
  ])('what does not fit %s is said of its registers', (text, hint) => {
    expect(() => parseLine(text)).toThrow(
      expect.objectContaining({ code: 'ERANGE', hint: expect.stringMatching(hint) }),
    );
  });

  test.each([
    ['cmp x0, #4096', 'ERANGE', /4096 does not fit operand u/],
    ['add x0, w1, x2', 'EINVAL', /there is no such instruction/],
    ['add xzr, xzr, #1', 'EINVAL', /cannot be xzr/],
    ['add sp, sp, w0', 'EINVAL', /add sp, sp, w0/],
    ['mov x0, #0x12345', 'ERANGE', /is not what one MOV makes/],
    ['casp x0, x3, x2, x3, [x4]', 'EINVAL', /there is no such instruction/],
    ['frobnicate x0', 'EINVAL', /there is no such instruction/],
    ['ldr x0, [x1, #1]', 'ERANGE', /1 does not fit operand n/],
    ['ldr x0, [x1, x2, lsl]', 'EINVAL', /there is no such instruction/],
    ['', 'EINVAL', /there is no such instruction/],
  ])('%s is refused', (text, code, message) => {
    expect(() => parseLine(text)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});

describe('lines of an assembler', () => {
  test('have labels, local labels, low bits and comments', () => {
    const a = new Assembler({ origin: 0x1000n }).lines(`
      // Adds up what the table holds.
      adrp x1, table
      add x1, x1, :lo12:table
      mov x0, #0
      mov x2, #2
      1: ldr x3, [x1], #8
      add x0, x0, x3
      subs x2, x2, #1
      b.ne 1b        // once more
      cbz x0, done
      done: ret
    `);
    a.quad('table', 1n).quad(2n);
    expect([...a.words()].slice(0, 10).map((word) => print(word))).toEqual([
      'adrp x1, .+0',
      'add x1, x1, #0x28',
      'mov x0, #0x0',
      'mov x2, #0x2',
      'ldr x3, [x1], #8',
      'add x0, x0, x3',
      'subs x2, x2, #0x1',
      'b.ne .-12',
      'cbz x0, .+4',
      'ret',
    ]);
  });

  test('labels may be called as compilers call them, and have parts that look like registers', () => {
    const names = ['.L1', '.Lloop$2', 'loop.x1', 'w0.sp', '_x', 'sp.top', 'v0', 'b.eq'];
    for (const name of names) {
      const a = new Assembler({ origin: 0x1000n }).lines(`${name}: cbz x10, ${name === 'v0' ? '.+0' : name}`);
      if (name !== 'v0')
        a.lines(`adrp x1, ${name} \n add x0, x1, :lo12:${name} \n ldr x0, [x1, :lo12:${name}] \n b ${name}`);
      expect([name, a.offsetOf(name), a.words()[0]]).toEqual([name, 0, 0xb400000a]);
    }
    const a = new Assembler().lines('a: b: 1: .L1: b a');
    expect(['a', 'b', '1b', '.L1'].map((name) => a.offsetOf(name))).toEqual([0, 0, 0, 0]);
    // A register is none, although it may be one elsewhere.
    for (const text of ['b x1', 'cbz x0, x1', 'ldr x0, sp', 'adr x0, wzr']) {
      expect(() => a.lines(text)).toThrow(/there is no such instruction/);
    }
  });

  test('what is wrong with one is said with its offset', () => {
    const a = new Assembler().lines('nop');
    expect(() => a.lines('add x0, x0, #5000')).toThrow(
      /line at byte 4: add x0, x0, #5000: 5000 does not fit operand u/,
    );
    expect(() => a.lines('b nowhere').words()).toThrow(/b at byte 4 to nowhere: label nowhere is not defined/);
  });
});
