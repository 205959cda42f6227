import { beforeEach, describe, expect, test } from 'vitest';
import { parseFdt } from './parse.ts';
import { ensureNode, findNode, removeNode } from './path.ts';
import { getProperty, setProperty } from './property.ts';
import { serializeFdt } from './serialize.ts';
import { thrownBy } from './testing/errors.ts';
import { fixture } from './testing/fixtures.ts';
import type { Fdt } from './tree.ts';
import { stringValue } from './values.ts';

let fdt: Fdt;
beforeEach(() => {
  fdt = parseFdt(fixture('board.dtb'));
});

describe('findNode', () => {
  test.each([
    ['the root', '/', ''],
    ['a full path', '/soc@0/serial@9000000', 'serial@9000000'],
    ['a unit address left out on the way', '/soc/serial@9040000', 'serial@9040000'],
    ['a unit address left out at the end', '/cpus/cpu', 'cpu@100'],
    ['an alias', 'serial0', 'serial@9000000'],
    ['slashes too many', '//chosen/', 'chosen'],
  ])('%s', (_, path, name) => {
    expect(findNode(fdt, path)?.name).toBe(name);
  });

  test.each(['/nothing', '/soc@1', '/chosen/deeper', '/soc/serial@9', 'serial1', 'chosen', '/serial@9000000'])(
    '%s is not there',
    (path) => {
      expect(findNode(fdt, path)).toBeUndefined();
    },
  );

  test('a name that fits two nodes is refused, and both are named', () => {
    const error = thrownBy(() => findNode(fdt, '/soc/serial'));
    expect(error.code).toBe('ENOTUNIQ');
    expect(error.message).toContain('serial@9000000, serial@9040000');
  });

  test('the exact name wins over one with a unit address', () => {
    const exact = { name: 'cpu', properties: [], children: [] };
    findNode(fdt, '/cpus')?.children.push(exact);
    expect(findNode(fdt, '/cpus/cpu')).toBe(exact);
  });

  test('an empty path and an alias that leads nowhere are refused', () => {
    expect(thrownBy(() => findNode(fdt, '')).code).toBe('EINVAL');
    setProperty(ensureNode(fdt, '/aliases'), 'loop', stringValue('loop'));
    expect(thrownBy(() => findNode(fdt, 'loop')).code).toBe('EINVAL');
  });
});

describe('ensureNode', () => {
  test('gives the node that is there', () => {
    expect(ensureNode(fdt, '/soc/serial@9000000')).toBe(findNode(fdt, '/soc@0/serial@9000000'));
    expect(ensureNode(fdt, 'serial0/port')).toBe(findNode(fdt, '/soc@0/serial@9000000/port'));
    expect(ensureNode(fdt, '/')).toBe(fdt.root);
  });

  test('makes a node and its parents, as the last children', () => {
    const made = ensureNode(fdt, '/chosen/a/b@1');
    expect(made).toEqual({ name: 'b@1', properties: [], children: [] });
    expect(findNode(fdt, '/chosen/a/b@1')).toBe(made);
    ensureNode(fdt, '/options');
    expect(fdt.root.children.at(-1)?.name).toBe('options');
    expect(parseFdt(serializeFdt(fdt))).toEqual(fdt);
  });

  test.each([
    ['', 'EINVAL'],
    ['/bad name', 'EINVAL'],
    ['/soc/serial', 'ENOTUNIQ'],
    ['unknown', 'ENOENT'],
    ['unknown/x', 'ENOENT'],
  ])('%j is refused', (path, code) => {
    const before = serializeFdt(fdt);
    expect(thrownBy(() => ensureNode(fdt, path)).code).toBe(code);
    expect(serializeFdt(fdt)).toEqual(before);
  });
});

describe('removeNode', () => {
  test('removes a node with all below it, and tells whether it was there', () => {
    expect(removeNode(fdt, '/soc')).toBe(true);
    expect(findNode(fdt, '/soc/serial@9000000')).toBeUndefined();
    expect(removeNode(fdt, '/soc')).toBe(false);
    expect(getProperty(ensureNode(fdt, '/chosen'), 'bootargs')).toBeDefined();
  });

  test('never the root', () => {
    expect(thrownBy(() => removeNode(fdt, '/')).code).toBe('EINVAL');
  });
});
