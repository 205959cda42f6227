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

/** Digits up to f in any base, as a plain sum. */
function sumOf(digits: string, base: number): bigint {
  return [...digits].reduce((sum, digit) => sum * BigInt(base) + BigInt(Number.parseInt(digit, 16)), 0n);
}

describe('simple_strtoull', () => {
  const base = fc.integer({ min: 2, max: 64 });

  test('takes 0-9 and a-f for digits in every base', () => {
    fc.assert(
      fc.property(
        base,
        fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEFgz;'), maxLength: 9 }),
        (radix, text) => {
          const digits = /^[0-9a-f]*/i.exec(text)?.[0] ?? '';
          const valid = [...digits].findIndex((digit) => Number.parseInt(digit, 16) >= radix);
          const used = valid < 0 ? digits : digits.slice(0, valid);
          for (const kernel of ['7.1', '7.3'] as const) {
            expect(simpleStrtoull(text, radix, kernel)).toEqual({ value: sumOf(used, radix), consumed: used.length });
            const negative = { value: -sumOf(used, radix), consumed: used.length + 1 };
            expect(simpleStrtol(`-${text}`, radix, kernel)).toEqual(negative);
          }
        },
      ),
    );
  });

  test('of more than 64 bits saturates in 7.3 and wraps before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 16 }), fc.bigInt({ min: 1n << 64n, max: 1n << 200n }), (radix, value) => {
        const text = value.toString(radix);
        expect(simpleStrtoull(text, radix, '7.3').value).toBe(MAX);
        expect(simpleStrtoull(text, radix, '7.1').value).toBe(value & MAX);
      }),
    );
  });
});

/** What a list of options holds, told in plain words: no wrap, no array, no text kept between the steps. */
function modelOf(text: string, room: number | undefined): { count: number; values: number[]; consumed: number } {
  const int = (value: bigint): bigint => BigInt.asIntN(32, value);
  const limit = room === undefined ? (1n << 31n) - 1n : BigInt(room) + 1n;
  const values: number[] = [];
  let at = 0;
  let count = 0n;
  for (;;) {
    if (room !== undefined && count >= BigInt(room)) break;
    const [token, sign, digits] = /^(-?)([0-9]*)/.exec(text.slice(at)) ?? ['', '', ''];
    if (at >= text.length) break;
    at += token.length;
    const first = digits === '' ? 0n : int(BigInt(`${sign}${saturated(digits)}`));
    if (room !== undefined) values[Number(count)] = Number(first);
    if (digits === '') break;
    const next = text.charAt(at);
    if (next !== '-') {
      count++;
      if (next !== ',') break;
      at++;
      continue;
    }
    at++;
    const [, minus = '', more = ''] = /^(-?)([0-9]*)/.exec(text.slice(at)) ?? [];
    const last = more === '' ? 0n : int(BigInt(`${minus}${saturated(more)}`));
    if (last < first) break;
    const isFull = count + 1n + last - first > limit;
    const stop = room !== undefined && isFull ? BigInt(room) - count : last - first;
    if (room !== undefined) for (let i = 0n; i < stop; i++) values[Number(count + i)] = Number(first + i);
    if (isFull) {
      if (room !== undefined) count = BigInt(room);
      break;
    }
    count += last - first;
  }
  return { count: Number(count), values, consumed: at };
}

/** Decimal digits as 64 bits hold them. */
function saturated(digits: string): bigint {
  return BigInt(digits) > MAX ? MAX : BigInt(digits);
}

describe('option lists', () => {
  const edge = fc.constantFrom(
    '2147483647',
    '2147483648',
    '2147483649',
    '4294967295',
    '4294967296',
    '18446744073709551616',
  );
  const number = fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 30 }).map(String) }, { weight: 2, arbitrary: edge });
  const part = fc.tuple(
    fc.constantFrom('', '-'),
    fc.oneof({ weight: 9, arbitrary: number }, fc.constant('')),
    fc.constantFrom(',', '-', '-', ';', 'y'),
  );

  test('with ranges of any length hold what a plain model says', () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.option(fc.nat({ max: 12 }), { nil: undefined }),
        (parts, room) => {
          // A leading 0 would make the number octal.
          const text = parts
            .map((each) => each.join(''))
            .join('')
            .replaceAll(/(^|[^0-9])0+(?=[0-9])/g, '$1');
          expect(getOptions(text, room)).toEqual(modelOf(text, room));
        },
      ),
      { numRuns: 3000 },
    );
  });

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
