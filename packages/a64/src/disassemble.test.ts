import { describe, expect, test } from 'vitest';
import { Assembler } from './assembler.ts';
import { print } from './codec.ts';
import { disassemble, type ListedWord } from './disassemble.ts';
import { A64Error } from './error.ts';
import { lo12 } from './labels.ts';
import { sp, x0, x1, x2, x3, x30 } from './registers.ts';

const ORIGIN = 0x4020_0ff0n;

const bytesOf = (a: Assembler): Uint8Array => new Uint8Array(a.words().slice().buffer);

const list = (bytes: Uint8Array, base = 0n): ListedWord[] => [...disassemble(bytes, { base })];

/** The addresses that are made of pages, by the text of the instruction. */
const pairs = (a: Assembler): (readonly [string, bigint])[] =>
  list(bytesOf(a), ORIGIN).flatMap(({ text, pair }) => (pair === undefined ? [] : [[text, pair] as const]));

const started = (): Assembler =>
  new Assembler({ origin: ORIGIN }).symbol('data', 0x4123_4568n).symbol('near', 0x4021_0000n);

describe('labels', () => {
  const a = started().label('again').emit('subs.imm', x0, x0, 1).emit('b.cond', 'ne', 'again');
  a.emit('tbz', x1, 8, 'end').emit('cbz', x1, 'near').emit('bl', 'again').label('end').emit('ret');
  const listing = list(bytesOf(a), ORIGIN);

  test('stand where something in the code leads, and in its place', () => {
    expect(listing.map(({ label, text }) => `${label ?? ''}: ${text}`)).toEqual([
      'L40200ff0: subs x0, x0, #0x1',
      ': b.ne L40200ff0',
      ': tbz w1, #8, L40201004',
      ': cbz x1, 0x40210000',
      ': bl L40200ff0',
      'L40201004: ret',
    ]);
  });

  test('assemble to the same words', () => {
    const again = new Assembler({ origin: ORIGIN });
    for (const { label, text } of listing)
      again.lines(`${label === undefined ? '' : `${label}: `}${text.replace('0x40210000', 'near')}`);
    expect(again.symbol('near', 0x4021_0000n).words()).toEqual(a.words());
  });

  test('of literals and of ADR, too', () => {
    const b = started()
      .emit('ldr.literal', x0, 'here')
      .emit('adr', x1, 'here')
      .emit('ret')
      .label('here')
      .word(0xffff_ffff);
    expect(list(bytesOf(b), ORIGIN).map(({ text }) => text)).toEqual([
      'ldr x0, L40200ffc',
      'adr x1, L40200ffc',
      'ret',
      '.word 0xffffffff',
    ]);
  });

  test('are none outside, nor between words', () => {
    const b = new Assembler().emit('b', -4).emit('b', 8).emit('adr', x0, -2);
    expect(list(bytesOf(b)).map(({ label }) => label)).toEqual([undefined, undefined, undefined]);
    expect(list(bytesOf(b)).map(({ text }) => text)).toEqual(['b 0xfffffffffffffffc', 'b 0xc', 'adr x0, 0x6']);
  });
});

describe('an ADRP and what uses it make an address', () => {
  test('by ADD, and by loads and stores', () => {
    const a = started().emit('adrp', x1, 'data').emit('add.imm', x0, x1, lo12('data'));
    a.emit('ldr', x2, x1, lo12('data')).emit('strb', x3, x1, 5).emit('prfm', 'pldl1keep', x1, 8);
    expect(pairs(a)).toEqual([
      ['add x0, x1, #0x568', 0x4123_4568n],
      ['ldr x2, [x1, #1384]', 0x4123_4568n],
      ['strb w3, [x1, #5]', 0x4123_4005n],
      ['prfm pldl1keep, [x1, #8]', 0x4123_4008n],
    ]);
  });

  test('with others in between that name other registers, and where the register is its own target', () => {
    const a = started()
      .emit('adrp', x1, 'data')
      .emit('mov.reg', x2, x3)
      .emit('add.imm', x1, x1, 8)
      .emit('add.imm', x0, x1, 8);
    expect(pairs(a)).toEqual([['add x1, x1, #0x8', 0x4123_4008n]]);
  });

  test.each<[string, (a: Assembler) => void]>([
    ['a label', (a) => a.label('here').emit('cbz', x2, 'here')],
    ['a branch', (a) => a.emit('bl', 'data')],
    ['a return', (a) => a.emit('ret')],
    ['a word that is not modelled', (a) => a.word(0xffff_ffff)],
    ['another value', (a) => a.emit('movz', x1, 1)],
    ['a load into it', (a) => a.emit('ldr', x1, x3)],
    ['a load of a pair', (a) => a.emit('ldp', x0, x1, sp)],
    ['an address that is written back', (a) => a.emit('ldr.post', x0, x1, 8)],
    ['a pair of registers of which it is the second', (a) => a.emit('casp', '', x0, x2, x3)],
  ])('but not behind %s', (_, between) => {
    const a = started().emit('adrp', x1, 'data');
    between(a);
    a.emit('add.imm', x0, x1, 8);
    expect(pairs(a)).toEqual([]);
  });

  test('nor with a 32-bit ADD, or of the zero register', () => {
    const a = started().emit('adrp', x1, 'data').emit('add.imm.w', x0, x1, 8);
    expect(pairs(a)).toEqual([]);
    const b = started().emit('adrp', 'xzr', 'data').emit('add.imm', x0, sp, 8);
    expect(pairs(b)).toEqual([]);
  });
});

test('every word is there, as it is printed', () => {
  const words = Uint32Array.from({ length: 20_000 }, (_, at) => Math.imul(at + 1, 2654435761));
  const listing = list(new Uint8Array(words.buffer), 0x1000n);
  expect(listing.map(({ word }) => word)).toEqual([...words]);
  for (const { word, text, isModelled, address, offset } of listing) {
    expect(address).toBe(0x1000n + BigInt(offset));
    const printed = print(word, { address });
    expect(isModelled).toBe(!printed.startsWith('.inst'));
    expect(text.replace(/\bL(?=[0-9a-f]+$)/, '0x')).toBe(printed.replace('.inst', '.word'));
  }
});

test('bytes behind the last word are not listed', () => {
  expect(list(Uint8Array.of(0xc0, 3, 0x5f, 0xd6, 1, 2, 3)).map(({ text }) => text)).toEqual(['ret']);
  expect(list(new Uint8Array(3))).toEqual([]);
});

test('addresses go round at the end of the space', () => {
  const a = new Assembler().emit('b', 8).emit('blr', x30).emit('ret');
  expect(list(bytesOf(a), 2n ** 64n - 8n).map(({ label }) => label)).toEqual([undefined, undefined, 'L0']);
});

test.each([2n, -4n, 2n ** 64n])('a base of %s is refused', (base) => {
  expect(() => disassemble(new Uint8Array(4), { base })).toThrow(A64Error);
});
