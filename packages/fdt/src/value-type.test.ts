import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipWithout } from '@kexeckit/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { FdtBlob } from './blob/fdt-blob.ts';
import { serializeFdt } from './serialize.ts';
import { thrownBy } from './testing/errors.ts';
import { fixture, missing } from './testing/fixtures.ts';
import { parseValueType, valueOfTexts, valueText } from './value-type.ts';
import { cellsValue, stringList } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'kexeckit-fdtget-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'board.dtb');

const VALUES: readonly [string, Uint8Array][] = [
  ['texts', stringList(['one', 'two'])],
  ['cells', cellsValue(0, 1, 0x80000000, 0xffffffff)],
  ['bytes', Uint8Array.of(1, 2, 0xff)],
  ['halves', Uint8Array.of(0, 1, 0xff, 0xfe, 3, 4)],
  ['nothing', new Uint8Array()],
];
const TYPES = ['i', 'u', 'x', 'bi', 'bu', 'bx', 'hhx', 'hi', 'hx', 'li', 'lx'];

describe('numbers are printed as fdtget prints them', () => {
  test.for(VALUES.flatMap(([name, value]) => TYPES.map((type) => [name, type, value] as const)))(
    '%s by %s',
    ([name, type, value], ctx) => {
      skipWithout(ctx, missing('fdtget'));
      const root = { name: '', properties: [{ name, value }], children: [] };
      writeFileSync(file, serializeFdt({ bootCpuidPhys: 0, reservations: [], root }));
      const args = ['-t', type, file, '/', name];
      let theirs: string | undefined;
      try {
        theirs = execFileSync('fdtget', args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trimEnd();
      } catch {
        // It refuses what are no whole numbers.
      }
      const ours = (): string => valueText(value, parseValueType(type));
      if (theirs === undefined) expect(thrownBy(ours).code).toBe('EINVAL');
      else expect(ours()).toBe(theirs);
    },
  );

  test('and texts', (ctx) => {
    skipWithout(ctx, missing('fdtget'));
    writeFileSync(file, fixture('qemu-virt-gicv3-2g.dtb'));
    const blob = new FdtBlob(fixture('qemu-virt-gicv3-2g.dtb'));
    for (const name of blob.propertyNames('/chosen').filter((each) => !/seed|initrd/.test(each))) {
      const theirs = execFileSync('fdtget', ['-t', 's', file, '/chosen', name], { encoding: 'utf8' });
      expect(`${valueText(blob.getProperty('/chosen', name) ?? new Uint8Array(), parseValueType('s'))}\n`).toBe(theirs);
    }
  });
});

describe('values are read as fdtput reads them', () => {
  test.for<[string, string[]]>([
    ['s', ['one', 'two words', '']],
    ['x', ['1', '0x1f', 'ff']],
    ['u', ['1', '31', '4294967295']],
    ['bx', ['1', 'ff']],
    ['bu', ['255', '0']],
    ['i', ['7']],
  ])('%s', ([type, texts], ctx) => {
    skipWithout(ctx, missing('fdtput'));
    writeFileSync(file, fixture('board.dtb'));
    execFileSync('fdtput', ['-t', type, file, '/', 'x', ...texts]);
    const theirs = execFileSync('fdtget', ['-t', 'bu', file, '/', 'x'], { encoding: 'utf8' }).trim();
    expect([...valueOfTexts(texts, parseValueType(type))].join(' ')).toBe(theirs);
  });

  test('negative and hexadecimal numbers and halves, which fdtput takes for something else', () => {
    expect(valueOfTexts(['-1', '-0x80000000'], parseValueType('i'))).toEqual(cellsValue(0xffffffff, 0x80000000));
    expect(valueOfTexts(['0x1f'], parseValueType('u'))).toEqual(cellsValue(0x1f));
    expect(valueOfTexts(['1', '0xfffe'], parseValueType('hu'))).toEqual(Uint8Array.of(0, 1, 0xff, 0xfe));
  });
});

test.each([['', 'z', 'bs', 'q i', 'toString', 'bbx', 'constructorx'].map((text) => [text] as const)].flat())(
  '%j is no type',
  (text) => {
    expect(thrownBy(() => parseValueType(text)).code).toBe('EINVAL');
  },
);

test.each([
  ['x', 'zz', 'EINVAL'],
  ['u', '-1', 'EINVAL'],
  ['u', '', 'EINVAL'],
  ['bu', '256', 'ERANGE'],
  ['bi', '-129', 'ERANGE'],
  ['i', '0x100000000', 'ERANGE'],
  ['u', '1e3', 'EINVAL'],
])('%s %s is refused', (type, text, code) => {
  expect(thrownBy(() => valueOfTexts([text], parseValueType(type))).code).toBe(code);
});

test('texts without their NUL are no text', () => {
  expect(thrownBy(() => valueText(Uint8Array.of(0x61), parseValueType('s'))).code).toBe('EINVAL');
});
