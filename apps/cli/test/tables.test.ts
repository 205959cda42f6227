import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { skipWithout } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckitHere, kexeckitIn, kexeckitReading, outOf, testFolder } from './kexeckit.ts';
import { expectFits, onTerminal, WIDTHS, whyNoTerminal } from './terminal.ts';

const folder = testFolder();
const place = (name: string): string => join(folder, name);
const iomem = place('iomem.txt');
copyFileSync(join(import.meta.dirname, '../../../packages/ioport/fixtures/iomem/raspberrypi_4b_4g.txt'), iomem);

/** Tables written by hand: descriptors by the byte offset in a dump of so many pages of 4 KiB. */
function dump(name: string, pages: number, descriptors: Readonly<Record<number, bigint>>): string {
  const bytes = Buffer.alloc(pages * 4096);
  for (const [at, descriptor] of Object.entries(descriptors)) bytes.writeBigUInt64LE(descriptor, Number(at));
  writeFileSync(place(name), bytes);
  return place(name);
}

// Three levels of 4 KiB pages from 0x48000000 on: a block of 1 GiB, one of 2 MiB, and a page. AF is bit 10, SH 9:8, AP[2] bit 7,
// AttrIndx 4:2, PXN and UXN bits 53 and 54.
const [AF, INNER, READ_ONLY, NEVER] = [1n << 10n, 3n << 8n, 1n << 7n, 3n << 53n];
const byHand = dump('hand.bin', 3, {
  [8 * 1]: 0x4800_1003n,
  [8 * 2]: 0x8000_0001n | AF | INNER | NEVER,
  [0x1000 + 8 * 1]: 0x4020_0001n | AF | INNER | READ_ONLY | (1n << 54n),
  [0x1000 + 8 * 2]: 0x4800_2003n,
  [0x2000 + 8 * 5]: 0x0900_0003n | AF | (2n << 8n) | NEVER | (2n << 2n),
});
const BY_HAND = ['--base', '0x48000000', '--va-bits', '39'];

const MAPPINGS = ['0x40200000:0x40200000:2M:rx', '0x9000000:0x9000000:64K:rw,device'];

describe('build', () => {
  test('writes tables, and says what turns them on', async () => {
    const args = ['tables', 'build', ...MAPPINGS, '--base', '0x48000000', '--output', 'tables.bin'];
    const { code, out } = await kexeckitIn(folder, ...args);
    expect(out).toMatchInlineSnapshot(`
      "  space    EL1, 4K pages, 31 bits of input, 32 of output
        mapped   2.1 MiB by 2 mappings
        tables   4, 16 KiB, at 0x48000000
        TTBR     0x48000000
        TCR      0x80a13521
        MAIR     0xf0bb0c08000444ff
        written  16,384 bytes to tables.bin
      "
    `);
    expect(code).toBe(0);
    expect(readFileSync(place('tables.bin'))).toHaveLength(16_384);
  });

  test('all RAM of a map, counted', async () => {
    const { out } = await kexeckitHere(['tables', 'build', '--identity', '--iomem', iomem, '--json']);
    const { totals, space, ...rest } = JSON.parse(out);
    const ram = [...readFileSync(iomem, 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) : System RAM$/gm)];
    const bytes = ram.reduce((sum, [, start, end]) => sum + BigInt(`0x${end}`) + 1n - BigInt(`0x${start}`), 0n);
    expect(totals).toMatchObject({ mappings: ram.length, mappedBytes: `0x${bytes.toString(16)}` });
    expect(space).toMatchObject({ vaBits: 32, paBits: 32 });
    expect(rest).not.toHaveProperty('written');
  });

  test('through a pipe into those who read them', async () => {
    const tables = await outOf(['tables', 'build', ...MAPPINGS, '--base', '0x48000000', '--output', '-']);
    const { out } = await kexeckitReading(tables, 'tables', 'list', '-', '--base', '0x48000000', '--va-bits', '31');
    expect(out).toContain('0x40200000  0x403fffff   2 MiB  0x40200000  Normal r-x');
  });

  test.each(['4K', '16K', '64K'])('pages of %s come back', async (granule) => {
    const output = place(`of-${granule}.bin`);
    const space = ['--granule', granule, '--va-bits', '48', '--half', 'upper', '--base', '0x80000000'];
    const high = '0xffff800008000000:0x40000000:32M:rwx,nc';
    expect(await kexeckitHere(['tables', 'build', high, ...space, '--output', output])).toMatchObject({ code: 0 });
    const { out } = await kexeckitHere(['tables', 'walk', output, '0xffff800009abcdef', ...space, '--json']);
    expect(JSON.parse(out).walks[0]).toMatchObject({
      kind: 'mapped',
      output: '0x41abcdef',
      attributes: { type: 'Normal-NC' },
    });
  });

  test.each<[string[], RegExp]>([
    [[], /there is nothing to map; give mappings, or --identity with --iomem/],
    [['0:0:2M'], /0:0:2M is no mapping; give VA:PA:SIZE:ACCESS/],
    [['0:0:2M:rq'], /is no mapping/],
    [['0:0:2M:rw,toString'], /is no mapping/],
    [['0:0:2M:rw,nc,wt'], /is no mapping/],
    [['0:0:2M:rw:x'], /is no mapping/],
    [['0:0:1000:rw'], /is not whole pages; use multiples of 4K/],
    [['0:0:2M:rw', '0x1000:0:4K:r'], /two mappings hold 0x1000/],
    [['0:0:2M:rw', '--base', '1'], /root table 0x1 is not aligned/],
    [['0:0:0x20000000000000:rw'], /no tables reach 0x1fffffffffffff/],
    [['0:0:2M:rw', '--va-bits', '53'], /--va-bits cannot be 53/],
    [['0:0:2M:rw', '--granule', '8K'], /--granule cannot be 8K; .*give one of 4K, 16K, 64K/],
    [['--identity'], /--identity stands without --iomem/],
    [['--iomem', iomem, '0:0:4K:r'], /--iomem stands without --identity/],
    [['--identity', '--iomem', '/nowhere'], /cannot read --iomem \/nowhere/],
    [['0:0:2M:rw', '--output', '/nowhere/x'], /cannot write --output \/nowhere\/x/],
  ])('%j is refused', async (args, message) => {
    await expectRefused(['tables', 'build', ...args], message);
  });
});

