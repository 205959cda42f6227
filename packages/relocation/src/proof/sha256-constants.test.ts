import { expect, test } from 'vitest';
import { isInitialValue, isRoundConstant } from './sha256-constants.ts';

// Printed in FIPS 180-4: 4.2.2 and 5.3.3.
test('the first and the last constants of FIPS 180-4 are right, and no neighbour of them is', () => {
  for (const [number, word] of [
    [0, 0x428a2f98],
    [1, 0x71374491],
    [63, 0xc67178f2],
  ] as const) {
    expect(isRoundConstant(number, word)).toBe(true);
    for (const other of [word - 1, word + 1, 0]) expect(isRoundConstant(number, other)).toBe(false);
  }
  expect(isInitialValue(0, 0x6a09e667)).toBe(true);
  expect(isInitialValue(7, 0x5be0cd19)).toBe(true);
  expect(isInitialValue(7, 0x5be0cd18)).toBe(false);
});
