import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffFdt } from './diff.ts';
import { printDiff } from './diff-text.ts';
import { parseDts } from './dts/read.ts';
import { serializeFdt } from './serialize.ts';
import { tree } from './testing/arbitrary.ts';

const dts = (body: string) => parseDts(`/dts-v1/; ${body}`);

test('what people read', () => {
  const before = dts(`/memreserve/ 1 2; / {
    model = "old";
    cpus { cpu@0 { reg = <0>; }; };
    chosen { bootargs = "quiet"; linux,initrd-start = <1>; };
    gone@1 { reg = <1>; x { }; };
    kept { a; b; };
  };`);
  const after = dts(`/memreserve/ 1 3; / {
    model = "new";
    cpus { cpu@0 { reg = <1>; }; };
    chosen { bootargs = "quiet"; stdout-path = "serial0"; };
    kept { b; a; };
    come@2 { reg = <2>; };
  };`);
  expect(printDiff(diffFdt(before, after))).toBe(`- boot CPU 0x0
+ boot CPU 0x1
- /memreserve/ 0x1 0x2;
+ /memreserve/ 0x1 0x3;
/
-   model = "old";
+   model = "new";
-   gone@1 {
-   	reg = <0x1>;
-
-   	x {
-   	};
-   };
+   come@2 {
+   	reg = <0x2>;
+   };
/cpus/cpu@0
-   reg = <0x0>;
+   reg = <0x1>;
/chosen
-   linux,initrd-start = <0x1>;
+   stdout-path = "serial0";
/kept
  its properties are in another order
`);
});

test('phandles that are numbered anew are counted, and shown where asked', () => {
  const source = (property: string, node: string) =>
    `/ { ${property} clocks = <&a 7 &b>; one = <1>; ${node} a: a { }; b: b { }; };`;
  const newer = source('o = <&o>;', 'o: o { };');
  const [before, after] = [dts(source('', '')), dts(newer)];
  const changes = diffFdt(before, after);
  expect(printDiff(changes)).toBe(`/
+   o = <0x1>;
+   o {
+   	phandle = <0x1>;
+   };
(3 properties differ only in the numbers of phandles)
`);
  expect(printDiff(changes, { renumbered: true })).toContain(
    '-   clocks = <0x1 0x7 0x2>;\n+   clocks = <0x2 0x7 0x3>;',
  );
  // The number of another node is a change, and so is one that is nobody's.
  const other = dts(newer.replace('&a 7 &b', '&b 7 &a'));
  expect(printDiff(diffFdt(before, other))).toContain('clocks');
  expect(printDiff(diffFdt(before, dts(source('', '').replace('<1>', '<9>'))))).toContain('+   one = <0x9>;');
});

test('a number that changes as a phandle does is a change all the same', () => {
  const [before, after] = [
    dts('/ { #size-cells = <1>; a { phandle = <1>; }; u { reg = <1>; bus-width = <1>; clocks = <1>; }; };'),
    dts('/ { #size-cells = <2>; a { phandle = <2>; }; u { reg = <2>; bus-width = <2>; clocks = <2>; }; };'),
  ];
  const said = printDiff(diffFdt(before, after));
  for (const name of ['#size-cells', 'reg', 'bus-width']) expect(said).toContain(`${name} = <0x2>;`);
  expect(said).toContain('(2 properties differ only in the numbers of phandles)');
});

test('nodes and reservations in another order', () => {
  const [a, b] = [
    dts('/memreserve/ 1 2; /memreserve/ 3 4; / { x { }; y { }; };'),
    dts('/memreserve/ 3 4; /memreserve/ 1 2; / { y { }; x { }; };'),
  ];
  expect(printDiff(diffFdt(a, b))).toBe(
    '/\n  its reservations are in another order\n  its nodes are in another order\n',
  );
});

test('a reservation that is there once more', () => {
  const [a, b] = [dts('/memreserve/ 1 2; / { };'), dts('/memreserve/ 1 2; /memreserve/ 1 2; / { };')];
  expect(diffFdt(a, b)).toEqual([{ kind: 'reservation-added', reservation: { address: 1n, size: 2n } }]);
});

test('nothing differs where the blobs are the same, and something where they are not', () => {
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      expect(diffFdt(a, structuredClone(a))).toEqual([]);
      const isSame = Buffer.compare(serializeFdt(a), serializeFdt(b)) === 0;
      expect(diffFdt(a, b).length === 0).toBe(isSame);
      expect(printDiff(diffFdt(a, b)) === '').toBe(isSame);
    }),
    { seed: 7, numRuns: 200 },
  );
});
