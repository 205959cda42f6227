import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thrownBy } from './testing/errors.ts';
import {
  cellsValue,
  readCells,
  readString,
  readStrings,
  readU32,
  readU64,
  stringList,
  stringValue,
  u32Value,
  u64Value,
} from './values.ts';

describe('values have the bytes of the specification', () => {
  test.each<[string, Uint8Array, number[]]>([
    ['a string', stringValue('abc'), [0x61, 0x62, 0x63, 0]],
    ['an empty string', stringValue(''), [0]],
    ['a string list', stringList(['a', '', 'b']), [0x61, 0, 0, 0x62, 0]],
    ['no strings', stringList([]), []],
    ['UTF-8', stringValue('é'), [0xc3, 0xa9, 0]],
    ['a u32', u32Value(0x11223344), [0x11, 0x22, 0x33, 0x44]],
    ['a u64', u64Value(0x1122334455667788n), [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]],
    ['a u64 from a number', u64Value(2 ** 40), [0, 0, 1, 0, 0, 0, 0, 0]],
    ['cells', cellsValue(1, 0xffffffffn), [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]],
    ['no cells', cellsValue(), []],
  ])('%s', (_, value, expected) => {
    expect([...value]).toEqual(expected);
  });
});

describe('what was made reads back the same', () => {
  test('strings', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (texts) => {
        expect(readStrings(stringList(texts))).toEqual(texts);
      }),
      { seed: 4 },
    );
    expect(readStrings(new Uint8Array(0))).toEqual([]);
    expect(readString(stringValue('\ufeffx'))).toBe('\ufeffx');
  });

  test('numbers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 0xffffffff })),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        (cells, large) => {
          expect(readCells(cellsValue(...cells))).toEqual(cells);
          expect(readU64(u64Value(large))).toBe(large);
          expect(readU32(u32Value(cells[0] ?? 0))).toBe(cells[0] ?? 0);
        },
      ),
      { seed: 5 },
    );
  });

  test('also from the middle of a buffer', () => {
    expect(readU32(Uint8Array.of(9, 0, 0, 1, 2, 9).subarray(1, 5))).toBe(0x102);
  });
});

describe('what does not fit is refused', () => {
  test.each<[string, () => unknown, string]>([
    ['a NUL in a string', () => stringValue('a\0b'), 'EINVAL'],
    ['half a surrogate pair', () => stringValue('\ud800'), 'EINVAL'],
    ['a cell above 32 bits', () => u32Value(2 ** 32), 'ERANGE'],
    ['a negative cell', () => cellsValue(1, -1), 'ERANGE'],
    ['half a cell', () => u32Value(0.5), 'ERANGE'],
    ['not a number', () => u32Value(Number.NaN), 'ERANGE'],
    ['a u64 above 64 bits', () => u64Value(1n << 64n), 'ERANGE'],
    ['a number too large to be exact', () => u64Value(2 ** 53), 'ERANGE'],
    ['text without its NUL', () => readStrings(Uint8Array.of(0x61)), 'EINVAL'],
    ['text that is not UTF-8', () => readString(Uint8Array.of(0xff, 0)), 'EINVAL'],
    ['two texts for one', () => readString(stringList(['a', 'b'])), 'EINVAL'],
    ['no text for one', () => readString(new Uint8Array(0)), 'EINVAL'],
    ['three bytes for a u32', () => readU32(new Uint8Array(3)), 'EINVAL'],
    ['four bytes for a u64', () => readU64(new Uint8Array(4)), 'EINVAL'],
    ['seven bytes for cells', () => readCells(new Uint8Array(7)), 'EINVAL'],
  ])('%s', (_, act, code) => {
    expect(thrownBy(act).code).toBe(code);
  });
});
