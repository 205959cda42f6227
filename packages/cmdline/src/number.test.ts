import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatSize,
  fromByteString,
  getOption,
  getOptions,
  memparse,
  nextArg,
  parameq,
  parseArgs,
  parseOptionStr,
  simpleStrtol,
  simpleStrtoull,
  toByteString,
  tokenize,
} from './index.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 500 });

const MAX = 0xffff_ffff_ffff_ffffn;
const u64 = fc.bigInt({ min: 0n, max: MAX });
const byteString = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) });

describe('memparse', () => {
  test('reads back every number in every notation', () => {
    fc.assert(
      fc.property(u64, (value) => {
        expect(memparse(`${value}`).value).toBe(value);
        expect(memparse(`0x${value.toString(16)}`).value).toBe(value);
        expect(memparse(`0X${value.toString(16).toUpperCase()},`).value).toBe(value);
        expect(memparse(`0${value.toString(8)}`).value).toBe(value);
        expect(memparse(formatSize(value))).toEqual({ value, consumed: formatSize(value).length });
      }),
    );
  });

  test('multiplies by every suffix, saturating in 7.3 and wrapping before', () => {
    fc.assert(
      fc.property(u64, fc.nat({ max: 5 }), (number, unit) => {
        const text = `${number}${'kMgTpE'.charAt(unit)}`;
        const exact = number << BigInt(10 * (unit + 1));
        expect(memparse(text).value).toBe(exact > MAX ? MAX : exact);
        expect(memparse(text, '7.1').value).toBe(exact & MAX);
        expect(memparse(text, '6.1').consumed).toBe(text.length);
      }),
    );
  });

  test('starts anywhere in a line', () => {
    expect(memparse('crashkernel=64M@16M', '7.3', 16)).toEqual({ value: 0x100_0000n, consumed: 3 });
  });

  test('a hundred thousand digits take linear time', () => {
    expect(memparse('9'.repeat(100_000))).toEqual({ value: MAX, consumed: 100_000 });
  });
});

describe('option lists', () => {
  test('what is listed is read', () => {
    const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.array(int, { minLength: 1, maxLength: 20 }), (values) => {
        const text = values.join(',');
        expect(getOptions(text, 32)).toEqual({ count: values.length, values, consumed: text.length });
        expect(getOptions(text)).toEqual({ count: values.length, values: [], consumed: text.length });
      }),
    );
  });

  test('a range is filled in up to the room there is', () => {
    expect(getOptions('3-6,9', 8).values).toEqual([3, 4, 5, 6, 9]);
    expect(getOptions('0-2147483647', 3)).toEqual({ count: 3, values: [0, 1, 2], consumed: 2 });
  });
});

describe('bytes', () => {
  test('text goes through the kernel form and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fromByteString(toByteString(text))).toBe(text);
      }),
    );
  });

  test('the second byte of an à is a blank to the kernel', () => {
    expect(tokenize(toByteString('a=à b')).tokens).toHaveLength(2);
    expect(tokenize(toByteString('a=àb')).tokens.map(({ param }) => param)).toEqual(['a', 'b']);
  });
});

describe('any byte string', () => {
  test('is read without a throw, and never past its end', () => {
    fc.assert(
      fc.property(byteString, (text) => {
        const lengths = [
          memparse(text).consumed,
          simpleStrtoull(text, 16).consumed,
          simpleStrtol(text).consumed,
          getOption(text).consumed,
          getOptions(text, 4).consumed,
          getOptions(text).consumed,
          nextArg(text).restOffset,
        ];
        for (const length of lengths) expect(length).toBeLessThanOrEqual(text.length);
        expect(parseOptionStr(`x,${text}`, 'x')).toBe(true);
        expect(parameq(text, text.replaceAll('-', '_'))).toBe(true);
      }),
    );
  });

  test('gives the same parameters token by token and as a whole', () => {
    fc.assert(
      fc.property(byteString, (line) => {
        const seen: [string, string | null][] = [];
        const { afterDashdash } = parseArgs(line, (param, value) => {
          seen.push([param, value]);
          return 0;
        });
        const { tokens, dashdash, initStart } = tokenize(line);
        expect(seen).toEqual(tokens.map(({ param, value }) => [param, value]));
        expect(afterDashdash).toBe(dashdash ? line.slice(initStart) : null);
      }),
    );
  });
});
