import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FdtBlob } from '../blob/fdt-blob.ts';
import { FdtError } from '../error.ts';
import { parseFdt } from '../parse.ts';
import { findNode } from '../path.ts';
import { phandleOf } from '../phandle.ts';
import { getProperty } from '../property.ts';
import { serializeFdt } from '../serialize.ts';
import { thrownBy } from '../testing/errors.ts';
import { cellsValue, stringList, stringValue, u64Value } from '../values.ts';
import { parseDts } from './read.ts';
import { parseDtsValue } from './value.ts';

const SOURCE = `/dts-v1/; / {
  aliases { serial0 = "/soc/uart@0"; };
  plain { };
  soc { uart: uart@0 { }; clk: clock { phandle = <7>; }; };
};`;
const board = (): FdtBlob => new FdtBlob(serializeFdt(parseDts(SOURCE, { symbols: true })));

test.each<[string, Uint8Array]>([
  ['"okay"', stringValue('okay')],
  ['"a", "b"', stringList(['a', 'b'])],
  ['<1 0x10 (2 + 3)>', cellsValue(1, 16, 5)],
  ['[00 ff]', Uint8Array.of(0, 255)],
  ['/bits/ 64 <1>', u64Value(1)],
  ['<1>, "x", [05]', Uint8Array.of(0, 0, 0, 1, 0x78, 0, 5)],
])('%s', (text, value) => {
  expect(parseDtsValue(text)).toEqual(value);
});

describe('references', () => {
  test.each([['&clk'], ['&{/soc/clock}']])('%s is a phandle among cells', (reference) => {
    expect(parseDtsValue(`<${reference} 1>`, { blob: board() })).toEqual(cellsValue(7, 1));
  });

  test.each([['&uart'], ['&serial0'], ['&{/soc/uart@0}']])('%s is a path beside them', (reference) => {
    expect(parseDtsValue(`"x", ${reference}, <1>`, { blob: board() })).toEqual(
      new Uint8Array([...stringList(['x', '/soc/uart@0']), 0, 0, 0, 1]),
    );
  });

  test('give a node a phandle that has none, above all others', () => {
    const blob = board();
    expect(parseDtsValue('<&{/plain} &clk &{/plain}>', { blob })).toEqual(cellsValue(8, 7, 8));
    const plain = findNode(parseFdt(blob.pack()), '/plain');
    expect(plain && phandleOf(plain)).toBe(8);
  });

  test('are what parseDts makes of them', () => {
    const text = '<&clk 2>, &uart, "end"';
    const whole = parseDts(SOURCE.replace('aliases', `x { y = ${text}; }; aliases`));
    const node = findNode(whole, '/x');
    expect(parseDtsValue(text, { blob: board() })).toEqual(node && getProperty(node, 'y'));
  });
});

test.each([
  ['', 'EINVAL'],
  ['okay', 'EINVAL'],
  ['<1', 'EINVAL'],
  ['<0x100000000>', 'ERANGE'],
  ['<1>; x = <2>', 'EINVAL'],
  ['<1> <2>', 'EINVAL'],
  ['<&nowhere>', 'ENOENT'],
  ['/incbin/("/etc/passwd")', 'EOPNOTSUPP'],
])('%s is refused', (text, code) => {
  expect(thrownBy(() => parseDtsValue(text, { blob: board() }))).toMatchObject({ code, line: 1 });
});

test('references without a tree are refused', () => {
  expect(thrownBy(() => parseDtsValue('<&uart>')).code).toBe('ENOENT');
});

test('any text is a value, or refused', () => {
  const words = fc.constantFrom(
    '<',
    '>',
    '[',
    ']',
    '"',
    '&',
    '{',
    '}',
    '1',
    '0x',
    'a',
    ' ',
    ',',
    '/bits/',
    '(',
    ')',
    '\\',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
      try {
        expect(parseDtsValue(parts.join(''))).toBeInstanceOf(Uint8Array);
      } catch (error) {
        expect(error).toBeInstanceOf(FdtError);
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});