describe('walk', () => {
  test('shows each step, and where it ends', async () => {
    const args = [
      'tables',
      'walk',
      'hand.bin',
      '0x40200123',
      '0xbfffffff',
      '0x40405678',
      '0x40404000',
      '0x8000000000',
      ...BY_HAND,
    ];
    const { code, out } = await kexeckitIn(folder, ...args);
    expect(out).toMatchInlineSnapshot(`
      "+ 0x40200123 -> 0x40200123, Normal r-x
        PAR  0xff00000040200980
        level  entry       descriptor          what
            1  0x48000008  0x0000000048001003  table of level 2
            2  0x48001008  0x0040000040200781  block of level 2

      + 0xbfffffff -> 0xbfffffff, Normal rw-
        PAR  0xff000000bffff980
        level  entry       descriptor          what
            1  0x48000010  0x0060000080000701  block of level 1

      + 0x40405678 -> 0x9000678, Device-nGnRE rw-
        PAR  0x400000009000900
        level  entry       descriptor          what
            1  0x48000008  0x0000000048001003  table of level 2
            2  0x48001010  0x0000000048002003  table of level 3
            3  0x48002028  0x006000000900060b  page

      x 0x40404000: translation fault at level 3
        PAR  0x80f
        level  entry       descriptor          what
            1  0x48000008  0x0000000048001003  table of level 2
            2  0x48001010  0x0000000048002003  table of level 3
            3  0x48002020  0x0000000000000000  invalid: translation fault

      x 0x8000000000: translation fault at level 0
        PAR  0x809
      "
    `);
    expect(code).toBe(1);
  });

  test('answers by its exit code, and says all for programs', async () => {
    const { code, out } = await kexeckitHere(['tables', 'walk', byHand, '0x40405678', ...BY_HAND, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      walks: [
        {
          address: '0x40405678',
          kind: 'mapped',
          output: '0x9000678',
          level: 3,
          attributes: { type: 'Device-nGnRE', writable: true, executable: false },
          steps: [
            { level: 1, entry: '0x48000008' },
            { level: 2, entry: '0x48001010' },
            { level: 3, entry: '0x48002028' },
          ],
        },
      ],
      totals: { walks: 1, faults: 0 },
    });
  });

  test('by the registers', async () => {
    // T0SZ 25, EPD1, 40 bits of output: the same space, and a TTBR with an ASID.
    const registers = ['--tcr', '0x280803519', '--ttbr', '0x0007000048000000', '--base', '0x48000000'];
    const { code, out } = await kexeckitHere(['tables', 'walk', byHand, '0x40200000', ...registers, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ space: { vaBits: 39, paBits: 40 }, walks: [{ output: '0x40200000' }] });
  });

  test.each<[string[], RegExp]>([
    [['/nowhere', '0'], /cannot read the dump \/nowhere/],
    [['/dev/zero', '0'], /the dump \/dev\/zero is a pipe or a device/],
    [[byHand], /missing required argument 'address'/],
    [[byHand, 'main'], /main is no address; give a number of at most 64 bits/],
    [[byHand, '0', '--base', '0x123'], /--base 0x123 is no page of 4K/],
    [[byHand, '0', '--ttbr', '0x90000000'], /the root table 0x90000000 is not in the dump; check --base and --ttbr/],
    [[byHand, '0', '--ttbr', '0x40'], /--ttbr 0x40 is not where a root table of this space can be/],
    [[byHand, '0', '--tcr', '0x280803519', '--va-bits', '39'], /--va-bits with --tcr; leave it out/],
    [[byHand, '0', '--tcr', '0x280803519', '--half', 'upper'], /--tcr 0x280803519 has no tables of the upper half/],
    [[byHand, '0', '--regime', 'EL2', '--half', 'upper'], /--half upper with --regime EL2; it has one half/],
    [[byHand, '0', '--regime', 'EL3'], /--regime cannot be EL3/],
    [[byHand, '0', '--granule', '64K', '--va-bits', '16', '--base', '0'], /64K tables cannot hold 16 bits of address/],
  ])('%j is trouble', async (args, message) => {
    await expectRefused(['tables', 'walk', ...args], message);
  });
});

