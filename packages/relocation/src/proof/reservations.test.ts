import {
  ensureNode,
  type Fdt,
  MEMRESERVE_NAME,
  removeProperty,
  serializeFdt,
  setProperty,
  stringValue,
  u32Value,
  u64Value,
} from '@kexeckit/fdt';
import { expect, test } from 'vitest';
import { lastingReservations, reservationsOf } from './reservations.ts';

/** A tree with two cells each, a node that keeps a page, and a memory reservation. */
function tree(cells = 2): Fdt {
  const reservations = [{ address: 0x5000_0000n, size: 0x1234n }];
  const fdt: Fdt = { bootCpuidPhys: 0, reservations, root: { name: '', properties: [], children: [] } };
  const parent = ensureNode(fdt, '/reserved-memory');
  for (const name of ['#address-cells', '#size-cells']) {
    setProperty(fdt.root, name, u32Value(2));
    setProperty(parent, name, u32Value(cells));
  }
  setProperty(parent, 'ranges', new Uint8Array());
  setProperty(ensureNode(fdt, '/reserved-memory/secure'), 'reg', reg(0x4000_0000n, 0x1000n));
  return fdt;
}

const reg = (start: bigint, size: bigint): Uint8Array => Uint8Array.from([...u64Value(start), ...u64Value(size)]);

const starts = (ranges: readonly { start: bigint }[]): bigint[] => ranges.map(({ start }) => start);

test('/reserved-memory counts where its cells are those of the root, as Linux has it', () => {
  expect(starts(reservationsOf(tree()))).toEqual([0x4000_0000n, 0x5000_0000n]);
  expect(starts(reservationsOf(tree(1)))).toEqual([0x5000_0000n]);
});

test('/reserved-memory counts where it says what its cells and addresses are, as Linux has it', () => {
  for (const name of ['#address-cells', '#size-cells', 'ranges']) {
    const fdt = tree();
    removeProperty(ensureNode(fdt, '/reserved-memory'), name);
    expect(starts(reservationsOf(fdt)), name).toEqual([0x5000_0000n]);
  }
});

test('what wraps ends with the addresses, as Linux has it', () => {
  const fdt = tree();
  const [top, end] = [0xffff_ffff_ffff_f000n, (1n << 64n) - 1n];
  setProperty(ensureNode(fdt, '/reserved-memory/top'), 'reg', reg(top, end));
  setProperty(ensureNode(fdt, '/reserved-memory/disabled'), 'reg', reg(top, end));
  setProperty(ensureNode(fdt, '/reserved-memory/disabled'), 'status', stringValue('disabled'));
  fdt.reservations.push({ address: end, size: 2n });
  expect(reservationsOf(fdt).slice(2)).toEqual([
    { name: 'top', start: top, end, noMap: false },
    { name: MEMRESERVE_NAME, start: end, end, noMap: false },
  ]);
});

test('a node whose reg is not whole entries is passed over, as Linux does', () => {
  const fdt = tree();
  setProperty(ensureNode(fdt, '/reserved-memory/damaged'), 'reg', new Uint8Array(12));
  expect(starts(reservationsOf(fdt))).toEqual([0x4000_0000n, 0x5000_0000n]);
});

test('what a tree keeps is what it reserves, what its firmware uses, and not what ends with the kernel', () => {
  const fdt = tree();
  setProperty(ensureNode(fdt, '/chosen'), 'linux,initrd-start', u64Value(0x5000_0000n));
  setProperty(ensureNode(fdt, '/chosen'), 'linux,initrd-end', u64Value(0x5000_1234n));
  const cpu = ensureNode(fdt, '/cpus/cpu@1');
  setProperty(cpu, 'enable-method', stringValue('spin-table'));
  setProperty(cpu, 'cpu-release-addr', u64Value(0x6000_0000n));
  expect(starts(lastingReservations(serializeFdt(fdt)))).toEqual([0x4000_0000n, 0x6000_0000n]);
});
