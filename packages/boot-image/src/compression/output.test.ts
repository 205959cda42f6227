import { describe, expect, test } from 'vitest';
import { thrownBy } from '../testing/errors.ts';
import { noise } from '../testing/make.ts';
import { Output } from './output.ts';

describe('what is added comes out', () => {
  test.each([
    ['of an unknown size', undefined, 5_000_000],
    ['of the size that was expected', 5_000_000, 5_000_000],
    ['of more than was expected', 1000, 5_000_000],
    ['of less than was expected', 9_000_000, 5_000_000],
    ['of nothing', undefined, 0],
  ])('%s', (_, expected, size) => {
    const plain = noise(size);
    const output = new Output(10_000_000, expected);
    for (let at = 0; at < size; at += 70_001) output.add(plain.subarray(at, at + 70_001));
    expect(output.size).toBe(size);
    expect(Buffer.compare(output.take(), plain)).toBe(0);
  });
});

test('as it was written, where its size was known, also when more room was asked for', () => {
  const output = new Output(100, 10);
  output.room().fill(7);
  output.filled(10);
  expect(output.room().length).toBeGreaterThan(0);
  const bytes = output.take();
  expect(bytes).toEqual(new Uint8Array(10).fill(7));
  expect(bytes.buffer.byteLength).toBe(10);
});

test('what is much larger than what it holds is not given away', () => {
  const output = new Output(1 << 20, 1 << 20);
  output.add(Uint8Array.of(1, 2, 3));
  expect(output.take().buffer.byteLength).toBe(3);
});

test.each([undefined, 10, 100, 1000])('beyond the limit: EFBIG, expected %s', async (expected) => {
  const output = new Output(100, expected);
  output.add(new Uint8Array(100));
  expect((await thrownBy(() => output.add(Uint8Array.of(1)))).code).toBe('EFBIG');
});
