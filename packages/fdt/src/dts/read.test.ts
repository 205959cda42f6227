import { skipWithout } from '@kexeckit/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findNode } from '../path.ts';
import { getProperty } from '../property.ts';
import { serializeFdt } from '../serialize.ts';
import { tree } from '../testing/arbitrary.ts';
import { thrownBy } from '../testing/errors.ts';
import { dtc, missing } from '../testing/fixtures.ts';
import { printDts } from './print.ts';
import { type DtsOptions, parseDts } from './read.ts';

const file = (body: string): string => `/dts-v1/;\n${body}`;
const root = (members: string): string => file(`/ { ${members} };`);

/** The hexadecimal digits of property `p` of the root node. */
function hexOf(value: string, options?: DtsOptions): string {
  const property = getProperty(parseDts(root(`p = ${value};`), options).root, 'p') ?? new Uint8Array(0);
  return Array.from(property, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('values', () => {
  test.each<[string, string]>([
    ['<1 0x10 010>', '000000010000001000000008'],
    ['<(-1) (2 + 3 * 4)>', 'ffffffff0000000e'],
    ['<((1 << 4) | 0xf)>', '0000001f'],
    ['<(1 < 2) (2 <= 1) (3 == 3) (3 != 3)>', '00000001000000000000000100000000'],
    ['<(1 ? 2 : 3) (0 ? 2 : 0 ? 3 : 4)>', '0000000200000004'],
    ['<(~0 >> 32 & 0xff) (!5) (7 % 4) (8 / 3 - 1) (6 ^ 3)>', '000000ff00000000000000030000000100000005'],
    ['<(1 && 0 || 1) (1 << 64)>', '0000000100000000'],
    ["<'a' '\\n' '\\x41' '\\''>", '000000610000000a0000004100000027'],
    ['<1ULL 2UL 3U 4L 5LL>', '0000000100000002000000030000000400000005'],
    ['/bits/ 8 <1 0xff (-1)>', '01ffff'],
    ['/bits/ 16 <0x1234>', '1234'],
    ['/bits/ 64 <0xffffffffffffffff 1>', 'ffffffffffffffff0000000000000001'],
    ['[12 3456 ab]', '123456ab'],
    ['[]', ''],
    ['"a\\tb", "c"', '610962006300'],
    ['"\\x41\\101\\"\\\\\\q"', '4141225c7100'],
    ['"\u00e9"', 'c3a900'],
    ['"a", <1>, [ff]', '610000000001ff'],
    ['l1: <1 l2: 2> l3:', '0000000100000002'],
  ])('%s', (text, bytes) => {
    expect(hexOf(text)).toBe(bytes);
  });

  test('a file given for /incbin/', () => {
    const incbin = (name: string, from: string) => new TextEncoder().encode(`${name}|${from}`);
    expect(hexOf('/incbin/("ab")', { incbin, name: 'x' })).toBe('61627c78');
    expect(hexOf('/incbin/("ab", 1, 2)', { incbin, name: 'x' })).toBe('627c');
  });
});

describe('pieces add up', () => {
  const printed = (body: string): string => printDts(parseDts(file(body)));
  test.each<[string, string, string]>([
    ['properties in their place', '/ { a = <1>; b; }; / { c; a = <2>; };', '/ { a = <2>; b; c; };'],
    ['a node by its label', '/ { l: x { a; }; }; &l { b; };', '/ { x { a; b; }; };'],
    ['a node by its path', '/ { x { y { }; }; }; &{/x/y} { b; };', '/ { x { y { b; }; }; };'],
    ['a node by label and path', '/ { l: x { y { }; }; }; &{l/y} { b; };', '/ { x { y { b; }; }; };'],
    ['a label given later', '/ { l: x { }; }; m: &l { }; &m { b; };', '/ { x { b; }; };'],
    ['deleted properties', '/ { a; b; }; / { /delete-property/ a; };', '/ { b; };'],
    ['deleted nodes', '/ { x { }; l: y { }; }; / { /delete-node/ x; }; /delete-node/ &l;', '/ { };'],
    [
      'deleted, then in its old place',
      '/ { a; b; }; / { /delete-property/ a; }; / { a = <1>; };',
      '/ { a = <1>; b; };',
    ],
    ['an unused node left out', '/ { /omit-if-no-ref/ x { }; y { }; };', '/ { y { }; };'],
    ['a used one not', '/ { a = &l; /omit-if-no-ref/ l: x { }; };', '/ { a = "/x"; x { }; };'],
    ['left out by its label', '/ { l: x { }; }; /omit-if-no-ref/ &l;', '/ { };'],
    ['a name that says nothing new dropped', '/ { x@1 { name = "x"; }; };', '/ { x@1 { }; };'],
  ])('%s', (_, body, whole) => {
    expect(printed(body)).toBe(printed(whole));
  });
});

test('phandles: the lowest that are free, in the order of use; a path for a reference outside cells', () => {
  const fdt = parseDts(root('p = <&b &a &b>, &b; a: a { }; b: b { phandle = <1>; }; c: c { phandle = <&c>; };'));
  expect(printDts(fdt)).toContain('p = [00 00 00 01 00 00 00 02 00 00 00 01 2f 62 00];');
  expect(getProperty(findNode(fdt, '/a') ?? fdt.root, 'phandle')).toEqual(Uint8Array.of(0, 0, 0, 2));
  expect(getProperty(findNode(fdt, '/c') ?? fdt.root, 'phandle')).toEqual(Uint8Array.of(0, 0, 0, 3));
});

test('reservations and the boot CPU', () => {
  const text = '/memreserve/ 0x1000 (1 << 33); l: /memreserve/ 0 1; / { cpus { cpu@5 { reg = <5>; }; }; };';
  const { reservations, bootCpuidPhys } = parseDts(file(text));
  expect(reservations).toEqual([
    { address: 0x1000n, size: 1n << 33n },
    { address: 0n, size: 1n },
  ]);
  expect(bootCpuidPhys).toBe(5);
});

test('an overlay has fixups, local fixups and, where asked for, symbols', () => {
  const text = '/dts-v1/; /plugin/; &ext { p = <&own &ext>; own: n { }; }; &{/a/b} { q = <1 &other>; };';
  expect(printDts(parseDts(text, { symbols: true }))).toBe(`/dts-v1/;

/ {
	fragment@0 {
		target = <0xffffffff>;

		__overlay__ {
			p = <0x1 0xffffffff>;

			n {
				phandle = <0x1>;
			};
		};
	};

	fragment@1 {
		target-path = "/a/b";

		__overlay__ {
			q = <0x1 0xffffffff>;
		};
	};

	__symbols__ {
		own = "/fragment@0/__overlay__/n";
	};

	__fixups__ {
		ext = "/fragment@0:target:0", "/fragment@0/__overlay__:p:4";
		other = "/fragment@1/__overlay__:q:4";
	};

	__local_fixups__ {
		fragment@0 {
			__overlay__ {
				p = <0x0>;
			};
		};
	};
};
`);
});

test('what a callback finds elsewhere is known by where it was', () => {
  const asked: string[] = [];
  const include = (name: string, from: string) => {
    asked.push(`${from}: ${name}`);
    const text = name === 'a.dtsi' ? '/include/ "b.dtsi"' : 'p = ;';
    return { name: `dir/${name}`, text };
  };
  const error = thrownBy(() => parseDts(root('/include/ "a.dtsi"'), { include, name: 'top' }));
  expect(asked).toEqual(['top: a.dtsi', 'dir/a.dtsi: b.dtsi']);
  expect(error).toMatchObject({ code: 'EINVAL', file: 'dir/b.dtsi', line: 1, column: 5 });
});

test('what a callback throws is the cause of a typed error', () => {
  const cause = new RangeError('no such file');
  const fail = () => {
    throw cause;
  };
  const include = thrownBy(() => parseDts(root('\n/include/ "a.dtsi"'), { include: fail }));
  expect(include).toMatchObject({ code: 'ENOENT', line: 3, column: 1, value: 'a.dtsi', cause });
  const incbin = thrownBy(() => parseDts(root('p = /incbin/("a.bin");'), { incbin: fail }));
  expect(incbin).toMatchObject({ code: 'ENOENT', line: 2, column: 9, value: 'a.bin', cause });
});

test('labels that are gone leave a node that comes again a phandle, as with dtc', () => {
  const text = `${root('l: a {};')} / { /delete-node/ a; }; / { a {}; };`;
  expect(printDts(parseDts(text, { symbols: true }))).toContain('phandle = <0x1>;');
});

test('includes are given by a callback, each knows who includes it', () => {
  const files: Record<string, string> = { 'a.dtsi': '/include/ "b.dtsi"\na;', 'b.dtsi': 'b;' };
  const asked: string[] = [];
  const include = (name: string, from: string) => {
    asked.push(`${from}>${name}`);
    return files[name] ?? '';
  };
  expect(printDts(parseDts(root('/include/ "a.dtsi"'), { include, name: 'top' }))).toContain('b;\n\ta;');
  expect(asked).toEqual(['top>a.dtsi', 'a.dtsi>b.dtsi']);
  const circle = { include: () => '/include/ "again"', name: 'top' };
  expect(thrownBy(() => parseDts(root('/include/ "again"'), circle)).code).toBe('ERANGE');
});

describe('errors say line and column', () => {
  test.each<[string, string, string, number, number]>([
    ['no header', '/ { };', 'EINVAL', 1, 1],
    ['no root', '/dts-v1/;\n', 'EINVAL', 2, 1],
    ['a missing semicolon', '/dts-v1/;\n/ {\n\ta = <1>\n\tb;\n};', 'EINVAL', 4, 2],
    ['a property after a child', '/dts-v1/;\n/ {\n\tx { };\n\ta;\n};', 'EINVAL', 4, 2],
    ['a name twice', '/dts-v1/;\n/ {\n\tx { };\n\tx { };\n};', 'EEXIST', 4, 2],
    ['a label twice', '/dts-v1/;\n/ {\n\tl: x { };\n\tl: y { };\n};', 'EEXIST', 4, 2],
    ['a reference to nothing', '/dts-v1/;\n/ {\n\ta = <1 &l>;\n};', 'ENOENT', 3, 9],
    ['a piece of nothing', '/dts-v1/;\n/ { };\n&l { };', 'ENOENT', 3, 1],
    ['a number too large', '/dts-v1/;\n/ { a = <0x100000000>; };', 'ERANGE', 2, 10],
    ['a number of 65 bits', '/dts-v1/;\n/ { a = <0x10000000000000000>; };', 'ERANGE', 2, 10],
    ['an octal nine', '/dts-v1/;\n/ { a = <09>; };', 'EINVAL', 2, 10],
    ['a macro', '/dts-v1/;\n/ { a = <GPIO>; };', 'EINVAL', 2, 10],
    ['a division by zero', '/dts-v1/;\n/ { a = <(1 / 0)>; };', 'EINVAL', 2, 13],
    ['an empty character', "/dts-v1/;\n/ { a = <''>; };", 'EINVAL', 2, 10],
    ['elements of 7 bits', '/dts-v1/;\n/ { a = /bits/ 7 <1>; };', 'EINVAL', 2, 16],
    ['a phandle of 64 bits', '/dts-v1/;\n/ { l: x { a = /bits/ 64 <&l>; }; };', 'EINVAL', 2, 27],
    ['the same phandle twice', '/dts-v1/;\n/ { x { phandle = <1>; };\ny { phandle = <1>; }; };', 'EEXIST', 3, 3],
    ['phandle 0', '/dts-v1/;\n/ { phandle = <0>; };', 'EINVAL', 2, 5],
    ["another node's phandle", '/dts-v1/;\n/ { l: x { }; y { phandle = <&l>; }; };', 'EINVAL', 2, 30],
    ['a string without end', '/dts-v1/;\n/ { a = "x; };', 'EINVAL', 2, 9],
    ['a comment without end', '/dts-v1/;\n/* x', 'EINVAL', 2, 1],
    ['an include that nobody gives', '/dts-v1/;\n/include/ "x"', 'EOPNOTSUPP', 2, 1],
    ['a name that lies', '/dts-v1/;\n/ { x { name = "y"; }; };', 'EINVAL', 2, 9],
    ['a line of a preprocessor', '/dts-v1/;\n# 40 "x.dts" 1\n/ {\n\ta = <&l>;\n};', 'ENOENT', 41, 7],
    ['mixed headers', '/dts-v1/;\n/dts-v1/;\n/plugin/;\n/ { };', 'EINVAL', 1, 1],
  ])('%s', (_, text, code, line, column) => {
    const error = thrownBy(() => parseDts(text));
    expect([error.code, error.line, error.column]).toEqual([code, line, column]);
    expect(error.message).toContain(`:${line}:${column})`);
  });

  test.each([
    ['nodes', file(`/ {${'x {'.repeat(70)}`)],
    ['parentheses', root(`a = <${'('.repeat(100_000)}`)],
    ['signs', root(`a = <(${'-'.repeat(100_000)}1)>;`)],
    ['conditions', root(`a = <(${'1 ? '.repeat(100_000)}1)>;`)],
    ['other conditions', root(`a = <(${'1 ? 1 : '.repeat(100_000)}1)>;`)],
  ])('%s nested too deep', (_, text) => {
    expect(thrownBy(() => parseDts(text)).code).toBe('ERANGE');
  });
});

test('any tree is read back as it was printed', () => {
  fc.assert(
    fc.property(tree, (fdt) => {
      expect(serializeFdt(parseDts(printDts(fdt)))).toEqual(serializeFdt(fdt));
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('text of a hundred thousand properties and nodes takes no longer than its length', () => {
  const members = Array.from({ length: 50_000 }, (_, index) => `p${index} = <${index}>;`).join('\n');
  const children = Array.from({ length: 50_000 }, (_, index) => `l${index}: n${index} { a = <&l${index}>; };`).join(
    '\n',
  );
  expect(parseDts(root(members + children)).root.children.length).toBe(50_000);
});

test('an overlay of a hundred thousand references, a node of as many labels', () => {
  const overlay = parseDts(`/dts-v1/; /plugin/; &x { a = <${'&y '.repeat(100_000)}>; };`);
  expect(overlay.root.children.map(({ name }) => name)).toEqual(['fragment@0', '__fixups__']);
  const labels = Array.from({ length: 100_000 }, (_, index) => `l${index}:`).join(' ');
  expect(parseDts(root(`p = <&l5>; ${labels} x { };`)).root.properties.length).toBe(1);
});

/** Pieces of text that are valid in any order, for dtc to compile too. */
const PIECES = [
  '/ { a = <1 2>; x: x@1 { reg = <1>; y { p; }; }; };',
  '/ { x@1 { q = "s", <0x10 &{/}>; /delete-node/ y; }; };',
  '&{/} { z: z { r = &{/}, [01 02]; }; };',
  '/ { /delete-property/ a; /omit-if-no-ref/ o: o { }; };',
  '/ { cpus { c: cpu@3 { reg = <(1 + 2)>; }; }; };',
  '/ { n { m = /bits/ 16 <1 2 (-1)>; s = "\\x41\\n"; }; };',
];

test('dtc compiles any pieces to the same bytes', (ctx) => {
  skipWithout(ctx, missing('dtc'));
  fc.assert(
    fc.property(fc.shuffledSubarray(PIECES, { minLength: 1 }), fc.boolean(), (pieces, symbols) => {
      const text = file(`/ { };\n${pieces.join('\n')}`);
      expect(serializeFdt(parseDts(text, { symbols }))).toEqual(dtc('dts', 'dtb', text, ...(symbols ? ['-@'] : [])));
    }),
    { seed: 12, numRuns: 40 },
  );
});
