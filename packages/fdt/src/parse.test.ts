import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FdtError } from './error.ts';
import { parseFdt } from './parse.ts';
import { findNode } from './path.ts';
import { getProperty } from './property.ts';
import { serializeFdt } from './serialize.ts';
import { makeBlob } from './testing/blob.ts';
import { thrownBy } from './testing/errors.ts';
import { BLOBS, fixture } from './testing/fixtures.ts';
import { readString, readStrings } from './values.ts';

const BEGIN = 1;
const END_NODE = 2;
const PROP = 3;
const NOP = 4;
const END = 9;
const EMPTY_ROOT = [BEGIN, '', END_NODE, END];

function text(path: string, name: string): string[] {
  const node = findNode(parseFdt(fixture('qemu-virt-gicv3-2g.dtb')), path);
  const value = node && getProperty(node, name);
  return value === undefined ? [] : readStrings(value);
}

describe('a real tree', () => {
  test('keeps names, order and values', () => {
    const { root, bootCpuidPhys, reservations } = parseFdt(fixture('qemu-virt-gicv3-2g.dtb'));
    expect(root.name).toBe('');
    expect(root.properties.map(({ name }) => name)).toEqual([
      'interrupt-parent',
      'model',
      '#size-cells',
      '#address-cells',
      'compatible',
    ]);
    expect(root.children.slice(0, 3).map(({ name }) => name)).toEqual([
      'psci',
      'memory@40000000',
      'platform-bus@c000000',
    ]);
    expect(text('/psci', 'compatible')).toEqual(['arm,psci-1.0', 'arm,psci-0.2', 'arm,psci']);
    expect(text('/chosen', 'stdout-path')).toEqual(['/pl011@9000000']);
    expect([bootCpuidPhys, reservations]).toEqual([0, []]);
  });

  test('tells the boot CPU and the reservations', () => {
    const { bootCpuidPhys, reservations } = parseFdt(fixture('board.dtb'));
    expect(bootCpuidPhys).toBe(256);
    expect(reservations).toEqual([
      { address: 0x80000000n, size: 0x10000n },
      { address: 0x87fff0000n, size: 0x8000n },
    ]);
  });

  test('is the same in version 16 and 17', () => {
    expect(parseFdt(fixture('board-v16.dtb'))).toEqual(parseFdt(fixture('board.dtb')));
  });

  test('can lie inside a larger buffer, and shares no memory with it', () => {
    const blob = fixture('board.dtb');
    const buffer = new Uint8Array(blob.length + 64).fill(0xff);
    buffer.set(blob, 3);
    const fdt = parseFdt(buffer.subarray(3));
    buffer.fill(0);
    expect(fdt).toEqual(parseFdt(blob));
  });
});

test('NOP tokens are passed over wherever a token may stand', () => {
  const struct = [NOP, BEGIN, '', NOP, PROP, 0, 0, NOP, NOP, BEGIN, 'a', NOP, END_NODE, NOP, END_NODE, NOP, END];
  const { root } = parseFdt(makeBlob({ struct, strings: 'p\0' }));
  expect(root).toEqual({
    name: '',
    properties: [{ name: 'p', value: new Uint8Array(0) }],
    children: [{ name: 'a', properties: [], children: [] }],
  });
});

test('a property name may be the tail of another', () => {
  const struct = [BEGIN, '', PROP, 0, 0, PROP, 0, 1, END_NODE, END];
  expect(parseFdt(makeBlob({ struct, strings: '#ab\0' })).root.properties.map(({ name }) => name)).toEqual([
    '#ab',
    'ab',
  ]);
});

