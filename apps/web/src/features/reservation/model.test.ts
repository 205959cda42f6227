import { explainCrashkernel, formatSize, KERNELS, type KernelVersion, toByteString } from '@kexeckit/cmdline';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  carriedMarks,
  characterOfByte,
  firstLine,
  kernelOr,
  kernels,
  type Look,
  type Mark,
  oneLine,
  reservesText,
  stretchesOf,
} from './model.ts';

const looks: readonly Look[] = ['holds', 'ignored', 'error', 'trap', 'note', 'lost'];

test('a line is cut where its marks begin and end', () => {
  const marks: Mark[] = [
    { start: 2, end: 6, look: 'holds' },
    { start: 4, end: 8, look: 'trap' },
  ];
  expect(stretchesOf('0123456789', marks)).toEqual([
    { text: '01', looks: [] },
    { text: '23', looks: ['holds'] },
    { text: '45', looks: ['holds', 'trap'] },
    { text: '67', looks: ['trap'] },
    { text: '89', looks: [] },
  ]);
});

test('each character has the looks of the marks that it lies in, and none is lost', () => {
  const mark = fc.record({ start: fc.nat(40), size: fc.nat(20), look: fc.constantFrom(...looks) });
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.array(mark, { maxLength: 8 }), (line, sized) => {
      const marks = sized
        .filter(({ start }) => start <= line.length)
        .map(({ start, size, look }) => ({ start, end: start + size, look }));
      const stretches = stretchesOf(line, marks);
      expect(stretches.map(({ text }) => text).join('')).toBe(line);
      let at = 0;
      for (const { text, looks: shown } of stretches)
        for (const _ of text.split('')) {
          const wanted = marks.filter(({ start, end }) => start <= at && at < end).map(({ look }) => look);
          expect(new Set(shown)).toEqual(new Set(wanted));
          at++;
        }
    }),
    { seed: 1 },
  );
});

describe('while the answer is of the line before', () => {
  const before = 'ro crashkernel=256M quiet';
  const size: Mark = { start: 15, end: 19, look: 'holds' };

  test.each([
    ['quiet crashkernel=256M', []],
    ['root=/ ro crashkernel=256M quiet', ['256M']],
    ['ro crashkernel=256M quiet debug', ['256M']],
    ['ro crashkernel=256MB quiet', ['256M']],
    ['ro crashkernel=25M quiet', []],
  ])('on %s marks stay on what was not changed', (after, texts) => {
    const carried = carriedMarks([size], before, after);
    expect(carried.map(({ start, end }) => after.slice(start, end))).toEqual(texts);
  });
});

test('kernels count bytes, and the page characters', () => {
  const text = 'é=€ 𝄞x';
  const characters = characterOfByte(text);
  expect(characters.length).toBe(toByteString(text).length + 1);
  expect([...characters]).toEqual([0, 0, 1, 2, 2, 2, 3, 4, 4, 4, 4, 6, 7]);
});

test('every kernel of the page is one that is modelled, and an unknown name is the newest', () => {
  for (const kernel of kernels) expect(KERNELS).toHaveProperty([kernel satisfies KernelVersion]);
  expect(kernelOr('6.12')).toBe('6.12');
  expect(kernelOr('2.4')).toBe(kernels.at(-1));
});

test.each([
  ['crashkernel=256M', '256M'],
  ['crashkernel=64M@0x50000000', '64M at 0x50000000'],
  ['crashkernel=1G,high crashkernel=64M,low', '1G high with 64M low'],
  ['crashkernel=256M crashkernel=32M,cma', '256M and 32M as CMA'],
  ['crashkernel=64MB', 'nothing'],
])('%s reserves %s', (line, words) => {
  expect(reservesText(explainCrashkernel(line, 1n << 36n).verdict, formatSize)).toBe(words);
});

test('the page opens with the line on the desk, and asks for something where that does not', () => {
  expect(firstLine('ro crashkernel=64M')).toBe('ro crashkernel=64M');
  const line = firstLine('console=ttyS0');
  expect(line).toMatch(/^console=ttyS0 crashkernel=/);
  expect(explainCrashkernel(line, 48n << 30n).findings).toEqual([]);
});

test('what is pasted becomes one line', () => {
  expect(oneLine('ro\r\nquiet\n')).toBe('ro quiet ');
  expect(oneLine('x'.repeat(1e6)).length).toBeLessThan(1e4);
});
