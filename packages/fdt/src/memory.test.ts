import { describe, expect, test } from 'vitest';
import { memoryRanges, reservedMemory } from './memory.ts';
import { parseFdt } from './parse.ts';
import { ensureNode } from './path.ts';
import { setProperty } from './property.ts';
import { thrownBy } from './testing/errors.ts';
import { fixture } from './testing/fixtures.ts';
import type { Fdt } from './tree.ts';
import { cellsValue, stringValue, u32Value } from './values.ts';

const board = (): Fdt => parseFdt(fixture('board.dtb'));
const empty = (): Fdt => ({ bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } });

describe('memoryRanges', () => {
  test('sorted, ends inclusive; no zero sizes, no disabled nodes', () => {
    expect(memoryRanges(board())).toEqual([
      { start: 0x80000000n, end: 0xffffffffn },
      { start: 0x880000000n, end: 0x97fffffffn },
      { start: 0xb000000000n, end: 0xb00fffffffn },
    ]);
  });

  test('a QEMU board', () => {
    expect(memoryRanges(parseFdt(fixture('qemu-virt-gicv3-2g.dtb')))).toEqual([
      { start: 0x40000000n, end: 0xbfffffffn },
    ]);
  });

  test('none after a UEFI boot', () => {
    expect(memoryRanges(parseFdt(fixture('uefi-stub-generated.dtb')))).toEqual([]);
  });

  test('the cell counts are those of the root', () => {
    const fdt = empty();
    setProperty(fdt.root, '#address-cells', u32Value(1));
    const memory = ensureNode(fdt, '/memory@1000');
    setProperty(memory, 'device_type', stringValue('memory'));
    setProperty(memory, 'reg', cellsValue(0x1000, 0x2000, 0x8000, 0x1000));
    // What stands in the node itself is for its children.
    setProperty(memory, '#address-cells', u32Value(2));
    expect(memoryRanges(fdt)).toEqual([
      { start: 0x1000n, end: 0x2fffn },
      { start: 0x8000n, end: 0x8fffn },
    ]);
  });

  test('a node without reg, with an empty one, or not of type memory gives nothing', () => {
    const fdt = empty();
    setProperty(ensureNode(fdt, '/memory@0'), 'device_type', stringValue('memory'));
    const second = ensureNode(fdt, '/memory@1');
    setProperty(second, 'device_type', stringValue('memory'));
    setProperty(second, 'reg', new Uint8Array(0));
    setProperty(ensureNode(fdt, '/memory@2'), 'reg', cellsValue(0, 0, 0x1000));
    expect(memoryRanges(fdt)).toEqual([]);
  });

  test('the last byte of the address space is reached, and not passed', () => {
    const fdt = empty();
    setProperty(fdt.root, '#address-cells', u32Value(2));
    const memory = ensureNode(fdt, '/memory');
    setProperty(memory, 'device_type', stringValue('memory'));
    setProperty(memory, 'reg', cellsValue(0xffffffff, 0xfffff000, 0x1000));
    expect(memoryRanges(fdt)).toEqual([{ start: 0xfffffffffffff000n, end: 0xffffffffffffffffn }]);
    setProperty(memory, 'reg', cellsValue(0xffffffff, 0xfffff000, 0x1001));
    expect(thrownBy(() => memoryRanges(fdt)).code).toBe('ERANGE');
  });

  test('linux,usable-memory comes before reg, an empty one too', () => {
    const fdt = board();
    const memory = ensureNode(fdt, '/memory@80000000');
    setProperty(memory, 'linux,usable-memory', cellsValue(0, 0x80000000, 0, 0x100000));
    expect(memoryRanges(fdt)[0]).toEqual({ start: 0x80000000n, end: 0x800fffffn });
    setProperty(memory, 'linux,usable-memory', new Uint8Array());
    expect(memoryRanges(fdt)[0]?.start).not.toBe(0x80000000n);
    setProperty(memory, 'linux,usable-memory', cellsValue(1, 2, 3));
    expect(thrownBy(() => memoryRanges(fdt))).toMatchObject({ code: 'EINVAL' });
  });

  test('a reg that is not whole pairs is refused', () => {
    const fdt = board();
    setProperty(ensureNode(fdt, '/memory@80000000'), 'reg', cellsValue(1, 2, 3));
    expect(thrownBy(() => memoryRanges(fdt)).code).toBe('EINVAL');
  });
});

describe('reservedMemory', () => {
  test('nodes and the reservation block, sorted; nothing without a place, nothing disabled', () => {
    expect(reservedMemory(board())).toEqual([
      { name: '/memreserve/', start: 0x80000000n, end: 0x8000ffffn, noMap: false },
      { name: 'framebuffer@90000000', start: 0x90000000n, end: 0x907fffffn, noMap: false },
      { name: 'framebuffer@90000000', start: 0x91000000n, end: 0x91000fffn, noMap: false },
      { name: 'secure@fe000000', start: 0xfe000000n, end: 0xfeffffffn, noMap: true },
      { name: '/memreserve/', start: 0x87fff0000n, end: 0x87fff7fffn, noMap: false },
    ]);
  });

  test('a /reserved-memory whose cell counts are not the root node’s is ignored, as Linux does', () => {
    const fdt = board();
    expect(reservedMemory({ ...fdt, reservations: [] })).not.toEqual([]);
    setProperty(ensureNode(fdt, '/reserved-memory'), '#address-cells', u32Value(1));
    expect(reservedMemory({ ...fdt, reservations: [] })).toEqual([]);
  });

  test('an entry of size zero reserves nothing; one that wraps around is refused', () => {
    expect(reservedMemory({ ...empty(), reservations: [{ address: 4n, size: 0n }] })).toEqual([]);
    const wrapping = { ...empty(), reservations: [{ address: (1n << 64n) - 1n, size: 2n }] };
    expect(thrownBy(() => reservedMemory(wrapping)).code).toBe('ERANGE');
  });
});