describe('a blob is refused with the place of the fault', () => {
  const word = (blob: Uint8Array, offset: number, value: number): Uint8Array => {
    const copy = blob.slice();
    new DataView(copy.buffer).setUint32(offset, value);
    return copy;
  };
  const good = makeBlob({ struct: EMPTY_ROOT });
  const nested = (depth: number): Uint8Array => {
    const below = Array.from({ length: depth - 1 }, () => [BEGIN, 'n']).flat();
    return makeBlob({ struct: [BEGIN, '', ...below, ...Array.from({ length: depth }, () => END_NODE), END] });
  };

  test.each<[string, Uint8Array, string, number]>([
    ['nothing at all', new Uint8Array(0), 'ENODATA', 0],
    ['a few bytes', good.subarray(0, 20), 'ENODATA', 20],
    ['a header of version 17 cut at 36 bytes', good.subarray(0, 38), 'ENODATA', 38],
    ['a blob cut short', good.subarray(0, good.length - 1), 'ENODATA', 4],
    ['another magic number', word(good, 0, 0xedfe0dd0), 'EBADMSG', 0],
    ['version 3', word(word(good, 20, 3), 24, 1), 'EOPNOTSUPP', 20],
    ['a version that only newer readers know', word(word(good, 20, 18), 24, 18), 'EOPNOTSUPP', 20],
    ['a structure block inside the header', word(good, 8, 36), 'ERANGE', 8],
    ['a structure block outside the blob', word(good, 8, 0x1000), 'ERANGE', 8],
    ['an unaligned structure block', word(good, 8, 58), 'EINVAL', 8],
    ['an unaligned reservation block', word(good, 16, 44), 'EINVAL', 16],
    ['a strings block outside the blob', word(good, 12, 0xffffffff), 'ERANGE', 12],
    ['a strings block that is too long', word(good, 32, 1), 'ERANGE', 32],
    ['a structure block that is too long', word(good, 36, 0xfffffffc), 'ERANGE', 36],
    ['reservations without an end', makeBlob({ struct: EMPTY_ROOT, reservations: [1n, 1n] }), 'ERANGE', 72],
    ['no root node', makeBlob({ struct: [END] }), 'EINVAL', 56],
    ['a root node with a name', makeBlob({ struct: [BEGIN, 'root', END_NODE, END] }), 'EINVAL', 56],
    ['two root nodes', makeBlob({ struct: [BEGIN, '', END_NODE, BEGIN, '', END_NODE, END] }), 'EINVAL', 68],
    ['a property outside a node', makeBlob({ struct: [PROP, 0, 0, END], strings: 'p\0' }), 'EINVAL', 56],
    ['one END_NODE too many', makeBlob({ struct: [BEGIN, '', END_NODE, END_NODE, END] }), 'EINVAL', 68],
    ['one END_NODE too few', makeBlob({ struct: [BEGIN, '', END] }), 'EINVAL', 64],
    ['no END', makeBlob({ struct: [BEGIN, '', END_NODE] }), 'ERANGE', 68],
    ['an unknown token', makeBlob({ struct: [BEGIN, '', 5, END_NODE, END] }), 'EINVAL', 64],
    ['a child without a name', makeBlob({ struct: [BEGIN, '', BEGIN, '', END_NODE, END_NODE, END] }), 'EINVAL', 64],
    [
      'a child named with a slash',
      makeBlob({ struct: [BEGIN, '', BEGIN, 'a/b', END_NODE, END_NODE, END] }),
      'EINVAL',
      64,
    ],
    ['a node name without end', makeBlob({ struct: [BEGIN, 0x61616161] }), 'ERANGE', 60],
    ['a name of 256 characters', makeBlob({ struct: [BEGIN, '', BEGIN, 'a'.repeat(256)] }), 'ERANGE', 68],
    [
      'a property name outside the strings',
      makeBlob({ struct: [BEGIN, '', PROP, 0, 2, END_NODE, END], strings: 'p\0' }),
      'ERANGE',
      72,
    ],
    [
      'a property name without end',
      makeBlob({ struct: [BEGIN, '', PROP, 0, 0, END_NODE, END], strings: 'p' }),
      'ERANGE',
      84,
    ],
    [
      'an empty property name',
      makeBlob({ struct: [BEGIN, '', PROP, 0, 1, END_NODE, END], strings: 'p\0' }),
      'EINVAL',
      72,
    ],
    [
      'a property name with a blank',
      makeBlob({ struct: [BEGIN, '', PROP, 0, 0, END_NODE, END], strings: 'p q\0' }),
      'EINVAL',
      72,
    ],
    [
      'a value past the end',
      makeBlob({ struct: [BEGIN, '', PROP, 9, 0, END_NODE, END], strings: 'p\0' }),
      'ERANGE',
      64,
    ],
    [
      'a value of 4 GiB',
      makeBlob({ struct: [BEGIN, '', PROP, 0xffffffff, 0, END_NODE, END], strings: 'p\0' }),
      'ERANGE',
      64,
    ],
    [
      'a property after a child',
      makeBlob({ struct: [BEGIN, '', BEGIN, 'a', END_NODE, PROP, 0, 0, END_NODE, END], strings: 'p\0' }),
      'EINVAL',
      76,
    ],
    [
      'a property twice',
      makeBlob({ struct: [BEGIN, '', PROP, 0, 0, PROP, 0, 0, END_NODE, END], strings: 'p\0' }),
      'EEXIST',
      76,
    ],
    [
      'a child twice',
      makeBlob({ struct: [BEGIN, '', BEGIN, 'a', END_NODE, BEGIN, 'a', END_NODE, END_NODE, END] }),
      'EEXIST',
      76,
    ],
    ['65 levels', nested(65), 'ERANGE', 568],
  ])('%s', (_, blob, code, offset) => {
    const error = thrownBy(() => parseFdt(blob));
    expect([error.code, error.offset]).toEqual([code, offset]);
    expect(error.message).toContain(`0x${offset.toString(16)}`);
    expect(error.hint).not.toBe('');
  });

  test('64 levels are fine', () => {
    expect(parseFdt(nested(64)).root.children).toHaveLength(1);
  });
});

