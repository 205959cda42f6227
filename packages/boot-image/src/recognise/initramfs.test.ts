import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { skipWithout } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { makeAndroid, makeCpio, makeUImage } from '../testing/containers.ts';
import { thrownBy } from '../testing/errors.ts';
import { fixture, missing } from '../testing/fixtures.ts';
import { concat, makeElf, makeImage, makeZboot, noise, withFields, withText } from '../testing/make.ts';
import { recogniseInitramfs } from './initramfs.ts';

const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));
const newc = makeCpio();

describe('an initramfs is', () => {
  test.each<[string, Uint8Array, string, string]>([
    ['a newc archive', newc, 'newc', 'an initramfs: a cpio archive (newc)'],
    ['a crc archive', makeCpio('070702'), 'crc', 'an initramfs: a cpio archive (crc)'],
    [
      'an archive with zeros behind it',
      concat(newc, new Uint8Array(512)),
      'newc',
      'an initramfs: a cpio archive (newc)',
    ],
    ['a gzip archive', gzip(newc), 'compressed', 'compressed with gzip, as an initramfs can be'],
    [
      'an archive with a file that is called almost like its end',
      makeCpio('070701', 'hello', 'TRAILER!!!x'),
      'newc',
      'an initramfs: a cpio archive (newc)',
    ],
    [
      'many archives',
      concat(...Array.from({ length: 1000 }, () => newc)),
      'concatenated',
      `an initramfs of 1000 parts: ${'newc, '.repeat(7)}newc and 992 more`,
    ],
    ['two archives', concat(newc, newc), 'concatenated', 'an initramfs of 2 parts: newc, newc'],
    [
      'an early archive in front of a compressed one',
      concat(newc, new Uint8Array(512), gzip(newc)),
      'concatenated',
      'an initramfs of 2 parts: newc, gzip',
    ],
  ])('%s', async (_, bytes, kind, detail) => {
    expect(await recogniseInitramfs(bytes)).toEqual({ kind, detail });
  });
});

test('a boot configuration behind it is no part of it, though the last word is filled up', async () => {
  const config = concat(withText(new Uint8Array(6), 0, 'a = 1\n'), withFields(new Uint8Array(8), [0, 4, 6]));
  const archive = concat(newc, config, withText(new Uint8Array(12), 0, '#BOOTCONFIG\n'));
  for (const padding of [0, 1, 2, 3])
    expect((await recogniseInitramfs(concat(archive, new Uint8Array(padding)))).kind).toBe('newc');
  expect((await thrownBy(() => recogniseInitramfs(concat(archive, new Uint8Array(4))))).message).toContain(
    'after newc',
  );
});

test('a boot configuration behind it is no part of it', async () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const behind = (size: number): Uint8Array =>
    concat(text('kernel.quiet = 1\n\0\0\0'), withFields(new Uint8Array(8), [0, 4, size]), text('#BOOTCONFIG\n'));
  for (const [archive, kind] of [
    [newc, 'newc'],
    [gzip(newc), 'compressed'],
  ] as const) {
    expect((await recogniseInitramfs(concat(archive, behind(20)))).kind).toBe(kind);
  }
  expect((await thrownBy(() => recogniseInitramfs(concat(newc, behind(0xffffffff))))).code).toBe('EINVAL');
});

describe('refused, with advice', () => {
  test.each<[string, Uint8Array, string, string]>([
    ['nothing', new Uint8Array(0), 'EINVAL', 'it is empty'],
    ['zeros', new Uint8Array(5000), 'EINVAL', 'nothing but zeros'],
    ['noise', noise(5000), 'EINVAL', 'mkinitramfs'],
    ['noise behind an archive', concat(newc, noise(500)), 'EINVAL', 'no initramfs after newc'],
    ['a kernel', makeImage(), 'EINVAL', 'this is a kernel'],
    ['a kernel in gzip', fixture('Image.gz'), 'EINVAL', 'this is a kernel'],
    ['a zboot kernel', makeZboot('gzip', noise(5)), 'EINVAL', 'this is a kernel'],
    ['a vmlinux', makeElf([]), 'EINVAL', 'this is a kernel'],
    ['an Android boot image', makeAndroid(3, noise(5)), 'EINVAL', 'this is a kernel'],
    ['an odc archive', withText(new Uint8Array(100), 0, '070707'), 'EINVAL', 'cpio -H newc'],
    ['lz4 in the frame of today', fixture('head.lz4'), 'EINVAL', 'lz4 -l'],
    ['a uImage', makeUImage(newc, { type: 3 }), 'EINVAL', 'dumpimage'],
    ['an archive that begins within a word', concat(newc, new Uint8Array(1), newc), 'EINVAL', 'within a word'],
    [
      'a file system, which begins with zeros',
      withFields(new Uint8Array(2000), [0x438, 2, 0xef53]),
      'EINVAL',
      'an ext2',
    ],
    ['nothing in gzip', gzip(new Uint8Array(0)), 'EINVAL', 'in the gzip data is nothing'],
    ['a text that begins like bzip2', withText(new Uint8Array(64), 0, 'BZhello'), 'EINVAL', 'no initramfs'],
    ['a script', withText(new Uint8Array(64), 0, '#!/bin/sh\n'), 'EINVAL', 'a script'],
    ['a crc archive with a byte changed', withText(makeCpio('070702'), 116, 'j'), 'EBADMSG', 'does not fit its sum'],
    ['an archive that is cut', newc.subarray(0, 130), 'ENODATA', 'cut short'],
    ['an archive that is cut in a name', newc.subarray(0, 112), 'ENODATA', 'cut short'],
    ['an archive without digits', withText(newc.slice(), 54, 'wxyzwxyz'), 'ENODATA', 'cut short'],
  ])('%s', async (_, bytes, code, text) => {
    const error = await thrownBy(() => recogniseInitramfs(bytes));
    expect(error.code).toBe(code);
    expect(`${error.message}; ${error.hint}`).toContain(text);
  });
});

