import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeFit } from '../testing/containers.ts';
import { fixture } from '../testing/fixtures.ts';
import { makeElf, makeImage, makePe, makeZboot, withFields, withText } from '../testing/make.ts';
import type { BootImageFormat } from './formats.ts';
import { recognise } from './recognise.ts';

const blank = (): Uint8Array => new Uint8Array(1024);

/** Name, how it begins, what it is, and where it begins so. */
const OTHERS: [string, string, BootImageFormat, string, number?][] = [
  ['lzo', '\x89LZO\0\r\n\x1a\n', 'lzo', 'lzo data'],
  ['an odc archive', '070707', 'cpio', 'a cpio archive (odc), which Linux does not read as an initramfs'],
  [
    'vendor_boot',
    'VNDRBOOT',
    'unknown',
    'an Android vendor_boot image: it has the vendor ramdisk and the device tree; the kernel is in boot',
  ],
  [
    'a Debian package',
    '!<arch>\ndebian-binary',
    'archive',
    'a Debian package: the kernel is a file in it, boot/vmlinuz-* or usr/lib/modules/*/vmlinuz (dpkg-deb -x FILE FOLDER)',
  ],
  [
    'an RPM package',
    '\xed\xab\xee\xdb',
    'archive',
    'an RPM package: the kernel is a file in it, boot/vmlinuz-* or usr/lib/modules/*/vmlinuz (rpm2cpio FILE | cpio -id)',
  ],
  ['a tar archive', 'ustar', 'archive', 'a tar archive, not a kernel', 257],
  ['squashfs', 'hsqs', 'disk', 'a squashfs image: a file system, not a kernel'],
  ['qcow2', 'QFI\xfb', 'disk', 'a qcow2 disk image, not a kernel'],
  ['an ISO image', 'CD001', 'disk', 'an ISO 9660 image: the kernel is a file in it', 0x8001],
  ['ext4', '\x53\xef', 'disk', 'an ext2, ext3 or ext4 file system, not a kernel', 0x438],
  [
    'a ChromeOS kernel',
    'CHROMEOS',
    'unknown',
    'a ChromeOS kernel partition: the kernel is a FIT image in it (futility vbutil_kernel --get-vmlinuz)',
  ],
  ['DTBO', '\xd7\xb7\xab\x1e', 'unknown', 'a table of device trees for Android (DTBO), not a kernel'],
  [
    'a sparse image',
    '\x3a\xff\x26\xed',
    'disk',
    'an Android sparse image: simg2img makes the image of the partition of it',
  ],
  ['an Android update', 'CrAU', 'archive', 'an Android update (payload.bin): the image of the partition boot is in it'],
  ['lzip', 'LZIP', 'archive', 'lzip data: unpack it with lzip -d'],
  ['XFS', 'XFSB', 'disk', 'an XFS file system, not a kernel'],
  ['F2FS', '\x10\x20\xf5\xf2', 'disk', 'an F2FS file system, not a kernel', 1024],
  ['btrfs', '_BHRfS_M', 'disk', 'a btrfs file system, not a kernel', 0x10040],
  ['LUKS', 'LUKS\xba\xbe', 'disk', 'an encrypted partition (LUKS), not a kernel'],
  ['FAT16', 'FAT16   ', 'disk', 'a FAT file system: the kernel is a file in it', 0x36],
  ['FAT32', 'FAT32   ', 'disk', 'a FAT file system: the kernel is a file in it', 0x52],
  ['a script', '#!/bin/sh\n', 'text', 'a script, not a kernel'],
  ['the source of a tree', '/dts-v1/;', 'text', 'the source of a device tree: compile it with dtc'],
];