test('damaged bytes give a tree or an FdtError, never another failure', () => {
  const blobs = BLOBS.map(fixture);
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...blobs),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(), { nil: undefined }),
      (blob, changes, cut) => {
        const copy = blob.slice(0, cut === undefined ? blob.length : cut % blob.length);
        for (const [at, byte] of changes) copy[at % Math.max(copy.length, 1)] = byte;
        try {
          parseFdt(copy);
        } catch (error) {
          if (!(error instanceof FdtError)) throw error;
          refused++;
        }
      },
    ),
    { seed: 17, numRuns: 2000 },
  );
  expect(refused).toBeGreaterThan(0);
});

test('a bootargs property reads as text', () => {
  const chosen = findNode(parseFdt(fixture('uefi-stub-generated.dtb')), '/chosen');
  const bootargs = chosen && getProperty(chosen, 'bootargs');
  expect(bootargs && readString(bootargs)).toBe('console=ttyAMA0 panic=1 nokaslr crashkernel=256M initrd=initrd');
});

test('what libfdt left between values is kept only where it is asked for: it may be an old seed', () => {
  const blob = fixture('board.dtb');
  const zero = serializeFdt(parseFdt(blob));
  const dirty = Uint8Array.from(zero);
  // The last byte of the word that `compatible` of the root ends in.
  const fdt = parseFdt(zero);
  const odd = fdt.root.properties.find(({ value }) => value.length % 4 !== 0);
  const at = Buffer.from(dirty).indexOf(Buffer.from(odd?.value ?? []));
  dirty[at + (odd?.value.length ?? 0)] = 0x5e;
  expect(parseFdt(dirty)).toEqual(fdt);
  expect(serializeFdt(parseFdt(dirty))).toEqual(zero);
  expect(serializeFdt(parseFdt(dirty, { layout: true }))).toEqual(dirty);
});
