import { ensureNode, type Fdt, setProperty, u32Value, u64Value } from '@kexeckit/fdt';
import { expect, test } from 'vitest';
import { initrdOf, lastingReservations, reservationsOf } from './reservations.ts';

/** A tree with two cells each, a node that keeps a page, and a memory reservation. */
function tree(cells = 2): Fdt {
  const reservations = [{ address: 0x5000_0000n, size: 0x1234n }];
  const fdt: Fdt = { bootCpuidPhys: 0, reservations, root: { name: '', properties: [], children: [] } };
  const parent = ensureNode(fdt, '/reserved-memory');
  for (const name of ['#address-cells', '#size-cells']) {
    setProperty(fdt.root, name, u32Value(2));
    setProperty(parent, name, u32Value(cells));
  }
  const reg = [u64Value(0x4000_0000n), u64Value(0x1000n)].flatMap((value) => [...value]);
  setProperty(ensureNode(fdt, '/reserved-memory/secure'), 'reg', Uint8Array.from(reg));
  return fdt;
}

const starts = (ranges: readonly { start: bigint }[]): bigint[] => ranges.map(({ start }) => start);

test('/reserved-memory counts where its cells are those of the root, as Linux has it', () => {
  expect(starts(reservationsOf(tree()))).toEqual([0x4000_0000n, 0x5000_0000n]);
  expect(starts(reservationsOf(tree(1)))).toEqual([0x5000_0000n]);
});

test('a node whose reg is not whole entries is passed over, as Linux does', () => {
  const fdt = tree();
  setProperty(ensureNode(fdt, '/reserved-memory/damaged'), 'reg', new Uint8Array(12));
  expect(starts(reservationsOf(fdt))).toEqual([0x4000_0000n, 0x5000_0000n]);
});

test("the running kernel's initramfs is not kept, by its exact size or in whole pages", () => {
  for (const [start, end, kept] of [
    [0x5000_0000n, 0x5000_1234n, 1],
    [0x5000_0000n, 0x5000_1fffn, 1],
    [0x5000_0000n, 0x5000_2001n, 2],
    [0x5000_1000n, 0x5000_1234n, 2],
  ] as const) {
    const fdt = tree();
    const chosen = ensureNode(fdt, '/chosen');
    setProperty(chosen, 'linux,initrd-start', u64Value(start));
    setProperty(chosen, 'linux,initrd-end', u64Value(end));
    expect(lastingReservations(fdt), `${start}`).toHaveLength(kept);
    expect(initrdOf(fdt)).toEqual({ start, end: end - 1n });
  }
  expect(lastingReservations(tree())).toHaveLength(2);
});

test('an initramfs is told in one cell or two, and with both ends', () => {
  const fdt = tree();
  const chosen = ensureNode(fdt, '/chosen');
  expect(initrdOf(fdt)).toBeUndefined();
  setProperty(chosen, 'linux,initrd-start', u32Value(0x4000_0000));
  expect(initrdOf(fdt)).toBeUndefined();
  setProperty(chosen, 'linux,initrd-end', u32Value(0x4000_1000));
  expect(initrdOf(fdt)).toEqual({ start: 0x4000_0000n, end: 0x4000_0fffn });
});