describe('recognise', () => {
  test.each<[string, Uint8Array, BootImageFormat, string]>([
    ['an Image', makeImage(), 'Image', 'arm64 Image, little-endian, 4K pages, needs 0x100000 bytes at text offset 0x0'],
    [
      'an old Image',
      makeImage(1000, { imageSize: 0n, flagsValue: 0n }),
      'Image',
      'arm64 Image, little-endian, page size unspecified, needs 0x1000000 bytes at text offset 0x80000',
    ],
    ['gzip', fixture('Image.gz'), 'Image.gz', 'gzip data'],
    ['zstd', fixture('Image.zst'), 'zstd', 'Zstandard data'],
    ['xz', fixture('head.xz'), 'xz', 'xz data'],
    ['bzip2', fixture('head.bz2'), 'bzip2', 'bzip2 data'],
    ['lzma', fixture('head.lzma'), 'lzma', 'lzma data'],
    ['lz4', fixture('head.lz4'), 'lz4', 'lz4 data'],
    ['legacy lz4', fixture('head-legacy.lz4'), 'lz4', 'lz4 data in the legacy frame'],
    ['zboot', makeZboot('zstd', new Uint8Array(4)), 'zboot', 'EFI zboot kernel for AArch64, compressed with zstd'],
    [
      'zboot of another machine',
      withFields(makeZboot('gzip', new Uint8Array(4)), [68, 2, 0x6264]),
      'zboot',
      'EFI zboot kernel for LoongArch 64, compressed with gzip',
    ],
    [
      'zboot cut inside the PE header',
      makeZboot('gzip', new Uint8Array(4)).subarray(0, 70),
      'zboot',
      'EFI zboot kernel for an unknown machine, compressed with gzip',
    ],
    ['an ELF file for arm64', makeElf([]), 'vmlinux', 'an ELF file, 64-bit little-endian, for AArch64'],
    ['an ELF file for x86', makeElf([], 0x3e), 'elf-other', 'an ELF file, 64-bit little-endian, for x86-64'],
    [
      'a big-endian ELF file for arm64',
      withFields(makeElf([]), [5, 1, 2], [18, 2, 0xb700]),
      'elf-other',
      'an ELF file, 64-bit big-endian, for AArch64',
    ],
    [
      'a 32-bit ELF file',
      withFields(makeElf([], 0x28), [4, 1, 1]),
      'elf-other',
      'an ELF file, 32-bit little-endian, for 32-bit ARM',
    ],
    [
      'the start of an ELF file',
      makeElf([]).subarray(0, 6),
      'elf-other',
      'an ELF file, 64-bit little-endian, for machine 0',
    ],
    ['an EFI program', makePe(0x8664, []), 'PE', 'an EFI program without a kernel in it for x86-64'],
    [
      'a unified kernel image',
      makePe(0xaa64, [{ name: '.linux', bytes: makeImage() }]),
      'PE',
      'a unified kernel image (UKI) for AArch64',
    ],
    ['a DOS program', withText(blank(), 0, 'MZ'), 'PE', 'an EFI program without a kernel in it for an unknown machine'],
    [
      'an x86 kernel, also one with an EFI stub',
      withFields(withText(withText(blank(), 0, 'MZ'), 514, 'HdrS'), [510, 2, 0xaa55]),
      'x86-bzImage',
      'this is an x86 bzImage; kexec on arm64 needs an arm64 Image',
    ],
    ['a uImage', Uint8Array.of(0x27, 0x05, 0x19, 0x56), 'uImage', 'a U-Boot uImage (other)'],
    ['a tree', Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed), 'dtb', 'the device tree of a machine (DTB), not a kernel'],
    ['a FIT image', makeFit({ images: {} }), 'fit', 'a U-Boot FIT image'],
    [
      'a zImage',
      withFields(blank(), [36, 4, 0x016f2818]),
      'unknown',
      'a 32-bit ARM zImage; kexec on arm64 needs an arm64 Image',
    ],
    [
      'a RISC-V kernel, also one with an EFI stub',
      withText(withText(blank(), 0, 'MZ'), 56, 'RSC\x05'),
      'unknown',
      'a RISC-V Image; kexec on arm64 needs an arm64 Image',
    ],
    ['an Android boot image', withText(blank(), 0, 'ANDROID!'), 'android-boot', 'an Android boot image of version 0'],
    ['an initramfs', withText(blank(), 0, '070701'), 'cpio', 'a cpio archive (newc): an initramfs, not a kernel'],
    ...OTHERS.map(([name, start, format, detail, offset = 0]): [string, Uint8Array, BootImageFormat, string] => [
      name,
      withText(new Uint8Array(0x11000), offset, start),
      format,
      detail,
    ]),
    ['a text', new TextEncoder().encode('linux /vmlinuz\ninitrd /initrd.img\n'), 'text', 'a text, not a kernel'],
    ['a text like bzip2', new TextEncoder().encode('BZh, he said.\n'), 'text', 'a text, not a kernel'],
    [
      'a text like lzma',
      new TextEncoder().encode(']\0\0 is how it begins, and no more'.padEnd(80)),
      'unknown',
      'nothing that begins like a kernel',
    ],
    ['nothing', new Uint8Array(0), 'unknown', 'an empty file'],
    ['next to nothing', new Uint8Array(63), 'unknown', '63 bytes, too few for any kernel'],
    ['zeros', blank(), 'unknown', 'nothing that begins like a kernel'],
  ])('%s', (_, bytes, format, detail) => {
    expect(recognise(bytes)).toEqual({ format, detail });
  });

  test('never throws, whatever the bytes', () => {
    const starts = [
      makeImage(64),
      makeZboot('gzip', new Uint8Array(9)),
      makeElf([]),
      makePe(0xaa64, [{ name: 'a', bytes: blank() }]),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.array(fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 255 }))),
        fc.nat({ max: 200 }),
        (start, changes, size) => {
          const bytes = start.slice(0, size);
          for (const [at, byte] of changes) bytes[at] = byte;
          expect(recognise(bytes).detail).not.toBe('');
        },
      ),
      { seed: 2, numRuns: 1000 },
    );
  });
});
