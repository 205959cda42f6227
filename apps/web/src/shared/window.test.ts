import { expect, test } from 'vitest';
import { windowAround } from './window.ts';

const row = { start: 0x8000_0000n, end: 0xbfff_ffffn };

test('a window has room around the ranges, on MiB boundaries, within its bounds', () => {
  const inside = [
    { start: 0x9000_0000n, end: 0x90ff_ffffn },
    { start: 0x9200_0000n, end: 0x9200_0fffn },
  ];
  expect(windowAround(inside, row)).toEqual({ start: 0x8fd0_0000n, end: 0x922f_ffffn });
  expect(windowAround([row], row)).toEqual(row);
});
