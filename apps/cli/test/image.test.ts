import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { generateWorkload } from '@kexeckit/reboot';
import { makeUki, skipWithout } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckitHere, kexeckitIn, outOf, testFolder } from './kexeckit.ts';
import { expectFits, onTerminal, WIDTHS, whyNoTerminal } from './terminal.ts';

const folder = testFolder();
const fixtures = join(import.meta.dirname, '../../../packages');
const packed = join(fixtures, 'boot-image/fixtures/Image.gz');
const { kernel, initrd } = generateWorkload(300_000, 100_000, 1);

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const image = file('Image', kernel);
const board = file('board.dtb', readFileSync(join(fixtures, 'fdt/fixtures/board.dtb')));
const archive = file('initrd.gz', gzipSync(initrd));
const uki = file(
  'linux.efi',
  makeUki({
    '.linux': gzipSync(kernel),
    '.initrd': initrd,
    '.cmdline': Buffer.from('quiet root=/dev/vda1'),
    '.uname': Buffer.from('6.12.41-arm64'),
    '.dtb': readFileSync(board),
  }),
);
const notes = file('notes.txt', 'nothing to boot\n');
const cut = file('cut.gz', readFileSync(packed).subarray(0, 5000));

describe('one file', () => {
  test('a unified kernel image: what it is, what was done, what is in it', async () => {
    const { code, out } = await kexeckitIn(folder, 'image', 'linux.efi');
    expect(out).toMatchInlineSnapshot(`
      "+ linux.efi: kernel for arm64
        the file     392.6 KiB, a unified kernel image (UKI) for AArch64
        unpacked     took 300106 bytes from the .linux section of a unified kernel image; undid gzip: 300000 bytes
        release      6.12.41-arm64
        text_offset  0x0
        image_size   0x493e0: 293.0 KiB, BSS included
        flags        0xa: little-endian
        pages        4K
        placement    anywhere in memory, at 2 MiB
        EFI stub     none
        initrd       97.7 KiB, an initramfs: a cpio archive (newc)
        cmdline      quiet root=/dev/vda1
        dtb          1.6 KiB
      "
    `);
    expect(code).toBe(0);
  });

  test('the same for programs', async () => {
    const { code, out } = await kexeckitIn(folder, 'image', 'linux.efi', '--json');
    expect(JSON.parse(out)).toMatchInlineSnapshot(`
      {
        "files": [
          {
            "bytes": 402051,
            "detail": "a unified kernel image (UKI) for AArch64",
            "file": "linux.efi",
            "format": "PE",
            "kernel": {
              "header": {
                "flags": {
                  "endianness": "little",
                  "pageSize": "4K",
                  "placement": "anywhere",
                  "value": "0xa",
                },
                "imageSizeBytes": 300000,
                "textOffset": "0x0",
              },
              "parts": {
                "cmdline": "quiet root=/dev/vda1",
                "dtb": {
                  "bytes": 1624,
                },
                "initrd": {
                  "bytes": 100000,
                  "detail": "an initramfs: a cpio archive (newc)",
                  "kind": "newc",
                },
              },
              "promisedBytes": 0,
              "release": "6.12.41-arm64",
              "steps": [
                "took 300106 bytes from the .linux section of a unified kernel image",
                "undid gzip: 300000 bytes",
              ],
            },
            "kind": "kernel",
          },
        ],
        "totals": {
          "bytes": 402051,
          "deviceTrees": 0,
          "files": 1,
          "initramfs": 0,
          "kernels": 1,
          "none": 0,
        },
      }
    `);
    expect(code).toBe(0);
  });

  test.each([
    [archive, 'initramfs', 'compressed with gzip, as an initramfs can be'],
    [board, 'device tree', 'the device tree of a machine'],
    [packed, 'kernel for arm64', 'undid gzip: 300000 bytes'],
  ])('%s is a known kind', async (path, kind, detail) => {
    const { code, out } = await kexeckitHere(['image', path]);
    expect(out).toContain(`${path}: ${kind}\n`);
    expect(out).toContain(detail);
    expect(code).toBe(0);
  });

  test.each([
    [notes, 'ENOEXEC', 'a text, not a kernel'],
    [cut, 'ENODATA', 'the gzip data ends too early'],
  ])('%s is none: why, and what to do', async (path, why, detail) => {
    const { code, out } = await kexeckitHere(['image', path]);
    expect(out).toContain('no kernel for arm64, no initramfs, no device tree');
    expect(out).toContain(`why       ${why}: `);
    expect(out).toContain(detail);
    expect(out).toMatch(/^ {2}to do +\w/m);
    expect(code).toBe(1);
    const { code: again, out: json } = await kexeckitHere(['image', path, '--json']);
    expect(JSON.parse(json)).toMatchObject({ files: [{ kind: 'none', problem: { code: why } }], totals: { none: 1 } });
    expect(again).toBe(1);
  });
});

