import { spawnSync } from 'node:child_process';
import { skipWithout } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { BootImageError } from '../error.ts';
import { recognise } from '../recognise/recognise.ts';
import { firstDifference } from '../testing/equal.ts';
import { thrownBy } from '../testing/errors.ts';
import { fixture, missing } from '../testing/fixtures.ts';
import { concat, noise, withFields } from '../testing/make.ts';
import { unlz4 as unlz4UpTo } from './lz4.ts';
import type { Undone } from './undone.ts';

const LIMIT = 1 << 24;
const unlz4 = (bytes: Uint8Array, maxSize = LIMIT): Promise<Undone> => unlz4UpTo(bytes, { maxSize });
/** Why the programs that make these files are not here: such a test is left out with that reason, and fails the run where CI is set. */
const why = missing('lz4');
const pack = (plain: Uint8Array, ...options: string[]): Uint8Array =>
  new Uint8Array(spawnSync('lz4', ['-zc', ...options], { input: plain, maxBuffer: 1 << 26 }).stdout);
const FORMS: [string, string[]][] = [
  ['by default', []],
  ['as the kernel is built', ['-l', '-9']],
  ['in blocks that look back', ['-BD', '-B4']],
  ['with checksums of blocks, and its size', ['-BX', '--content-size']],
  ['without any checksum', ['--no-frame-crc']],
];

test('files', async () => {
  const one = await unlz4(fixture('head.lz4'));
  expect(one.bytes).toEqual((await unlz4(fixture('head-legacy.lz4'))).bytes);
});

test.for(FORMS)('what lz4 packs %s', async ([, options], ctx) => {
  skipWithout(ctx, why);
  // Large enough for two blocks of the legacy frame.
  for (const size of [0, 1, 100, 9_000_000]) {
    const plain = noise(size);
    const { bytes, trailing } = await unlz4(pack(plain, ...options));
    expect(firstDifference(bytes, plain)).toBe(-1);
    expect(trailing).toHaveLength(0);
  }
});

test('several frames make one text, and what follows is separate', async (ctx) => {
  skipWithout(ctx, why);
  const file = concat(pack(noise(100), '-l'), pack(noise(200)), Uint8Array.of(1, 2, 3, 4, 5));
  const { bytes, trailing } = await unlz4(file);
  expect(bytes).toEqual(concat(noise(100), noise(200)));
  expect(trailing).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
});

test('the size behind a legacy frame, as the kernel is built, is not a block', async (ctx) => {
  skipWithout(ctx, why);
  const size = withFields(new Uint8Array(4), [0, 4, 70_000]);
  const { bytes, trailing } = await unlz4(concat(pack(noise(70_000), '-l'), size));
  expect(bytes).toHaveLength(70_000);
  expect(trailing).toEqual(size);
});

describe('what follows a legacy frame, which has no end of its own', () => {
  const tree = Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0, 8);
  test.for<[string, Uint8Array]>([
    ['a device tree', tree],
    ['two of them', concat(tree, tree)],
    ['zeros up to a page', new Uint8Array(4096)],
    ['a zero', new Uint8Array(1)],
  ])('%s', async ([, after], ctx) => {
    skipWithout(ctx, why);
    const { bytes, trailing } = await unlz4(concat(pack(noise(70_000), '-l'), after));
    expect(firstDifference(bytes, noise(70_000))).toBe(-1);
    expect(trailing).toEqual(after);
  });

  test('anything else is damage: a part of it could be lost', async (ctx) => {
    skipWithout(ctx, why);
    const after = [Uint8Array.of(0, 0, 0, 0, 1), Uint8Array.of(1, 2, 3, 0xff, 5), noise(100)];
    for (const each of after)
      expect(['EBADMSG', 'ENODATA']).toContain(
        (await thrownBy(() => unlz4(concat(pack(noise(700), '-l'), each)))).code,
      );
  });
});

test('skippable frames in front, between and behind', async (ctx) => {
  skipWithout(ctx, why);
  const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7);
  for (const options of [[], ['-l']]) {
    const [one, two] = [pack(noise(100), ...options), pack(noise(200), ...options)];
    const file = concat(skippable, one, skippable, skippable, two, skippable, Uint8Array.of(9));
    const { bytes, trailing } = await unlz4(file);
    expect(firstDifference(bytes, concat(noise(100), noise(200)))).toBe(-1);
    expect(trailing).toEqual(Uint8Array.of(9));
    expect((await thrownBy(() => unlz4(concat(one, skippable.subarray(0, 9))))).code).toBe('ENODATA');
    expect(recognise(file).format).toBe('lz4');
  }
});

describe('refused', () => {
  test.for(FORMS)('what is cut short, %s', async ([, options], ctx) => {
    skipWithout(ctx, why);
    const packed = pack(noise(5000), ...options);
    for (const size of [5, 7, 12, 100, packed.length - 1])
      expect(['ENODATA', 'EBADMSG']).toContain((await thrownBy(() => unlz4(packed.subarray(0, size)))).code);
    for (const size of [1, 2, 3, 5, 7])
      expect(['ENODATA', 'EBADMSG']).toContain(
        (await thrownBy(() => unlz4(concat(packed, packed.subarray(0, size))))).code,
      );
  });

  test('a changed byte, where there are checksums', async (ctx) => {
    skipWithout(ctx, why);
    const packed = pack(noise(5000));
    let refused = 0;
    for (let at = 4; at < packed.length; at += 7) {
      const changed = packed.slice();
      changed[at] = (changed[at] ?? 0) ^ 4;
      // A match may come to lead to the same bytes elsewhere.
      const outcome = await unlz4(changed).catch((error: unknown) => error);
      if (outcome instanceof BootImageError) refused++;
      else expect(outcome).toMatchObject({ bytes: noise(5000) });
    }
    expect(refused).toBeGreaterThan(100);
  });

  test.each<[string, number[], string]>([
    ['a match before the start', [0x10, 7, 2, 0, 0x10, 1], 'EBADMSG'],
    ['a match at distance 0', [0x10, 7, 0, 0, 0x10, 1], 'EBADMSG'],
    ['literals beyond the block', [0xf0, 255, 255, 255, 255, 0], 'EBADMSG'],
    ['a match that is cut', [0x1f, 7, 1, 0, 255], 'EBADMSG'],
  ])('%s', async (_, block, code) => {
    const file = concat(Uint8Array.of(2, 0x21, 0x4c, 0x18, block.length, 0, 0, 0), Uint8Array.from(block));
    expect((await thrownBy(() => unlz4(file))).code).toBe(code);
  });

  test('lengths that would keep the decoder busy are refused before it begins', async () => {
    const block = new Uint8Array(6 << 20).fill(255);
    const file = concat(withFields(Uint8Array.of(2, 0x21, 0x4c, 0x18, 0, 0, 0, 0), [4, 4, block.length]), block);
    expect((await thrownBy(() => unlz4(file))).code).toBe('EBADMSG');
  });

  test('more than the limit', async (ctx) => {
    skipWithout(ctx, why);
    for (const options of [[], ['-l'], ['--content-size']]) {
      expect((await thrownBy(() => unlz4(pack(noise(5000), ...options), 4999))).code).toBe('EFBIG');
      expect((await unlz4(pack(noise(5000), ...options), 5000)).bytes).toHaveLength(5000);
    }
  });
});