describe('what a compressed initramfs begins with', () => {
  const large = concat(makeCpio('070701', 'x'.repeat(3000)), new Uint8Array(3 << 20), makeCpio());
  test.for([
    ['gzip', 'gzip'],
    ['zstd', 'zstd', '-19', '--zstd=wlog=27'],
    ['xz', 'xz', '--check=crc32', '--lzma2=dict=128MiB'],
    ['lz4 (legacy)', 'lz4', '-l'],
  ])('%s', async ([name = '', program = '', ...options], ctx) => {
    skipWithout(ctx, missing(program));
    const pack = (input: Uint8Array): Uint8Array =>
      new Uint8Array(spawnSync(program, [...options, '-c'], { input, maxBuffer: 1 << 26 }).stdout);
    const detail = `compressed with ${name}, as an initramfs can be`;
    for (const archive of [newc, large])
      expect(await recogniseInitramfs(pack(archive))).toEqual({ kind: 'compressed', detail });
    expect((await recogniseInitramfs(concat(newc, pack(newc)))).kind).toBe('concatenated');
    const refused = async (bytes: Uint8Array) => await thrownBy(() => recogniseInitramfs(bytes));
    const kernel = await refused(pack(makeImage()));
    expect(kernel).toMatchObject({ code: 'EINVAL', hint: expect.stringContaining('this is a kernel') });
    expect(kernel.message).toContain(`in the ${name} data is arm64 Image`);
    expect((await refused(pack(noise(500)))).code).toBe('EINVAL');
    const packed = pack(newc);
    expect(['ENODATA', 'EBADMSG']).toContain((await refused(packed.subarray(0, 20))).code);
    expect(['ENODATA', 'EBADMSG']).toContain((await refused(packed.fill(0xff, 16, 60))).code);
  });

  test.for<[string, string[], string]>([
    ['xz', [], 'a check (CRC-64) that Linux does not know'],
    ['xz', ['--check=sha256'], 'a check (SHA-256) that Linux does not know'],
    ['xz', ['--check=crc32', '--delta', '--lzma2'], 'a filter that Linux does not know'],
    ['zstd', ['-q', '--long=31'], 'a window of 2147483648 bytes, and Linux takes 134217728'],
  ])('is refused where Linux lacks what %s packed it with: %j', async ([program, options, said], ctx) => {
    skipWithout(ctx, missing(program));
    const pack = (...given: string[]): Uint8Array =>
      new Uint8Array(spawnSync(program, [...given, '-c'], { input: newc }).stdout);
    for (const file of [pack(...options), concat(newc, pack(...options))]) {
      const { code, message, hint } = await thrownBy(() => recogniseInitramfs(file));
      expect(message).toContain(said);
      expect(code).toBe('EINVAL');
      const advised = hint.replace(/.*, or with /, '').match(/--\S+/g) ?? [];
      expect((await recogniseInitramfs(pack(...advised))).kind).toBe('compressed');
    }
  });

  test.for([
    ['--check=none', '--lzma2'],
    ['--check=crc32', '--arm64', '--lzma2'],
    ['--check=crc32', '--x86', '--lzma2'],
  ])('is taken with the options of xz that Linux has: %s %s', async (options, ctx) => {
    skipWithout(ctx, missing('xz'));
    const packed = new Uint8Array(spawnSync('xz', [...options, '-c'], { input: newc }).stdout);
    expect((await recogniseInitramfs(packed)).kind).toBe('compressed');
  });

  test('is not known of bzip2, lzma and lzo', async () => {
    for (const name of ['head.bz2', 'head.lzma'])
      expect((await recogniseInitramfs(fixture(name))).kind).toBe('compressed');
  });
});
