import { expect, test } from 'vitest';
import { linuxDoubts } from './doubts.ts';
import { parseDts } from './dts/read.ts';
import { dynamicReservations } from './dynamic.ts';
import { reservedMemory } from './memory.ts';

const CELLS = '#address-cells = <2>; #size-cells = <2>;';
const MEMORY = 'memory@0 { device_type = "memory"; reg = <0 0 0 0x40000000>; };';
const tree = (body: string) => parseDts(`/dts-v1/; / { ${body} };`);
const reserved = (nodes: string, cells = CELLS) =>
  tree(`${CELLS} ${MEMORY} reserved-memory { ${cells} ranges; ${nodes} };`);

test('size, alignment, places, and what the kernel may do with it', () => {
  const fdt = reserved(`
    cma { size = <0 0x4000000>; alignment = <0 0x200000>; alloc-ranges = <0 0 0 0x1000>, <1 0 0 0x2000>; reusable; };
    pool { size = <0 0x1000>; no-map; };
    off { size = <0 0x1000>; status = "disabled"; };
    fixed@5000 { reg = <0 0x5000 0 0x1000>; size = <0 1>; };`);
  expect(dynamicReservations(fdt)).toEqual([
    {
      name: 'cma',
      size: 0x4000000n,
      alignment: 0x200000n,
      allocRanges: [
        { start: 0n, end: 0xfffn },
        { start: 0x100000000n, end: 0x100001fffn },
      ],
      reusable: true,
      noMap: false,
    },
    { name: 'pool', size: 0x1000n, alignment: 1n, allocRanges: [], reusable: false, noMap: true },
  ]);
  expect(reservedMemory(fdt).map(({ name }) => name)).toEqual(['fixed@5000']);
  expect(linuxDoubts(fdt)).toEqual([]);
});

test('what Linux cannot read it does not reserve', () => {
  const fdt = reserved(
    'a { size = <1>; }; b { size = <0 1>; alignment = <1>; }; c { size = <0 1>; alloc-ranges = <1>; };',
  );
  expect(dynamicReservations(fdt)).toEqual([]);
  expect(linuxDoubts(fdt).map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
    '/reserved-memory/a: its size is not 2 cells',
    '/reserved-memory/b: its alignment is not 2 cells',
    '/reserved-memory/c: its alloc-ranges are not whole entries',
  ]);
});

test('a /reserved-memory whose cells are not the root node’s is ignored as a whole', () => {
  const fdt = reserved('a@0 { reg = <0 1>; }; b { size = <1>; };', '#address-cells = <1>; #size-cells = <1>;');
  expect(reservedMemory(fdt)).toEqual([]);
  expect(dynamicReservations(fdt)).toEqual([]);
  expect(linuxDoubts(fdt).map(({ reading }) => reading)).toEqual([
    'Linux ignores all nodes in it: nothing of them is reserved',
  ]);
});
