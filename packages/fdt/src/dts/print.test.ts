import { skipWithout } from '@kexeckit/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFdt } from '../parse.ts';
import { serializeFdt } from '../serialize.ts';
import { tree } from '../testing/arbitrary.ts';
import { bare, parseBare } from '../testing/bare.ts';
import { thrownBy } from '../testing/errors.ts';
import { BLOBS, dtc, fixture, missing } from '../testing/fixtures.ts';
import type { Fdt, FdtNode } from '../tree.ts';
import { cellsValue, stringList } from '../values.ts';
import { printDts, writeDts } from './print.ts';

function printed(name: string, value: Uint8Array): string {
  const text = printDts({
    bootCpuidPhys: 0,
    reservations: [],
    root: { name: '', properties: [{ name, value }], children: [] },
  });
  return text.slice(text.indexOf('\t') + 1, text.lastIndexOf('\n};'));
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test('the whole text of a small tree', () => {
  const fdt: Fdt = {
    bootCpuidPhys: 0x100,
    reservations: [{ address: 0x80000000n, size: 0x1000n }],
    root: {
      name: '',
      properties: [{ name: 'model', value: stringList(['small']) }],
      children: [
        {
          name: 'soc@0',
          properties: [],
          children: [{ name: 'uart@1000', properties: [{ name: 'reg', value: cellsValue(0x1000, 4) }], children: [] }],
        },
        { name: 'chosen', properties: [], children: [] },
      ],
    },
  };
  expect(printDts(fdt)).toBe(`/dts-v1/;
/memreserve/ 0x0000000080000000 0x0000000000001000;

/ {
	model = "small";

	/omit-if-no-ref/ cpus { /* not in the blob: it says which CPU boots */
		/omit-if-no-ref/ boot {
			reg = <0x100>;
		};
	};

	soc@0 {
		uart@1000 {
			reg = <0x1000 0x4>;
		};
	};

	chosen {
	};
};
`);
});

describe('the form of a value is guessed', () => {
  test.each<[string, string, Uint8Array, string]>([
    ['nothing is a flag', 'dma-coherent', bytes(), 'dma-coherent;'],
    ['text', 'model', stringList(['QEMU']), 'model = "QEMU";'],
    ['a list of texts', 'compatible', stringList(['a,b', 'c']), 'compatible = "a,b", "c";'],
    ['the empty text', 'label', bytes(0), 'label = "";'],
    ['text with quotes, backslashes, tabs and lines', 'x', stringList(['a"b\\c\td\ne']), 'x = "a\\"b\\\\c\\td\\ne";'],
    ['cells', 'x', cellsValue(0, 0x10, 0xffffffff), 'x = <0x0 0x10 0xffffffff>;'],
    ['cells that would be text but for their name', 'reg', stringList(['abc']), 'reg = <0x61626300>;'],
    ['cells by the end of their name', '#gpio-cells', stringList(['abc']), '#gpio-cells = <0x61626300>;'],
    ['text that would be cells', 'x', stringList(['abc']), 'x = "abc";'],
    ['zeros are a number, not four empty texts', 'x', bytes(0, 0, 0, 0), 'x = <0x0>;'],
    ['bytes', 'mac', bytes(2, 0, 0x5e, 0x10, 0, 1), 'mac = [02 00 5e 10 00 01];'],
    ['a cell name with three bytes', 'reg', bytes(1, 2, 3), 'reg = [01 02 03];'],
    ['text without its NUL', 'x', bytes(0x61, 0x62), 'x = [61 62];'],
    ['letters beyond ASCII', 'x', stringList(['é']), 'x = [c3 a9 00];'],
  ])('%s', (_, name, value, expected) => {
    expect(printed(name, value)).toBe(expected);
  });
});

test('a tree that no blob can hold is refused', () => {
  const root = { name: '', properties: [], children: [{ name: '}; evil', properties: [], children: [] }] };
  expect(thrownBy(() => printDts({ bootCpuidPhys: 0, reservations: [], root })).code).toBe('EINVAL');
});

describe('dtc compiles the text back to the same tree', () => {
  test.for(BLOBS)('%s', (name, ctx) => {
    skipWithout(ctx, missing('dtc'));
    const fdt = bare(parseFdt(fixture(name)));
    expect(dtc('dts', 'dtb', printDts(fdt))).toEqual(serializeFdt(fdt));
  });

  test('any tree', (ctx) => {
    skipWithout(ctx, missing('dtc'));
    fc.assert(
      fc.property(tree, (fdt) => {
        expect(dtc('dts', 'dtb', printDts(fdt), '-f')).toEqual(serializeFdt(fdt));
      }),
      { seed: 3, numRuns: 40 },
    );
  });
});

describe('dtc takes the boot CPU from the text', () => {
  const cpu = (name: string, reg: Uint8Array) => ({ name, properties: [{ name: 'reg', value: reg }], children: [] });
  test.for<[string, number, FdtNode[]]>([
    ['without CPUs', 7, []],
    ['with a node for CPUs that is empty', 7, [{ name: 'cpus', properties: [], children: [] }]],
    ['that is not the first', 0, [{ name: 'cpus', properties: [], children: [cpu('cpu@100', cellsValue(0x100))] }]],
    ['that is the first', 256, [{ name: 'cpus', properties: [], children: [cpu('cpu@100', cellsValue(0x100))] }]],
    ['beside a reg of two cells', 1, [{ name: 'cpus', properties: [], children: [cpu('cpu@1', cellsValue(0, 1))] }]],
    ['beside a node of that name', 0, [{ name: 'cpus', properties: [], children: [cpu('boot', cellsValue(3))] }]],
  ])('%s', ([, bootCpuidPhys, children], ctx) => {
    skipWithout(ctx, missing('dtc'));
    const fdt: Fdt = { bootCpuidPhys, reservations: [], root: { name: '', properties: [], children } };
    expect(dtc('dts', 'dtb', printDts(fdt))).toEqual(serializeFdt(fdt));
  });
});

test('a long text comes in pieces', () => {
  const value = new Uint8Array(400_000).fill(1);
  const root = { name: '', properties: [{ name: 'x', value }], children: [] };
  const pieces: string[] = [];
  writeDts({ bootCpuidPhys: 0, reservations: [], root }, (text) => pieces.push(text));
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(0x10000);
  expect(pieces.join('')).toBe(`/dts-v1/;\n\n/ {\n\tx = <${Array(100_000).fill('0x1010101').join(' ')}>;\n};\n`);
});

test('dtc prints the same tree from our fixture as from its source', (ctx) => {
  skipWithout(ctx, missing('dtc'));
  const fromSource = parseFdt(dtc('dts', 'dtb', fixture('board.dts'), '-b', '256'));
  expect(bare(fromSource)).toEqual(parseBare(fixture('board.dtb')));
});
