import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipWithout } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { parseFdt } from './parse.ts';
import { ensureNode, findNode } from './path.ts';
import { getProperty, removeProperty, setProperty } from './property.ts';
import { serializeFdt } from './serialize.ts';
import { parseBare } from './testing/bare.ts';
import { thrownBy } from './testing/errors.ts';
import { fixture, fixturePath, missing } from './testing/fixtures.ts';
import type { FdtNode } from './tree.ts';
import { cellsValue, readCells, readStrings, stringValue } from './values.ts';

const node = (): FdtNode => ({
  name: 'n',
  properties: [
    { name: 'a', value: Uint8Array.of(1) },
    { name: 'b', value: Uint8Array.of(2) },
  ],
  children: [],
});

test('a value is a copy, of a Buffer too: its slice is a view', () => {
  const one = node();
  const bytes = Buffer.from([7, 8]);
  for (const name of ['a', 'c']) setProperty(one, name, bytes);
  bytes[0] = 9;
  expect(['a', 'c'].map((name) => [...(getProperty(one, name) ?? [])])).toEqual([
    [7, 8],
    [7, 8],
  ]);
});

test('a new value takes the place of the old one; a new property comes last', () => {
  const changed = node();
  setProperty(changed, 'a', Uint8Array.of(3));
  setProperty(changed, 'c', new Uint8Array(0));
  expect(changed.properties.map(({ name, value }) => [name, ...value])).toEqual([['a', 3], ['b', 2], ['c']]);
});

test('an empty property is there, a missing one is not', () => {
  const changed = node();
  setProperty(changed, 'flag', new Uint8Array(0));
  expect(getProperty(changed, 'flag')).toEqual(new Uint8Array(0));
  expect(getProperty(changed, 'other')).toBeUndefined();
});

test('the value is copied', () => {
  const changed = node();
  const value = Uint8Array.of(9);
  setProperty(changed, 'a', value);
  value[0] = 0;
  expect(getProperty(changed, 'a')).toEqual(Uint8Array.of(9));
});

test('removing tells whether it was there', () => {
  const changed = node();
  expect([removeProperty(changed, 'a'), removeProperty(changed, 'a')]).toEqual([true, false]);
  expect(changed.properties.map(({ name }) => name)).toEqual(['b']);
});

test('a name that no blob can hold is refused', () => {
  const error = thrownBy(() => setProperty(node(), 'no blanks', new Uint8Array(0)));
  expect([error.code, error.value]).toEqual(['EINVAL', 'no blanks']);
});

test('fdtget reads the same values', (ctx) => {
  skipWithout(ctx, missing('fdtget'));
  const fdt = parseFdt(fixture('qemu-virt-gicv3-2g.dtb'));
  const get = (type: string, path: string, name: string): string => {
    return execFileSync('fdtget', ['-t', type, fixturePath('qemu-virt-gicv3-2g.dtb'), path, name], {
      encoding: 'utf8',
    }).trim();
  };
  const value = (path: string, name: string): Uint8Array => {
    const found = findNode(fdt, path);
    return (found && getProperty(found, name)) ?? new Uint8Array(0);
  };
  for (const [path, name] of [
    ['/memory@40000000', 'reg'],
    ['/pcie@10000000', 'interrupt-map'],
    ['/chosen', 'linux,initrd-end'],
  ] as const) {
    const cells = readCells(value(path, name)).map((cell) => cell.toString(16));
    expect(cells.length).toBeGreaterThan(0);
    expect(cells.join(' ')).toBe(get('x', path, name));
  }
  expect(readStrings(value('/pl011@9000000', 'compatible')).join(' ')).toBe(get('s', '/pl011@9000000', 'compatible'));
});

test('fdtput changes the same tree to the same tree', (ctx) => {
  skipWithout(ctx, missing('fdtput'));
  const folder = mkdtempSync(join(tmpdir(), 'fdt-'));
  try {
    const file = join(folder, 'board.dtb');
    writeFileSync(file, fixture('board.dtb'));
    execFileSync('fdtput', ['-t', 's', file, '/chosen', 'bootargs', 'quiet panic=1 much longer than before']);
    execFileSync('fdtput', ['-t', 'x', file, '/soc@0/serial@9000000', 'reg', '9000000', '2000']);
    execFileSync('fdtput', ['-d', file, '/', 'model']);

    const fdt = parseFdt(fixture('board.dtb'));
    setProperty(ensureNode(fdt, '/chosen'), 'bootargs', stringValue('quiet panic=1 much longer than before'));
    setProperty(ensureNode(fdt, 'serial0'), 'reg', cellsValue(0x9000000, 0x2000));
    removeProperty(fdt.root, 'model');
    expect(parseBare(serializeFdt(fdt))).toEqual(parseBare(new Uint8Array(readFileSync(file))));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