describe('list', () => {
  test('says all that is mapped', async () => {
    const { code, out } = await kexeckitIn(folder, 'tables', 'list', 'hand.bin', ...BY_HAND);
    expect(out).toMatchInlineSnapshot(`
      "  from        to           size  output      what
        0x40200000  0x403fffff  2 MiB  0x40200000  Normal r-x
        0x40405000  0x40405fff  4 KiB  0x9000000   Device-nGnRE rw-
        0x80000000  0xbfffffff  1 GiB  0x80000000  Normal rw-

        1.0 GiB mapped in 3 ranges by 3 tables
      "
    `);
    expect(code).toBe(0);
    const { totals, ranges } = JSON.parse((await kexeckitHere(['tables', 'list', byHand, ...BY_HAND, '--json'])).out);
    expect(totals).toEqual({ ranges: 3, mappedBytes: '0x40201000', tables: 3 });
    expect(ranges[2]).toMatchObject({ start: '0x80000000', end: '0xbfffffff', output: '0x80000000' });
  });

  test('tables that go round in a circle are trouble, and end', async () => {
    const circle = dump('circle.bin', 1, { 0: 0x4800_0003n, 8: 0x4800_0003n });
    const { code, err } = await kexeckitHere(['tables', 'list', circle, ...BY_HAND]);
    expect(err).toMatch(/ELOOP: table page 0x48000 is reached twice/);
    expect(code).toBe(2);
  });

  test('nothing is something to say', async () => {
    const empty = dump('nothing.bin', 1, {});
    expect((await kexeckitHere(['tables', 'list', empty, ...BY_HAND])).out).toMatch(
      /nothing is mapped\n\n {2}0 bytes mapped/,
    );
  });
});

describe('check', () => {
  test('finds what should not be', async () => {
    const bad = dump('bad.bin', 2, {
      [8 * 1]: 0x4000_0001n | AF | INNER,
      [8 * 2]: 0x9000_1003n,
      [8 * 3]: 0xc000_0001n | AF | (2n << 2n),
    });
    const { code, out } = await kexeckitIn(folder, 'tables', 'check', 'bad.bin', ...BY_HAND);
    expect(out).toMatchInlineSnapshot(`
      "x table-unreadable: 0x80000000 to 0xbfffffff at 0x90001000: the walk aborts here: link a table that exists
      ! writable-executable: 0x40000000 to 0x7fffffff at 0x40000000: split it into what is written and what is executed
      x device-executable: 0xc0000000 to 0xffffffff at 0xc0000000: set PXN and UXN (XN where there is one)
      ! writable-executable: 0xc0000000 to 0xffffffff at 0xc0000000: split it into what is written and what is executed
      ! table-writable: 0x48000000 to 0x48000fff at 0x48000000: map tables read-only, or not at all
        where RAM is was not known: --iomem says it
      "
    `);
    expect(code).toBe(1);
    const { totals, findings } = JSON.parse((await kexeckitHere(['tables', 'check', bad, ...BY_HAND, '--json'])).out);
    expect(totals.findings).toBe(findings.length);
    expect(totals.errors + totals.warnings).toBe(findings.length);
  });

  test('knows RAM from a map', async () => {
    const device = dump('device.bin', 1, { [8 * 4]: 0x8_0000_0001n | AF | INNER | NEVER });
    expect(await kexeckitHere(['tables', 'check', device, ...BY_HAND])).toMatchObject({ code: 0 });
    const { code, out } = await kexeckitHere(['tables', 'check', device, ...BY_HAND, '--iomem', iomem]);
    expect(out).toContain('cacheable-not-ram: 0x100000000 to 0x13fffffff');
    expect(out).not.toContain('was not known');
    expect(code).toBe(1);
  });
});

