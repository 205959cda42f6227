import { spawnSync } from 'node:child_process';
import { skipWithout } from '@kexeckit/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFdt } from './parse.ts';
import { fdtSize, serializeFdt } from './serialize.ts';
import { tree } from './testing/arbitrary.ts';
import { thrownBy } from './testing/errors.ts';
import { BLOBS, dtc, fixture, missing } from './testing/fixtures.ts';
import type { Fdt, FdtNode } from './tree.ts';

function named(name: string, children: FdtNode[] = []): FdtNode {
  return { name, properties: [], children };
}

function fdtOf(root: FdtNode): Fdt {
  return { bootCpuidPhys: 0, reservations: [], root };
}

describe('what was written reads back the same', () => {
  test('for any tree', () => {
    fc.assert(
      fc.property(tree, (fdt) => {
        expect(parseFdt(serializeFdt(fdt))).toEqual(fdt);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test.each(BLOBS)('for %s', (name) => {
    const fdt = parseFdt(fixture(name));
    const bytes = serializeFdt(fdt);
    expect(parseFdt(bytes)).toEqual(fdt);
    expect(serializeFdt(parseFdt(bytes))).toEqual(bytes);
  });
});

test('the smallest tree has the bytes of the specification', () => {
  const words = [...new Uint32Array(serializeFdt({ ...fdtOf(named('')), bootCpuidPhys: 7 }).buffer)].map((word) => {
    return new DataView(Uint32Array.of(word).buffer).getUint32(0);
  });
  // header; end of the reservations; BEGIN_NODE, empty name, END_NODE, END
  expect(words).toEqual([0xd00dfeed, 72, 56, 72, 40, 17, 16, 7, 0, 16, 0, 0, 0, 0, 1, 0, 2, 9]);
});

test('a property name is stored once', () => {
  const property = { name: 'compatible', value: new Uint8Array(0) };
  const one = serializeFdt(fdtOf({ ...named(''), properties: [property] }));
  const two = serializeFdt(
    fdtOf({ name: '', properties: [property], children: [{ ...named('a'), properties: [property] }] }),
  );
  // BEGIN_NODE, name, PROP with its size and name offset, END_NODE
  expect(two.length - one.length).toBe(4 + 4 + 12 + 4);
});

test('no free space is left: blobs that dtc made are not smaller', () => {
  for (const name of BLOBS)
    expect(serializeFdt(parseFdt(fixture(name))).length).toBeLessThanOrEqual(fixture(name).length + 4);
});

test('dtc reads any tree as we wrote it', (ctx) => {
  skipWithout(ctx, missing('dtc'));
  fc.assert(
    fc.property(tree, (fdt) => {
      // dtc -f also passes on trees that break rules above the format, such as a #size-cells of three bytes.
      const bytes = dtc('dtb', 'dtb', serializeFdt(fdt), '-f');
      expect(parseFdt(bytes)).toEqual(fdt);
    }),
    { seed: 2, numRuns: 40 },
  );
});

test('fdtdump reads header and reservations as we wrote them', (ctx) => {
  skipWithout(ctx, missing('fdtdump'));
  const bytes = serializeFdt(parseFdt(fixture('board-v16.dtb')));
  const dump = spawnSync('fdtdump', ['-'], { input: bytes, encoding: 'utf8' }).stdout;
  expect(dump).toContain(`// totalsize:\t\t0x${bytes.length.toString(16)} (${bytes.length})`);
  expect(dump).toMatch(/\/\/ version:\s+17\n/);
  expect(dump).toMatch(/\/\/ boot_cpuid_phys:\s+0x100\n/);
  expect(dump).toContain('/memreserve/ 0x80000000 0x10000;');
  expect(dump).toContain('bootargs = "console=ttyAMA0";');
});

describe('a tree that cannot be written is refused', () => {
  const loop = named('loop');
  loop.children.push(loop);
  test.each<[string, Fdt, string]>([
    ['a root with a name', fdtOf(named('root')), 'EINVAL'],
    ['a child without a name', fdtOf(named('', [named('')])), 'EINVAL'],
    ['a child named with a slash', fdtOf(named('', [named('a/b')])), 'EINVAL'],
    ['a name of 256 characters', fdtOf(named('', [named('a'.repeat(256))])), 'EINVAL'],
    [
      'a property named with a NUL',
      fdtOf({ ...named(''), properties: [{ name: 'a\0', value: new Uint8Array(0) }] }),
      'EINVAL',
    ],
    ['a child twice', fdtOf(named('', [named('a'), named('a')])), 'EEXIST'],
    [
      'a property twice',
      fdtOf({
        ...named(''),
        properties: [
          { name: 'a', value: new Uint8Array(0) },
          { name: 'a', value: new Uint8Array(4) },
        ],
      }),
      'EEXIST',
    ],
    ['a node inside itself', fdtOf(named('', [loop])), 'ERANGE'],
    ['a fractional boot CPU', { ...fdtOf(named('')), bootCpuidPhys: 0.5 }, 'ERANGE'],
    ['a negative reservation', { ...fdtOf(named('')), reservations: [{ address: -1n, size: 1n }] }, 'ERANGE'],
    [
      'a reservation above 64 bits',
      { ...fdtOf(named('')), reservations: [{ address: 1n << 64n, size: 1n }] },
      'ERANGE',
    ],
    [
      'a reservation that would end the list',
      { ...fdtOf(named('')), reservations: [{ address: 0n, size: 0n }] },
      'EINVAL',
    ],
  ])('%s', (_, fdt, code) => {
    expect(thrownBy(() => serializeFdt(fdt)).code).toBe(code);
  });
});

test('what stands behind the blocks is noted with the layout, and written again', () => {
  const board = fixture('board.dtb');
  const padded = serializeFdt(parseFdt(board), { padding: 5 });
  const fdt = parseFdt(padded, { layout: true });
  expect(fdt.padding).toBe(5);
  expect(serializeFdt(fdt)).toEqual(padded);
  expect(fdtSize(fdt)).toBe(padded.length);
  expect(serializeFdt(fdt, { padding: 0 })).toEqual(board);
  expect(parseFdt(padded).padding).toBeUndefined();
});
