import { spawnSync } from 'node:child_process';
import { skipWithout } from '@kexeckit/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstDifference } from '../testing/equal.ts';
import { thrownBy } from '../testing/errors.ts';
import { fixture, missing } from '../testing/fixtures.ts';
import { concat, makeImage, noise, withFields } from '../testing/make.ts';
import type { Undone } from './undone.ts';
import { unzstd as unzstdUpTo } from './zstd.ts';

const LIMIT = 1 << 20;
const unzstd = (bytes: Uint8Array, maxSize = LIMIT): Promise<Undone> => unzstdUpTo(bytes, { maxSize });
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const frame = (...bytes: number[]): Uint8Array => Uint8Array.from([...MAGIC, ...bytes]);

describe('what zstd packed', () => {
  test.each([
    ['with length and checksum', 'Image.zst'],
    ['from a pipe, so without its length, with a window of 128 MiB', 'Image-stream.zst'],
    ['without a checksum', 'Image-nocheck.zst'],
  ])('%s', async (_, name) => {
    const { bytes, trailing } = await unzstd(fixture(name));
    expect(firstDifference(bytes, makeImage())).toBe(-1);
    expect(trailing).toHaveLength(0);
  });

  test('any bytes, any level', async (ctx) => {
    skipWithout(ctx, missing('zstd'));
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.nat({ max: 300_000 }).map(noise));
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 19 }), fc.boolean(), async (plain, level, check) => {
        const options = [`-${level}`, '-qc', check ? '--check' : '--no-check'];
        const packed = new Uint8Array(spawnSync('zstd', options, { input: plain, maxBuffer: 1 << 24 }).stdout);
        expect(firstDifference((await unzstd(packed)).bytes, plain)).toBe(-1);
      }),
      { seed: 7, numRuns: 25 },
    );
  });
});

test('frames by hand: raw and RLE blocks, sizes of one and two bytes', async () => {
  // single segment, content size 3; last raw block of 3 bytes
  expect((await unzstd(frame(0x20, 3, (3 << 3) | 1, 0, 0, 1, 2, 3))).bytes).toEqual(Uint8Array.of(1, 2, 3));
  // content size 256 + 44 = 300; last RLE block of 300 bytes
  const rle = (300 << 3) | (1 << 1) | 1;
  expect((await unzstd(frame(0x60, 44, 0, rle & 255, rle >> 8, 0, 7))).bytes).toEqual(new Uint8Array(300).fill(7));
});

test('several frames make one text, and what follows is separate', async () => {
  const after = Uint8Array.of(0xe0, 0x93, 0x04, 0);
  const { bytes, trailing } = await unzstd(concat(fixture('Image.zst'), fixture('Image-nocheck.zst'), after));
  expect(firstDifference(bytes, concat(makeImage(), makeImage()))).toBe(-1);
  expect(trailing).toEqual(after);
});

test('50 000 frames are undone by one decoder', async () => {
  const one = frame(0x20, 1, (1 << 3) | 1, 0, 0, 7);
  const many = new Uint8Array(one.length * 50_000);
  for (let at = 0; at < many.length; at += one.length) many.set(one, at);
  expect(firstDifference((await unzstd(many)).bytes, new Uint8Array(50_000).fill(7))).toBe(-1);
});

describe('skippable frames', () => {
  const skippable = (size: number): Uint8Array =>
    withFields(new Uint8Array(8 + size), [0, 4, 0x184d2a5f], [4, 4, size]);

  test('in front, between and behind', async () => {
    const one = frame(0x20, 3, (3 << 3) | 1, 0, 0, 1, 2, 3);
    const { bytes, trailing } = await unzstd(
      concat(skippable(0), skippable(9), one, skippable(4), one, skippable(1), Uint8Array.of(8)),
    );
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3, 1, 2, 3));
    expect(trailing).toEqual(Uint8Array.of(8));
  });

  test('of pzstd, which works on several frames at a time', async (ctx) => {
    skipWithout(ctx, missing('pzstd'));
    const plain = noise(1 << 20);
    const packed = spawnSync('pzstd', ['-1', '-p', '4', '-c', '-q'], { input: plain, maxBuffer: 1 << 24 }).stdout;
    const { bytes } = await unzstdUpTo(new Uint8Array(packed), { maxSize: plain.length });
    expect(firstDifference(bytes, plain)).toBe(-1);
  });

  test('cut short', async () => {
    for (const file of [skippable(9).subarray(0, 12), concat(fixture('Image.zst'), skippable(9).subarray(0, 12))])
      expect((await thrownBy(() => unzstd(file))).code).toBe('ENODATA');
    expect((await thrownBy(() => unzstd(skippable(9)))).code).toBe('ENODATA');
  });
});

