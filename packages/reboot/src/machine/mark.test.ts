import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommitMark, formatMark, parseMark } from './mark.ts';

const mark: CommitMark = {
  realtime: 1_790_000_000_123_456,
  boottime: 123_000_007,
  monotonic: 122_000_000,
  bootId: '5c4e4a1e-1b52-4a0c-8a3f-6f3b0e7d0001',
  strategy: 'mmu-on',
  checks: true,
};

const LINE =
  'kexeckit-mark 1 realtime=1790000000.123456 boottime=123.000007 monotonic=122.000000 boot=5c4e4a1e-1b52-4a0c-8a3f-6f3b0e7d0001 strategy=mmu-on checks=yes';

test('a mark is one line, and is read back', () => {
  expect(formatMark(mark)).toBe(LINE);
  expect(parseMark(LINE)).toEqual(mark);
  expect(parseMark(`${LINE}\n`)).toEqual(mark);
});

test('so is what leaves no trace', () => {
  const line = `${LINE} trace=no`;
  expect(formatMark({ ...mark, isTraceless: true })).toBe(line);
  expect(parseMark(line)).toEqual({ ...mark, isTraceless: true });
  expect(parseMark(`${LINE} trace=yes`)).toEqual(mark);
});

test('any times are read back', () => {
  const micros = fc.maxSafeNat();
  fc.assert(
    fc.property(micros, micros, micros, fc.boolean(), (realtime, boottime, monotonic, checks) => {
      const other = { ...mark, realtime, boottime, monotonic, checks };
      expect(parseMark(formatMark(other))).toEqual(other);
    }),
  );
});

describe('other lines are no marks', () => {
  test.each([
    ['nothing', ''],
    ['another version', LINE.replace('mark 1', 'mark 2')],
    ['a time that is none', LINE.replace('realtime=1', 'realtime=x')],
    ['a time without its fraction', LINE.replace('.123456', '')],
    ['no boot', LINE.replace(/boot=\S+ /, '')],
    ['an answer that is neither', LINE.replace('checks=yes', 'checks=perhaps')],
    ['one that was cut', LINE.slice(0, 60)],
  ])('%s', (_, line) => {
    expect(parseMark(line)).toBeUndefined();
  });

  test('whatever they are', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        expect(parseMark(line)).toBeUndefined();
      }),
    );
  });
});

test('words that a later version adds are left alone, in any order', () => {
  expect(parseMark(LINE.replace(' checks=yes', ' checks=yes later=1').replace('boottime', 'cpus=4 boottime'))).toEqual(
    mark,
  );
});
