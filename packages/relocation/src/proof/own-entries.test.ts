import { ensureNode, type Fdt, type FdtReservation, setProperty, u32Value, u64Value } from '@kexeckit/fdt';
import { describe, expect, test } from 'vitest';
import { endingEntries, initrdOf } from './own-entries.ts';

/** A tree with an initramfs and these entries in its memory reservation block. */
function tree(reservations: FdtReservation[], initrd?: readonly [start: bigint, end: bigint]): Fdt {
  const fdt: Fdt = { bootCpuidPhys: 0, reservations, root: { name: '', properties: [], children: [] } };
  if (initrd === undefined) return fdt;
  const chosen = ensureNode(fdt, '/chosen');
  setProperty(chosen, 'linux,initrd-start', u64Value(initrd[0]));
  setProperty(chosen, 'linux,initrd-end', u64Value(initrd[1]));
  return fdt;
}

describe("the running kernel's initramfs", () => {
  test.each<[string, FdtReservation, initrd: readonly [bigint, bigint], ends: boolean]>([
    ['by its exact size', { address: 0x5000n, size: 0x1234n }, [0x5000n, 0x6234n], true],
    ['by the pages that it ends in', { address: 0x5000n, size: 0x2000n }, [0x5000n, 0x6234n], true],
    ['not by one page more', { address: 0x5000n, size: 0x3000n }, [0x5000n, 0x6234n], false],
    ['not by one page less', { address: 0x5000n, size: 0x1000n }, [0x5000n, 0x6234n], false],
    ['not from elsewhere', { address: 0x4000n, size: 0x2234n }, [0x5000n, 0x6234n], false],
    ['by its exact size, within a page', { address: 0x5800n, size: 0x1234n }, [0x5800n, 0x6a34n], true],
    ['by its size in whole pages, within a page', { address: 0x5e00n, size: 0x1000n }, [0x5e00n, 0x5f00n], true],
    ['by the pages that it touches', { address: 0x5000n, size: 0x2000n }, [0x5800n, 0x6a34n], true],
    ['from the start of its page', { address: 0x5000n, size: 0x1a34n }, [0x5800n, 0x6a34n], true],
    ['not from the page before', { address: 0x4000n, size: 0x3000n }, [0x5800n, 0x6a34n], false],
    ['not from elsewhere in its page', { address: 0x5400n, size: 0x1634n }, [0x5800n, 0x6a34n], false],
  ])('is not kept, %s', (_, entry, initrd, ends) => {
    const fdt = tree([entry], initrd);
    expect([...endingEntries(fdt, 100)]).toEqual(ends ? [entry] : []);
    expect(initrdOf(fdt)).toEqual({ start: initrd[0], end: initrd[1] - 1n });
  });

  test('is nowhere without both ends, which are told in one cell or two', () => {
    const fdt = tree([]);
    const chosen = ensureNode(fdt, '/chosen');
    expect(initrdOf(fdt)).toBeUndefined();
    setProperty(chosen, 'linux,initrd-start', u32Value(0x4000_0000));
    expect(initrdOf(fdt)).toBeUndefined();
    setProperty(chosen, 'linux,initrd-end', u32Value(0x4000_1000));
    expect(initrdOf(fdt)).toEqual({ start: 0x4000_0000n, end: 0x4000_0fffn });
  });
});

describe('the tree of the running kernel', () => {
  const other = { address: 0x1_0000n, size: 0x7000n };

  test.each<[string, FdtReservation[], totalSize: number, ends: number]>([
    ['by its exact size', [other, { address: 0x2008n, size: 0x5678n }], 0x5678, 1],
    ['in whole pages', [other, { address: 0x2000n, size: 0x6000n }], 0x5678, 1],
    ['not in whole pages that begin within one', [{ address: 0x2008n, size: 0x6000n }], 0x5678, 0],
    ['not where no tree can be', [{ address: 0x2004n, size: 0x5678n }], 0x5678, 0],
    ['not by a page, which is anything', [{ address: 0x2000n, size: 0x1000n }], 0x678, 0],
    ['not where it is one of two', [other, { ...other, address: 0n }], 0x7000, 0],
  ])('is not kept, %s', (_, entries, totalSize, ends) => {
    expect([...endingEntries(tree(entries), totalSize)]).toEqual(ends === 0 ? [] : entries.slice(-1));
  });

  test('is not taken for the initramfs, nor that for it', () => {
    const entries = [
      { address: 0x2000n, size: 0x6000n },
      { address: 0x9000n, size: 0x6000n },
    ];
    expect([...endingEntries(tree(entries, [0x9000n, 0xf000n]), 0x6000)].toReversed()).toEqual(entries);
  });
});