describe('decode', () => {
  test('a descriptor', async () => {
    const { out } = await kexeckitHere(['tables', 'decode', '0x40000040200781', '--level', '2']);
    expect(out).toMatch(/^0x40000040200781: descriptor of level 2\n/);
    expect(out).toMatch(/^ +54 {2}UXN .* {2}EL0 may not execute it$/m);
    expect(out).toMatch(/^ +1:0 {2}Type .* block of level 2$/m);
  });

  test.each([
    [['0x80803520', '--as', 'tcr'], /^ +5:0 {2}T0SZ +0x20 {2}32 bits of input address$/m],
    [['0x80803520', '--as', 'tcr', '--regime', 'EL2'], /TCR_EL2\n(.*\n)* +31 {2}RES1/],
    [['0x44ff', '--as', 'mair'], /^ +15:8 {2}Attr1 +0x44 {2}Normal-NC$/m],
    [['0x80b', '--as', 'par'], /^ +6:1 {2}FST +0x5 {2}translation fault at level 1$/m],
    [['0x0007000048000000', '--as', 'ttbr'], /^ +63:48 {2}ASID +0x7 {2}address space identifier 7$/m],
  ])('%j', async (args, field) => {
    const { code, out } = await kexeckitHere(['tables', 'decode', ...args]);
    expect(out).toMatch(field);
    expect(code).toBe(0);
  });

  test.each([
    [['0x80023558', '--as', 'tcr'], 'VTCR_EL2', 'SL0'],
    [['0x7000041000001', '--as', 'ttbr'], 'VTTBR', 'VMID'],
  ])('of stage 2 %j is %s', async (args, what, field) => {
    const { out } = await kexeckitHere(['tables', 'decode', ...args, '--regime', 'stage2', '--json']);
    const found = JSON.parse(out);
    expect(found.what).toBe(what);
    expect(found.fields.map(({ name }: { name: string }) => name)).toContain(field);
  });

  test('for programs', async () => {
    const { fields } = JSON.parse((await kexeckitHere(['tables', 'decode', '3', '--json'])).out);
    expect(fields.at(-1)).toEqual({ bits: '1:0', name: 'Type', value: '0x3', meaning: 'page' });
  });

  test.each<[string[], RegExp]>([
    [['x'], /x is no value/],
    [['0x10000000000000000'], /is no value; give a number of at most 64 bits/],
    [['1', '--as', 'tcr', '--level', '2'], /--level with --as tcr; leave it out/],
    [['1', '--level', '4'], /--level cannot be 4/],
    [['1', '--as', 'esr'], /--as cannot be esr; .*give one of descriptor, tcr, ttbr, mair, par/],
  ])('%j is refused', async (args, message) => {
    await expectRefused(['tables', 'decode', ...args], message);
  });
});

test.for(WIDTHS)('a terminal of %i columns', async (width, ctx) => {
  skipWithout(ctx, whyNoTerminal());
  for (const args of [
    ['build', ...MAPPINGS],
    ['walk', byHand, '0x40405678', '0', ...BY_HAND],
    ['list', byHand, ...BY_HAND],
    ['check', byHand, ...BY_HAND, '--iomem', iomem],
    ['decode', '0x40000040200781', '--level', '2'],
  ]) {
    const { text, raw } = await onTerminal(width, 'tables', ...args);
    expectFits(text, width);
    if (args[0] === 'walk' || args[0] === 'check') expect(raw).not.toBe(text);
  }
});
