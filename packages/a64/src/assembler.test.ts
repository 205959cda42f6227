import { expect, test } from 'vitest';
import { Assembler } from './assembler.ts';
import { print } from './codec.ts';
import { A64Error } from './error.ts';
import { sp, x0, x1, xzr } from './registers.ts';

const listing = (a: Assembler): string[] => [...a.words()].map((word) => print(word));

test('labels resolve backwards and forwards', () => {
  const a = new Assembler();
  a.label('again').emit('cbz', x0, 'done').emit('subs.imm', x0, x0, 1).emit('b', 'again');
  a.label('done').emit('ret', 30);
  expect(listing(a)).toEqual(['cbz x0, .+12', 'subs x0, x0, #0x1', 'b .-8', 'ret']);
});

test('literals are aligned to 8 bytes and little-endian', () => {
  const a = new Assembler();
  a.emit('ldr.literal', x1, 'value').quad('value', 0x0123456789abcdefn);
  expect(a.offsetOf('value')).toBe(8);
  expect([...a.words()].slice(2)).toEqual([0x89abcdef, 0x01234567]);
});

test('a missing or doubled label is refused by name', () => {
  expect(() => new Assembler().emit('b', 'nowhere').words()).toThrow(/nowhere is not defined/);
  expect(() => new Assembler().label('a').label('a')).toThrow(/a is defined twice/);
});

test('an undefined label is named with what refers to it, and so is one too far away', () => {
  expect(() => new Assembler().emit('nop').emit('cbz', x0, 'nowhere').words()).toThrow(/cbz at byte 4 to nowhere/);
  const far = new Assembler().emit('tbz', x0, 3, 'far');
  for (let at = 0; at < 2 ** 13; at++) far.emit('nop');
  far.label('far');
  expect(() => far.words()).toThrow(
    expect.objectContaining({
      code: 'ERANGE',
      message: 'tbz at byte 0 to far: 32772 does not fit operand pc',
      hint: 'give -32768 to 32764 in steps of 4',
      offset: 0,
      label: 'far',
    }),
  );
});

test('every kind of PC-relative operand takes a label', () => {
  const a = new Assembler();
  a.label('here').emit('adr', x0, 'here').emit('b.cond', 'ne', 'here').emit('bl', 'here').emit('tbnz', x1, 63, 'here');
  a.emit('ldr.literal', x0, 'here').emit('ldrsw.literal', x0, 'here').emit('prfm.literal', 'pldl1keep', 'here');
  expect(listing(a).map((line) => line.split(' ').at(-1))).toEqual([
    '.+0',
    '.-4',
    '.-8',
    '.-12',
    '.-16',
    '.-20',
    '.-24',
  ]);
});

test('ADRP goes from page to page, and symbols stand where they are said to', () => {
  const a = new Assembler({ origin: 0x4000_0ffcn });
  a.emit('adrp', x0, 'data').emit('adrp', x0, 'data').emit('bl', 'firmware').quad('data', 1n);
  a.symbol('firmware', 0x4100_0000n);
  expect(a.addressOf('data')).toBe(0x4000_1008n);
  expect(listing(a).slice(0, 3)).toEqual(['adrp x0, .+4096', 'adrp x0, .+0', 'bl .+16773116']);
  expect(() => a.label('firmware')).toThrow(/firmware is defined twice/);
  expect(() => new Assembler({ origin: 2n })).toThrow(/origin 0x2/);
});

test('constants are loaded from the next pool, each once, wide ones first', () => {
  const a = new Assembler();
  a.loadConstant(x0, 0x1_0000_0000n).loadConstant(x1, 7n, 32).loadConstant(x1, 0x1_0000_0000n).emit('ret').pool();
  a.loadConstant(x0, -1n);
  expect(listing(a).slice(0, 4)).toEqual(['ldr x0, .+16', 'ldr w1, .+20', 'ldr x1, .+8', 'ret']);
  expect([...a.words()].slice(4)).toEqual([0, 1, 7, 0x58000020, 0xffffffff, 0xffffffff]);
});

test('alignment and words', () => {
  const a = new Assembler().emit('ret').align(16).word('marker', 0xdeadbeef);
  expect(a.offsetOf('marker')).toBe(16);
  expect(listing(a).slice(0, 4)).toEqual(['ret', 'nop', 'nop', 'nop']);
  expect(a.words()[4]).toBe(0xdeadbeef);
  expect(() => a.align(6)).toThrow(/cannot be aligned to 6 bytes/);
});

test('operands are checked when the code is written', () => {
  const wrong: (() => unknown)[] = [
    // @ts-expect-error: a condition, not a number
    () => new Assembler().emit('b.cond', 0, 'there'),
    // @ts-expect-error: ADD takes no label
    () => new Assembler().emit('add.imm', x0, x0, 'there'),
    // @ts-expect-error: there is no such register
    () => new Assembler().emit('msr', 'sctlr_el9', x0),
    // @ts-expect-error: LDR takes three operands at most
    () => new Assembler().emit('ldr', x0, x1, 0, 0),
    // @ts-expect-error: ADR has no 32-bit form
    () => new Assembler().emit('adr.w', x0, 0),
    // @ts-expect-error: ADD of registers has XZR where another form has SP
    () => new Assembler().emit('add', sp, sp, x0),
    // @ts-expect-error: ADD of an immediate has SP where another form has XZR
    () => new Assembler().emit('add.imm', xzr, x0, 1),
  ];
  for (const write of wrong) expect(write).toThrow(A64Error);
});
