import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyOverlay, parseDts, parseFdt, serializeFdt } from '@kexeckit/fdt';
import { skipWithout } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckit, kexeckitHere, kexeckitIn, outOf, testFolder } from './kexeckit.ts';
import { expectFits, onTerminal, WIDTHS, whyNoTerminal } from './terminal.ts';

const folder = testFolder();
const fixtures = join(import.meta.dirname, '../../../packages/fdt/fixtures');
const place = (name: string): string => join(folder, name);

function copyOf(fixture: string, name: string): string {
  copyFileSync(join(fixtures, fixture), place(name));
  chmodSync(place(name), 0o644);
  return place(name);
}

function file(name: string, bytes: string | Uint8Array): string {
  writeFileSync(place(name), bytes);
  return place(name);
}

const board = copyOf('board.dtb', 'board.dtb');
const virt = copyOf('qemu-virt-gicv3-2g.dtb', 'virt.dtb');
const overlaySource = `/dts-v1/; /plugin/;
&{/chosen} { bootargs = "quiet"; };
&{/} { fresh { reg = <1>; }; };
`;
const overlay = file('uart.dtbo', serializeFdt(parseDts(overlaySource)));
const text = file('notes.txt', 'no tree\n');

const missing = (tool: string): string | undefined =>
  spawnSync(tool, ['--version']).error === undefined ? undefined : `${tool} is not installed`;
const theirs = (tool: string, ...args: string[]): string => execFileSync(tool, args, { cwd: folder, encoding: 'utf8' });

describe('show', () => {
  test('one node', async () => {
    const { code, out } = await kexeckit('dtb', 'show', board, '/chosen');
    expect(out).toMatchInlineSnapshot(`
      "chosen {
      	bootargs = "console=ttyAMA0";
      	stdout-path = "serial0";
      	kaslr-seed = <0x61626364 0x65666700>;
      };
      "
    `);
    expect(code).toBe(0);
  });

  test('all of it is source text that is the same tree', async () => {
    const { out } = await kexeckitHere(['dtb', 'show', virt]);
    expect(serializeFdt(parseDts(out))).toEqual(serializeFdt(parseFdt(readFileSync(virt))));
    const source = file('again.dts', out);
    expect((await kexeckitHere(['dtb', 'show', source])).out).toBe(out);
  });

  test('for programs', async () => {
    const { out } = await kexeckit('dtb', 'show', board, '/chosen', '--json');
    expect(JSON.parse(out)).toMatchInlineSnapshot(`
      {
        "node": {
          "children": [],
          "name": "chosen",
          "properties": [
            {
              "bytes": 16,
              "form": "text",
              "hex": "636f6e736f6c653d747479414d413000",
              "name": "bootargs",
              "texts": [
                "console=ttyAMA0",
              ],
            },
            {
              "bytes": 8,
              "form": "text",
              "hex": "73657269616c3000",
              "name": "stdout-path",
              "texts": [
                "serial0",
              ],
            },
            {
              "bytes": 8,
              "cells": [
                1633837924,
                1701209856,
              ],
              "form": "cells",
              "hex": "6162636465666700",
              "name": "kaslr-seed",
            },
          ],
        },
        "totals": {
          "nodes": 1,
          "properties": 3,
        },
      }
    `);
    const all = JSON.parse((await kexeckitHere(['dtb', 'show', board, '--json'])).out);
    expect(all).toMatchObject({ fileBytes: 1624, bootCpuidPhys: 256, reservations: [{ address: '0x80000000' }, {}] });
    const source = readFileSync(join(fixtures, 'board.dts'), 'utf8');
    expect(all.totals.nodes).toBe(source.split('\n').filter((line) => line.endsWith('{')).length);
  });
});