describe('a window of 2 GiB', () => {
  const rle = (count: number): number[] => Array.from({ length: count }, () => [2, 0, 0x10, 7]).flat();

  test('is made as small as what comes out', async () => {
    const { bytes } = await unzstd(frame(0, 21 << 3, ...rle(3), 3, 0, 0, 7));
    expect(firstDifference(bytes, new Uint8Array(3 << 17).fill(7))).toBe(-1);
  });

  test('is refused where more than 128 MiB come out of it, with the command that does it', async () => {
    const huge = frame(0, 21 << 3, ...rle(1025), 3, 0, 0, 7);
    const error = await thrownBy(() => unzstdUpTo(huge, { maxSize: 2 ** 30, byHand: ['gzip -dc'] }));
    expect(error).toMatchObject({
      code: 'EFBIG',
      hint: 'unpack it yourself: gzip -dc FILE | zstd -dc --long=31 > Image',
    });
  });
});

describe('refused', () => {
  const packed = fixture('Image.zst');

  test('a file cut short, anywhere: ENODATA', async () => {
    for (const size of [0, 4, 5, 6, 8, 9, 100, packed.length - 5, packed.length - 4, packed.length - 1]) {
      expect(await thrownBy(() => unzstd(packed.subarray(0, size)))).toMatchObject({
        code: 'ENODATA',
        offset: size,
      });
    }
  });

  test('a second frame that is cut, even in its magic number: ENODATA', async () => {
    for (let size = 1; size < 9; size++)
      expect((await thrownBy(() => unzstd(concat(packed, packed.subarray(0, size))))).code).toBe('ENODATA');
  });

  test('a changed byte: EBADMSG or, in a length, ENODATA', async () => {
    for (let at = 9; at < packed.length; at += 97) {
      const changed = packed.slice();
      changed[at] = (changed[at] ?? 0) ^ 4;
      expect(['EBADMSG', 'ENODATA']).toContain((await thrownBy(() => unzstd(changed))).code);
    }
    const changed = packed.slice();
    changed[packed.length - 1] = (changed[packed.length - 1] ?? 0) ^ 1;
    expect((await thrownBy(() => unzstd(changed))).message).toContain('checksum');
  });

  test.each<[string, Uint8Array, string]>([
    ['no frame', new Uint8Array(16), 'EBADMSG'],
    ['the reserved bit', frame(0x28, 0, 1, 0, 0), 'EBADMSG'],
    ['a dictionary', frame(0x21, 9, 0, 1, 0, 0), 'EOPNOTSUPP'],
    ['a block of the reserved type', frame(0x20, 0, 7, 0, 0), 'EBADMSG'],
    ['a block above 128 KiB', frame(0x20, 0, 3, 0, 0x11), 'EBADMSG'],
    ['less data than the frame says', frame(0x20, 2, (1 << 3) | 1, 0, 0, 1), 'EBADMSG'],
    ['more data than the frame says', frame(0x20, 1, (2 << 3) | 1, 0, 0, 1, 2), 'EBADMSG'],
  ])('%s', async (_, bytes, code) => {
    expect((await thrownBy(() => unzstd(bytes))).code).toBe(code);
  });

  test('a length beyond what the blocks can hold is refused before anything is allocated', async () => {
    // content size 0xfffff000 of 4 bytes, a block of nothing
    const huge = withFields(frame(0xa0, 0, 0, 0, 0, 1, 0, 0), [5, 4, 0xfffff000]);
    expect((await thrownBy(() => unzstd(huge, 2 ** 33))).code).toBe('EBADMSG');
    expect((await thrownBy(() => unzstd(huge))).code).toBe('EFBIG');
  });

  test('a bomb of RLE blocks stops at the limit', async () => {
    const block = (0x20000 << 3) | (1 << 1);
    const blocks = Array.from({ length: 100 }, (_, index) => [
      (block | (index === 99 ? 1 : 0)) & 255,
      (block >> 8) & 255,
      block >> 16,
      0,
    ]).flat();
    expect((await thrownBy(() => unzstd(frame(0, 7 << 3, ...blocks)))).code).toBe('EFBIG');
  });
});