test('several files are a table, and what is wrong with one stands below', async () => {
  const files = ['Image', 'linux.efi', 'initrd.gz', 'board.dtb', 'notes.txt'];
  const { code, out } = await kexeckitIn(folder, 'image', ...files);
  expect(out).toMatchInlineSnapshot(`
    "  file       what         format         size  release        pages  in memory  more
      Image      kernel       Image     293.0 KiB                 4K     293.0 KiB
      linux.efi  kernel       PE        392.6 KiB  6.12.41-arm64  4K     293.0 KiB  initrd 97.7 KiB, cmdline, dtb 1.6 KiB
      initrd.gz  initramfs    Image.gz   97.6 KiB                                   compressed with gzip, as an initramfs can be
      board.dtb  device tree  dtb         1.6 KiB
      notes.txt  none         text        0.0 KiB                                   ENOEXEC

    x notes.txt: no arm64 kernel: a text, not a kernel; give an arm64 Image, Image.gz, EFI zboot vmlinuz, unified kernel image, FIT image or ELF vmlinux
    "
  `);
  expect(code).toBe(1);
  const { out: json } = await kexeckitHere(['image', image, archive, board, notes, '--json']);
  expect(JSON.parse(json).totals).toMatchObject({ files: 4, kernels: 1, initramfs: 1, deviceTrees: 1, none: 1 });
});

test.for(WIDTHS)('a terminal of %i columns', async (width, ctx) => {
  skipWithout(ctx, whyNoTerminal());
  for (const args of [
    ['image', uki],
    ['image', image, uki, archive, notes],
  ]) {
    const { code, raw, text } = await onTerminal(width, ...args);
    expectFits(text, width);
    expect(raw).not.toBe(text);
    expect(code).toBe(args.includes(notes) ? 1 : 0);
  }
});

describe('what is taken out', () => {
  const place = join(folder, 'out');

  test.each([
    [['--unpack', place], kernel],
    [['--extract', 'initrd', '--output', place], initrd],
    [['--extract', 'dtb', '--output', place], readFileSync(board)],
    [['--extract', 'cmdline', '--output', place], Buffer.from('quiet root=/dev/vda1')],
  ])('%j', async (args, bytes) => {
    const { code, out } = await kexeckitHere(['image', uki, ...args]);
    expect(out).toContain(`${bytes.length.toLocaleString('en-US')} bytes written to ${place}`);
    expect(readFileSync(place).equals(bytes)).toBe(true);
    expect(code).toBe(0);
  });

  test('comes out of a pipe as it is', async () => {
    const bytes = await outOf(['image', uki, '--unpack', '-']);
    expect(bytes.equals(kernel)).toBe(true);
    expect((await outOf(['image', uki, '--extract', 'initrd'])).equals(initrd)).toBe(true);
  });

  test.each([
    [['image', notes, '--unpack', place], /ENOEXEC: no arm64 kernel: a text/],
    [['image', archive, '--unpack', place], /EINVAL: .* is no kernel/],
    [['image', image, '--extract', 'dtb', '--output', place], /ENOENT: .* has no dtb; kexeckit image .* says/],
  ])('%j: there is nothing to take out', async (args, message) => {
    writeFileSync(place, 'before');
    const { code, out, err } = await kexeckitHere(args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
    expect(readFileSync(place, 'utf8')).toBe('before');
  });

  test('goes to no terminal', async (ctx) => {
    skipWithout(ctx, whyNoTerminal());
    const { code, text } = await onTerminal(80, 'image', uki, '--unpack', '-');
    expect(text).toContain('--unpack - is a terminal; name a file');
    expect(code).toBe(2);
  });

  test.each<[string[], RegExp]>([
    [['--unpack', '/nowhere/x'], /cannot write --unpack \/nowhere\/x: .*; check the path/],
    [['--unpack', '/dev/null'], /--unpack \/dev\/null is a pipe or a device/],
    [['--unpack', uki], /--unpack .* is the file that is read; name another file/],
    [['--unpack', '-', '--json'], /--unpack - with --json: both are standard output/],
    [['--unpack', 'x', '--extract', 'dtb'], /--unpack with --extract; give one of the two/],
    [['--output', 'x'], /--output stands without --extract/],
    [['--extract', 'kernel'], /--extract cannot be kernel; .*give one of initrd, cmdline, dtb/],
    [[image, '--unpack', 'x'], /--unpack with several files; give one/],
  ])('%j is refused before the work', async (args, message) => {
    await expectRefused(['image', uki, ...args], message);
  });
});

test.each([
  [[], /missing required argument 'file'/],
  [['/nowhere/Image'], /cannot read the file \/nowhere\/Image/],
  [['/dev/zero'], /the file \/dev\/zero is a pipe or a device/],
  [[file('empty', '')], /the file .*empty is empty; check the path/],
])('%j is trouble', async (args, message) => {
  await expectRefused(['image', ...args], message);
});
