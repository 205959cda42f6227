import { expect, test } from 'vitest';
import { linuxDoubts } from './doubts.ts';
import { parseDts } from './dts/read.ts';
import { memoryRanges } from './memory.ts';

const CELLS = '#address-cells = <2>; #size-cells = <2>;';
const UEFI = 'linux,uefi-system-table = <0 1>; linux,uefi-mmap-start = <0 1>;';
const tree = (body: string) => parseDts(`/dts-v1/; / { ${body} };`);

test.each<[string, string, string[]]>([
  ['a usual tree', `${CELLS} memory@0 { device_type = "memory"; reg = <0 0 0 1>; };`, []],
  [
    'a root without counts of cells',
    'memory@0 { device_type = "memory"; reg = <0 1>; };',
    ['/: the root node has no #address-cells', '/: the root node has no #size-cells'],
  ],
  [
    'memory of size 0',
    `${CELLS} memory { device_type = "memory"; reg = <1 0 0 0>; };`,
    ['/memory: all sizes in its reg are 0'],
  ],
  ['memory without reg', `${CELLS} memory { device_type = "memory"; };`, ['/memory: it has no reg']],
  [
    'half an entry',
    `${CELLS} memory { device_type = "memory"; reg = <0 0 1>; };`,
    ['/memory: its reg is not whole entries of 16 bytes'],
  ],
  ['no memory', CELLS, ['/: there is no memory node']],
  ['no memory beside UEFI, for Ubuntu', `${CELLS} chosen { ${UEFI} };`, ['/: there is no memory node']],
  ['no memory beside UEFI', `${CELLS} chosen { ${UEFI} linux,uefi-secure-boot = <1>; };`, []],
  [
    'a reserved-memory without ranges',
    `${CELLS} memory@0 { device_type = "memory"; reg = <0 0 0 1>; }; reserved-memory { ${CELLS} a@0 { reg = <0 0 0 1>; }; };`,
    ['/reserved-memory: it has no ranges'],
  ],
  [
    'reserved nodes that reserve nothing',
    `${CELLS} memory@0 { device_type = "memory"; reg = <0 0 0 1>; };
     reserved-memory { ${CELLS} ranges; a { }; b@1 { reg = <1>; }; c@0 { reg = <0 0 0 0>; }; };`,
    [
      '/reserved-memory/a: it has neither reg nor size',
      '/reserved-memory/b@1: its reg is not whole entries of 16 bytes',
      '/reserved-memory/c@0: all sizes in its reg are 0',
    ],
  ],
])('%s', (_, body, expected) => {
  expect(linuxDoubts(tree(body)).map(({ path, problem }) => `${path}: ${problem}`)).toEqual(expected);
});

test('memory of a root without counts of cells is read as Linux reads it', () => {
  const fdt = tree('memory@0 { device_type = "memory"; reg = <0x40000000 0x1000>; };');
  expect(memoryRanges(fdt)).toEqual([{ start: 0x40000000n, end: 0x40000fffn }]);
});
