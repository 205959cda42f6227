import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipWithout } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../testing/errors.ts';
import { missing } from '../testing/fixtures.ts';
import { makeElf, noise, type Segment, withFields } from '../testing/make.ts';
import { flattenVmlinux } from './elf.ts';

const LIMIT = 1 << 20;
const BASE = 0xffff800008000000n;
const segment = (offset: bigint, size: number, more: Partial<Segment> = {}): Segment => ({
  physical: BASE + offset,
  bytes: noise(size),
  ...more,
});

describe('flattenVmlinux', () => {
  test('segments lie at their physical addresses, gaps are zero, BSS is left out', () => {
    const image = flattenVmlinux(makeElf([segment(0n, 8), segment(16n, 4, { memorySize: 100n })]), LIMIT);
    expect([...image]).toEqual([...noise(8), 0, 0, 0, 0, 0, 0, 0, 0, ...noise(4)]);
  });

  test('what the file has as memory will have it is not copied', () => {
    const between = { physical: BASE + 8n, bytes: new Uint8Array(8), type: 4 };
    const elf = makeElf([segment(0n, 8), between, segment(16n, 4)]);
    const image = flattenVmlinux(elf, LIMIT);
    expect(image.buffer).toBe(elf.buffer);
    expect([...image]).toEqual([...noise(8), 0, 0, 0, 0, 0, 0, 0, 0, ...noise(4)]);
    const dirty = makeElf([segment(0n, 8), { ...between, bytes: noise(8) }, segment(16n, 4)]);
    expect([...flattenVmlinux(dirty, LIMIT)]).toEqual([...image]);
  });

  test('the order in the file does not matter, nor do other and empty segments', () => {
    const elf = makeElf([
      segment(0x1000n, 4),
      segment(0n, 8),
      segment(-0x100000n, 16, { type: 4 }),
      { physical: 0n, bytes: new Uint8Array(0), memorySize: 64n },
    ]);
    const image = flattenVmlinux(elf, LIMIT);
    expect(image).toHaveLength(0x1004);
    expect(image.subarray(0, 8)).toEqual(noise(8));
    expect(image.subarray(0x1000)).toEqual(noise(4));
  });

  test('objcopy makes the same of it', (ctx) => {
    skipWithout(ctx, missing('objcopy'));
    const folder = mkdtempSync(join(tmpdir(), 'elf-'));
    try {
      const elf = withSections(makeElf([segment(0n, 0x100), segment(0x400n, 0x80), segment(0x1000n, 0x20)]), 3);
      writeFileSync(join(folder, 'vmlinux'), elf);
      execFileSync('objcopy', ['-I', 'elf64-little', '-O', 'binary', join(folder, 'vmlinux'), join(folder, 'Image')]);
      expect(flattenVmlinux(elf, LIMIT)).toEqual(new Uint8Array(readFileSync(join(folder, 'Image'))));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('refused', () => {
  const good = makeElf([segment(0n, 8)]);
  test.each<[string, Uint8Array, string]>([
    ['a file that ends in its header', good.subarray(0, 63), 'ENODATA'],
    ['a file that ends in its program headers', good.subarray(0, 100), 'ENODATA'],
    ['a file that ends in a segment', good.subarray(0, good.length - 1), 'ENODATA'],
    ['program headers outside the file', withFields(good.slice(), [32, 8, 1n << 60n]), 'ENODATA'],
    ['a segment outside the file', withFields(good.slice(), [72, 8, (1n << 64n) - 1n]), 'ENODATA'],
    ['program headers that are too small', withFields(good.slice(), [54, 2, 32]), 'EINVAL'],
    ['no segment', makeElf([]), 'EINVAL'],
    ['segments that overlap', makeElf([segment(0n, 8), segment(7n, 8)]), 'EINVAL'],
    ['segments far apart', makeElf([segment(0n, 8), segment(1n << 40n, 8)]), 'EFBIG'],
  ])('%s', async (_, bytes, code) => {
    expect((await thrownBy(() => flattenVmlinux(bytes, LIMIT))).code).toBe(code);
  });
});

/** objcopy works on sections: adds one for each segment, and their names. */
function withSections(elf: Uint8Array, count: number): Uint8Array {
  const names = new TextEncoder().encode('\0.a\0.b\0.c\0.shstrtab\0');
  const table = elf.length + names.length;
  const bytes = new Uint8Array(table + 64 * (count + 2));
  bytes.set(elf);
  bytes.set(names, elf.length);
  const view = new DataView(elf.buffer);
  for (let index = 0; index < count; index++) {
    const header = 64 + 56 * index;
    const at = table + 64 * (index + 1);
    withFields(bytes, [at, 4, 1 + 3 * index], [at + 4, 4, 1], [at + 8, 8, 6]);
    withFields(
      bytes,
      [at + 16, 8, view.getBigUint64(header + 16, true)],
      [at + 24, 8, view.getBigUint64(header + 8, true)],
    );
    withFields(bytes, [at + 32, 8, view.getBigUint64(header + 32, true)], [at + 48, 8, 1]);
  }
  const last = table + 64 * (count + 1);
  withFields(
    bytes,
    [last, 4, 10],
    [last + 4, 4, 3],
    [last + 24, 8, elf.length],
    [last + 32, 8, names.length],
    [last + 48, 8, 1],
  );
  return withFields(bytes, [40, 8, table], [58, 2, 64], [60, 2, count + 2], [62, 2, count + 1]);
}
