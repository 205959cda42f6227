import { expect, test } from 'vitest';
import { parseDts } from './dts/read.ts';
import { ensureNode } from './path.ts';
import { ensurePhandle, findByPhandle, pathOfPhandle, phandleOf } from './phandle.ts';
import { thrownBy } from './testing/errors.ts';

const tree = (body: string) => parseDts(`/dts-v1/; / { ${body} };`);

test('a node is found by its phandle, old or new', () => {
  const fdt = tree('a { phandle = <5>; }; b { c { linux,phandle = <7>; }; };');
  expect(findByPhandle(fdt, 5)?.name).toBe('a');
  expect(findByPhandle(fdt, 7)?.name).toBe('c');
  expect(findByPhandle(fdt, 1)).toBeUndefined();
  expect([5, 7, 1].map((phandle) => pathOfPhandle(fdt, phandle))).toEqual(['/a', '/b/c', undefined]);
  expect(pathOfPhandle(tree('phandle = <1>;'), 1)).toBe('/');
});

test('a node without one gets the next above all, and keeps it', () => {
  const fdt = tree('a { phandle = <5>; }; b { };');
  const node = ensureNode(fdt, '/b');
  expect(phandleOf(node)).toBeUndefined();
  expect(ensurePhandle(fdt, node)).toBe(6);
  expect(ensurePhandle(fdt, node)).toBe(6);
  expect(phandleOf(node)).toBe(6);
});

test('none is left above the largest', () => {
  const fdt = tree('a { phandle = <0xfffffffe>; };');
  expect(thrownBy(() => ensurePhandle(fdt, fdt.root)).code).toBe('ERANGE');
});
