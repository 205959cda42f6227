import { Assembler } from '@kexeckit/a64';
import { expect, test } from 'vitest';
import { followCode } from './routine-code.ts';

const pageOf = (a: Assembler): Uint32Array => {
  const words = new Uint32Array(1024);
  words.set(a.words());
  return words;
};

test('what is loaded from the page is known, until something else names its register', () => {
  const a = new Assembler();
  a.emit('ldr.literal', 5, 'value').emit('movz', 6, 0x12, 16).emit('add.imm', 6, 6, 1).emit('br', 5);
  a.quad('value', 0x1_2345_6789n);
  const { code, faults } = followCode(pageOf(a));
  expect(faults).toEqual([]);
  expect([...code.keys()]).toEqual([0, 1, 2, 3]);
  expect(code.get(2)?.registers[6]).toBe(0x12_0000n);
  expect(code.get(3)?.registers[6]).toBeUndefined();
  expect(code.get(3)?.registers[5]).toBe(0x1_2345_6789n);
});

test('two ways that leave different values leave none', () => {
  const a = new Assembler();
  a.emit('movz', 1, 1, 0).emit('movz', 2, 7, 0).emit('cbz', 9, 'other').emit('movz', 1, 2, 0);
  a.label('other').emit('br', 2);
  const exit = followCode(pageOf(a)).code.get(4);
  expect(exit?.registers[1]).toBeUndefined();
  expect(exit?.registers[2]).toBe(7n);
});

test('a subroutine may change everything', () => {
  const a = new Assembler();
  a.emit('movz', 1, 1, 0).emit('bl', 'sub').emit('br', 1);
  a.label('sub').emit('ret');
  const { code, faults } = followCode(pageOf(a));
  expect(faults).toEqual([]);
  expect(code.get(2)?.registers[1]).toBeUndefined();
  expect(code.has(3)).toBe(true);
});

test('a way out of the page, or through what is no instruction, is told', () => {
  const away = new Assembler();
  away.emit('b', -4);
  expect(followCode(pageOf(away)).faults).toEqual(['it leaves its page at word -1']);
  const nothing = new Assembler();
  nothing.emit('nop').emit('nop');
  expect(followCode(pageOf(nothing)).faults).toEqual(['word 2 is not an instruction']);
  const words = pageOf(nothing);
  words[1] = 0xffff_ffff;
  expect(followCode(words).faults).toEqual(['word 1 is not an instruction']);
});
