import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipWithout } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { printDts } from '../dts/print.ts';
import { parseDts } from '../dts/read.ts';
import { serializeFdt } from '../serialize.ts';
import { parseBare } from '../testing/bare.ts';
import { thrownBy } from '../testing/errors.ts';
import { missing } from '../testing/fixtures.ts';
import type { Fdt } from '../tree.ts';
import { applyOverlay } from './apply.ts';

const base = (body: string): Fdt => parseDts(`/dts-v1/;\n${body}`, { symbols: true });
const overlay = (body: string): Fdt => parseDts(`/dts-v1/;\n/plugin/;\n${body}`, { symbols: true });

const BOARD = `/ {
	aliases { uart = "/soc/serial@1"; };
	soc: soc {
		uart: serial@1 { status = "disabled"; reg = <1>; };
		clk: clock { };
	};
	user { clock = <&clk>; };
};`;

test('the whole of a small one', () => {
  const applied = applyOverlay(
    base(BOARD),
    overlay(`&uart { status = "okay"; clocks = <&clk &own 7>; own: child { }; };
&soc { new@2 { friend = <&own>; }; };`),
  );
  expect(printDts(applied)).toBe(`/dts-v1/;

/ {
	aliases {
		uart = "/soc/serial@1";
	};

	soc {
		phandle = <0x2>;

		new@2 {
			friend = <0x4>;
		};

		serial@1 {
			clocks = <0x1 0x4 0x7>;
			status = "okay";
			reg = <0x1>;
			phandle = <0x3>;

			child {
				phandle = <0x4>;
			};
		};

		clock {
			phandle = <0x1>;
		};
	};

	user {
		clock = <0x1>;
	};

	__symbols__ {
		own = "/soc/serial@1/child";
		soc = "/soc";
		uart = "/soc/serial@1";
		clk = "/soc/clock";
	};
};
`);
});

test('a node of the tree keeps its phandle, and the overlay refers to it by that', () => {
  const applied = applyOverlay(base(BOARD), overlay('&soc { own: clock { }; x { uses = <&own>; }; };'));
  const text = printDts(applied);
  expect(text).toContain('uses = <0x1>;');
  expect(text).toContain('clock {\n\t\t\tphandle = <0x1>;');
});

test('what is given stays as it was', () => {
  const [tree, over] = [base(BOARD), overlay('&uart { status = "okay"; clocks = <&clk &own>; own: child { }; };')];
  const before = [printDts(tree), printDts(over)];
  applyOverlay(tree, over);
  expect([printDts(tree), printDts(over)]).toEqual(before);
});

const OVERLAYS: [string, string][] = [
  ['a label', '&uart { status = "okay"; new; };'],
  ['a path', '&{/soc} { a { b { c; }; }; };'],
  ['the root', '&{/} { a { own: b { p = <&own &clk>; }; }; };'],
  ['an alias', '/ { fragment@9 { target-path = "uart"; __overlay__ { x; }; }; };'],
  ['a name without unit address', '/ { fragment@9 { target-path = "/soc/serial"; __overlay__ { x; }; }; };'],
  ['a node made by another fragment', '&{/soc} { a { }; }; &{/soc/a} { own: b { }; };'],
  ['labels that do not get there', '/ { l: x { }; fragment@9 { target-path = "/"; m: y { }; __overlay__ { }; }; };'],
  ['symbols of the root', '&{/} { own: a { }; };'],
  ['references at odd places', '&soc { s = "abc", <&own>, [00], <&clk &own>; own: o { }; };'],
  ['a label that the tree lacks', '&nobody { };'],
  ['a path that the tree lacks', '&{/nowhere} { };'],
  ['a fragment without target', '/ { fragment@9 { __overlay__ { }; }; };'],
  ['a fragment with target -1', '/ { fragment@9 { target = <0xffffffff>; __overlay__ { }; }; };'],
  ['a target of the wrong size', '/ { fragment@9 { target = <1 2>; __overlay__ { }; }; };'],
  ['a fragment without contents', '/ { fragment@9 { target-path = "/nowhere"; }; };'],
  ['fixups that are not text', '/ { __fixups__ { clk = [41]; }; };'],
  ['fixups without places', '/ { __fixups__ { clk = "a"; }; };'],
  ['a fixup of nothing', '/ { __fixups__ { clk = "/a:b:0"; }; };'],
  ['a fixup of no property', '/ { a { }; __fixups__ { clk = "/a:b:0"; }; };'],
  ['a fixup outside its property', '/ { a { b = [00 00 00]; }; __fixups__ { clk = "/a:b:0"; }; };'],
  ['a fixup without a number', '/ { a { b = <0>; }; __fixups__ { clk = "/a:b:x"; }; };'],
  ['local fixups of nothing', '/ { __local_fixups__ { a { b = <0>; }; }; };'],
  ['local fixups of no property', '/ { a { }; __local_fixups__ { a { b = <0>; }; }; };'],
  ['local fixups of three bytes', '/ { a { b = <0>; }; __local_fixups__ { a { b = [00 00 00]; }; }; };'],
  ['phandles that run out', '&soc { a { phandle = <0xfffffffd>; }; };'],
  ['a symbol that is no path', '/ { __symbols__ { a = "x"; }; };'],
  ['a symbol of two paths', '/ { __symbols__ { a = "/a", "/b"; }; };'],
  ['a symbol in no fragment', '/ { __symbols__ { a = "/fragment@0/__overlay__/a"; }; };'],
];

describe('as fdtoverlay does it', () => {
  test.for(OVERLAYS)('%s', ([, body], ctx) => {
    skipWithout(ctx, missing('fdtoverlay'));
    const [tree, over] = [base(BOARD), overlay(body)];
    const theirs = fdtoverlay(tree, over);
    if (theirs === undefined) expect(thrownBy(() => applyOverlay(tree, over)).hint).not.toBe('');
    else expect(parseBare(serializeFdt(applyOverlay(tree, over)))).toEqual(parseBare(theirs));
  });

  test.for(['&uart { };', '&{/soc} { x; own: y { }; };', '/ { x; };'])('on a tree without symbols: %s', (body, ctx) => {
    skipWithout(ctx, missing('fdtoverlay'));
    const [tree, over] = [parseDts(`/dts-v1/;\n${BOARD}`), overlay(body)];
    const theirs = fdtoverlay(tree, over);
    if (theirs === undefined) expect(thrownBy(() => applyOverlay(tree, over)).code).toBe('ENOENT');
    else expect(parseBare(serializeFdt(applyOverlay(tree, over)))).toEqual(parseBare(theirs));
  });
});

test('a local fixup outside its property is refused', () => {
  const over = overlay('/ { a { b = <0>; }; __local_fixups__ { a { b = <1>; }; }; };');
  expect(thrownBy(() => applyOverlay(base(BOARD), over)).code).toBe('EINVAL');
});

/** The blob that fdtoverlay makes; undefined where it refuses. */
function fdtoverlay(tree: Fdt, over: Fdt): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-fdt-'));
  try {
    const [input, output, file] = ['base.dtb', 'out.dtb', 'over.dtbo'].map((name) => join(folder, name));
    if (input === undefined || output === undefined || file === undefined) throw new Error('no names');
    writeFileSync(input, serializeFdt(tree));
    writeFileSync(file, serializeFdt(over));
    execFileSync('fdtoverlay', ['-i', input, '-o', output, file], { stdio: 'ignore' });
    return new Uint8Array(readFileSync(output));
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
