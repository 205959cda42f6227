import { expect, test } from 'vitest';
import { Assembler } from './assembler.ts';
import { print } from './codec.ts';
import { x0, x1 } from './registers.ts';

test('labels resolve backwards and forwards', () => {
  const a = new Assembler();
  a.label('again').emit('cbz', x0, 'done').emit('subs.imm', x0, x0, 1).emit('b', 'again');
  a.label('done').emit('ret', 30);
  expect([...a.words()].map(print)).toEqual(['cbz x0, .+12', 'subs x0, x0, #1', 'b .-8', 'ret x30']);
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