describe('get', () => {
  test.for<[string, string, string[]]>([
    ['/', 'compatible', []],
    ['/memory', 'reg', []],
    ['/memory@40000000', 'reg', ['-t', 'x']],
    ['/chosen', 'kaslr-seed', ['-t', 'bx']],
    ['/psci', 'method', ['-t', 's']],
  ])('%j is what fdtget prints', async ([path, name, type], ctx) => {
    skipWithout(ctx, missing('fdtget'));
    const ours = await kexeckitHere([
      'dtb',
      'get',
      virt,
      path,
      name,
      ...type.map((word) => word.replace('-t', '--type')),
    ]);
    expect(ours).toMatchObject({ code: 0, out: theirs('fdtget', ...type, virt, path, name) });
  });

  test.each<[string[], string]>([
    [['/', 'interrupt-parent', '--type', 'phandle'], '/intc@8000000\n'],
    [['/', 'compatible', '--type', 'dts'], '"linux,dummy-virt"\n'],
    [['/chosen', 'nothing', '--default', 'x'], 'x\n'],
    [['/nowhere', 'nothing', '--default', ''], '\n'],
  ])('%j', async (args, shown) => {
    expect(await kexeckitHere(['dtb', 'get', virt, ...args])).toMatchObject({ code: 0, out: shown });
  });

  test('of a node: its properties, and the names of the nodes in it', async () => {
    const { out } = await kexeckitHere(['dtb', 'get', virt, '/cpus']);
    expect(out).toMatch(/^#size-cells = <0x0>;$/m);
    expect(out).toMatch(/^cpu@0 \{ \};$/m);
  });

  test('for programs, with all bytes', async () => {
    const { out } = await kexeckitHere(['dtb', 'get', virt, '/memory', 'reg', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      form: 'cells',
      bytes: 16,
      cells: [0, 0x4000_0000, 0, 0x8000_0000],
      isThere: true,
    });
  });

  test.each<[string[], RegExp]>([
    [['/nowhere'], /ENOENT: .* has no node \/nowhere; kexeckit dtb show/],
    [['/chosen', 'nothing'], /ENOENT: \/chosen in .* has no nothing; kexeckit dtb get .* lists what it has/],
    [['/memory', 'reg', '--type', 'phandle'], /ENOENT: 0x0 is the phandle of no node/],
    [['/chosen', 'kaslr-seed', '--type', 's'], /EINVAL: a string value of 8 bytes/],
  ])('%j is not there', async (args, message) => {
    const { code, out, err } = await kexeckitHere(['dtb', 'get', virt, ...args]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
  });
});

describe('set', () => {
  test('in place, as fdtput does, and what has changed is said', async (ctx) => {
    const ours = copyOf('board.dtb', 'ours.dtb');
    chmodSync(ours, 0o640);
    const { code, out } = await kexeckitIn(folder, 'dtb', 'set', 'ours.dtb', '/chosen', 'bootargs', '"quiet"');
    expect(out).toMatchInlineSnapshot(`
      "/chosen
      -   bootargs = "console=ttyAMA0";
      +   bootargs = "quiet";
      1,616 bytes written to ours.dtb
      "
    `);
    expect(code).toBe(0);
    expect(statSync(ours).mode & 0o777).toBe(0o640);
    skipWithout(ctx, missing('fdtput'));
    const put = copyOf('board.dtb', 'put.dtb');
    theirs('fdtput', '-t', 's', put, '/chosen', 'bootargs', 'quiet');
    // Byte for byte, but for what libfdt leaves of the old value behind the new one.
    expect(parseFdt(readFileSync(ours))).toEqual(parseFdt(readFileSync(put)));
    expect(readFileSync(ours).length).toBe(readFileSync(put).length);
  });

  test.each<[string[], string]>([
    [['x', '<1 0x10>', '<3>'], '<0x1 0x10 0x3>'],
    [['x', '"two"', '"three"'], '"two", "three"'],
    [['x', '--type', 's', 'one', 'two'], '"one", "two"'],
    [['x', '--type', 'x', '10', 'ff'], '<0x10 0xff>'],
    [['x', '[00 ff 01]'], '[00 ff 01]'],
    [['x'], ''],
    [['x', '<&{/intc@8000000}>'], '<0x8002>'],
  ])('%j', async (args, value) => {
    const output = place('set.dtb');
    expect(await kexeckitHere(['dtb', 'set', virt, '/chosen', ...args, '--output', output])).toMatchObject({ code: 0 });
    const { out } = await kexeckitHere(['dtb', 'get', output, '/chosen', 'x', '--type', 'dts']);
    expect(out).toBe(`${value}\n`);
    expect(readFileSync(virt).equals(readFileSync(join(fixtures, 'qemu-virt-gicv3-2g.dtb')))).toBe(true);
  });

  test('makes nodes where it is told to', async () => {
    const output = place('made.dtb');
    const args = ['dtb', 'set', board, '/a/b', 'x', '<1>', '--output', output];
    expect((await kexeckitHere(args)).err).toMatch(
      /ENOENT: .* has no node \/a\/b; name another one, or make it with --create/,
    );
    expect(await kexeckitHere([...args, '--create'])).toMatchObject({ code: 0 });
    expect((await kexeckitHere(['dtb', 'get', output, '/a/b', 'x'])).out).toBe('1\n');
  });

  test('through a pipe comes the tree alone', async () => {
    const bytes = await outOf(['dtb', 'set', board, '/chosen', 'bootargs', '"quiet"', '--output', '-']);
    expect(new TextDecoder().decode(bytes)).toContain('quiet\0');
    expect(parseFdt(bytes).bootCpuidPhys).toBe(256);
  });

  test.each<[string[], RegExp]>([
    [['bootargs', 'okay'], /okay is no value in source text; write '"okay"' for a text, or say --type/],
    [['x', '12'], /12 is no value in source text; write '<12>' for a number, or say --type/],
    [['x', '<1'], /no value: .*\(value:1:3\)/],
    [['x', '<&nowhere>'], /no value: a reference to "nowhere", which is not there/],
    [['x', '--type', 'bu', '256'], /no value: 256 does not fit 1 bytes/],
    [['x', '--type', 'q', '1'], /--type cannot be q; give s, i, u or x, .*; or dts/],
    [['x', '<1>', '--output', '/nowhere/x'], /cannot write --output \/nowhere\/x/],
    [['x', '<1>', '--output', '-', '--json'], /--output - with --json: both are standard output/],
  ])('%j is refused, and the tree stays as it is', async (args, message) => {
    await expectRefused(['dtb', 'set', board, '/chosen', ...args], message);
    expect(readFileSync(board).equals(readFileSync(join(fixtures, 'board.dtb')))).toBe(true);
  });
});

describe('delete', () => {
  test('properties, and nodes', async () => {
    const tree = copyOf('board.dtb', 'less.dtb');
    const one = await kexeckitIn(folder, 'dtb', 'delete', 'less.dtb', '/chosen', 'bootargs', 'kaslr-seed');
    expect(one.out).toMatchInlineSnapshot(`
      "/chosen
      -   bootargs = "console=ttyAMA0";
      -   kaslr-seed = <0x61626364 0x65666700>;
      1,576 bytes written to less.dtb
      "
    `);
    expect(await kexeckitHere(['dtb', 'delete', tree, '/chosen'])).toMatchObject({ code: 0 });
    expect(parseFdt(readFileSync(tree)).root.children.map(({ name }) => name)).not.toContain('chosen');
  });

  test('what is not there is said, and nothing is written', async () => {
    const { code, err } = await kexeckitHere(['dtb', 'delete', board, '/chosen', 'bootargs', 'nothing']);
    expect(err).toMatch(/ENOENT: \/chosen in .* has no nothing/);
    expect(code).toBe(1);
    expect(readFileSync(board).equals(readFileSync(join(fixtures, 'board.dtb')))).toBe(true);
  });
});

test('overlay gives the tree of fdtoverlay, or of the package', async (ctx) => {
  const output = place('over.dtb');
  const { code, out } = await kexeckitIn(folder, 'dtb', 'overlay', 'board.dtb', 'uart.dtbo', '--output', 'over.dtb');
  expect(out).toMatchInlineSnapshot(`
    "/
    +   fresh {
    +     reg = <0x1>;
    +   };
    /chosen
    -   bootargs = "console=ttyAMA0";
    +   bootargs = "quiet";
    1,648 bytes written to over.dtb
    "
  `);
  expect(code).toBe(0);
  const [base, over] = [board, overlay].map((path) => parseFdt(readFileSync(path)));
  expect(base && over && serializeFdt(applyOverlay(base, over)).length).toBe(readFileSync(output).length);
  skipWithout(ctx, missing('fdtoverlay'));
  theirs('fdtoverlay', '-i', board, '-o', 'theirs.dtb', overlay);
  expect(await kexeckitHere(['dtb', 'diff', output, place('theirs.dtb')])).toMatchObject({ code: 0 });
});

describe('diff', () => {
  test('says what differs, and answers by its exit code', async () => {
    expect(await kexeckitHere(['dtb', 'diff', board, board])).toMatchObject({
      code: 0,
      out: 'the trees are the same\n',
    });
    const other = file('other.dtb', serializeFdt(applyOverlay(parseFdt(readFileSync(board)), parseDts(overlaySource))));
    const { code, out } = await kexeckit('dtb', 'diff', board, other);
    expect(out).toMatchInlineSnapshot(`
      "/
      +   fresh {
      +     reg = <0x1>;
      +   };
      /chosen
      -   bootargs = "console=ttyAMA0";
      +   bootargs = "quiet";
      "
    `);
    expect(code).toBe(1);
    const json = JSON.parse((await kexeckitHere(['dtb', 'diff', board, other, '--json'])).out);
    expect(json.totals).toEqual({ changes: json.changes.length });
    expect(json.changes).toContainEqual(expect.objectContaining({ kind: 'node-added', path: '/' }));
  });

  test('a source and its blob are the same', async () => {
    const source = file('small.dts', '/dts-v1/; / { a { x = <1>; }; };');
    const blob = file('small.dtb', serializeFdt(parseDts('/dts-v1/; / { a { x = <1>; }; };')));
    expect(await kexeckitHere(['dtb', 'diff', source, blob])).toMatchObject({ code: 0 });
  });
});

test('check', async () => {
  const doubtful = file('doubtful.dts', '/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; };');
  const cut = file('cut.dtb', readFileSync(board).subarray(0, 1000));
  const { code, out } = await kexeckitIn(folder, 'dtb', 'check', 'board.dtb', 'uart.dtbo', 'doubtful.dts', 'cut.dtb');
  expect(out).toMatchInlineSnapshot(`
    "+ board.dtb is whole, and Linux reads it as it is meant
    + uart.dtbo is a whole overlay
    ! doubtful.dts is whole, and Linux may read it otherwise than it is meant
        /: there is no memory node: Linux has no memory, and nothing of UEFI that would say where it is
    x the device tree cut.dtb: the header says 1624 bytes, 1000 are here (at byte 0x4); read the whole file: it must be at least as long as its header says
    "
  `);
  expect(code).toBe(1);
  expect(await kexeckitHere(['dtb', 'check', board, virt])).toMatchObject({ code: 0 });
  const { totals } = JSON.parse((await kexeckitHere(['dtb', 'check', board, doubtful, cut, '--json'])).out);
  expect(totals).toEqual({ trees: 3, damaged: 1, doubts: 1 });
});

test.for(WIDTHS)('a terminal of %i columns', async (width, ctx) => {
  skipWithout(ctx, whyNoTerminal());
  for (const args of [
    ['diff', board, virt],
    ['check', board, text],
    ['overlay', board, overlay, '--output', place('t.dtb')],
    ['--help'],
    ['set', '--help'],
  ]) {
    const { raw, text: shown } = await onTerminal(width, 'dtb', ...args);
    const lines = shown.split('\n').filter((line) => /^(Usage:| {2}kexeckit )/.test(line));
    expectFits(shown, width, lines);
    if (!args.includes('--help')) expect(raw).not.toBe(shown);
  }
});

describe('a family of commands', () => {
  test.each([
    [['help', 'dtb', 'set'], 0, /^Usage: kexeckit dtb set \[options\] <file> <path> <property> \[value\.\.\.\]/],
    [['dtb', 'set', '--help'], 0, /^Usage: kexeckit dtb set/],
    [['help', 'dtb'], 0, /kexeckit help dtb VERB shows every option/],
    [['dtb'], 2, /^Usage: kexeckit dtb VERB/],
    [['dtb', 'gte'], 2, /unknown command 'gte'; did you mean get\? kexeckit help dtb lists what it has: show, get/],
    [['help', 'dtb', 'gte'], 2, /unknown command 'gte'; did you mean get\? kexeckit help dtb lists/],
    [['help', 'dbt'], 2, /unknown command 'dbt'; did you mean dtb\? kexeckit help lists all commands/],
    [['dtb', 'get', board], 2, /missing required argument 'path'/],
  ])('%j', async (args, code, message) => {
    const { out, err, ...outcome } = await kexeckitHere(args);
    expect(outcome.code).toBe(code);
    expect(code === 0 ? out : err).toMatch(message);
  });
});

test.each<[string[], RegExp]>([
  [['show', text], /the device tree .*notes.txt: not a device tree: .*; /],
  [['show', '/dev/zero'], /the device tree \/dev\/zero is a pipe or a device/],
  [['show', file('empty', '')], /the device tree .*empty is empty/],
  [['get', '/nowhere.dtb', '/'], /cannot read the device tree \/nowhere.dtb/],
  [['set', text, '/', 'x', '<1>'], /the device tree .*notes.txt: not a device tree/],
  [['set', file('source.dts', '/dts-v1/; / { };'), '/', 'x', '<1>'], /the device tree .*source.dts: not a device tree/],
  [['overlay', board, text, '--output', place('x')], /the device tree .*notes.txt: not a device tree/],
  [['overlay', board, overlay, '--output', board], /--output .* is the file that is read/],
  [['diff', board, text], /not a device tree/],
  [['show', file('broken.dts', '/dts-v1/; / { x = ; };')], /the device tree .*broken.dts: .*broken.dts:1:19/],
])('%j is trouble', async (args, message) => {
  await expectRefused(['dtb', ...args], message);
});
