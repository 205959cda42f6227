import { describe, expect, test } from 'vitest';
import { dmaReach } from './dma.ts';
import { parseFdt } from './parse.ts';
import { ensureNode } from './path.ts';
import { setProperty } from './property.ts';
import { thrownBy } from './testing/errors.ts';
import { fixture } from './testing/fixtures.ts';
import type { Fdt, FdtNode } from './tree.ts';
import { cellsValue, stringValue, u32Value } from './values.ts';

const tree = (): Fdt => {
  const fdt: Fdt = { bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } };
  setProperty(fdt.root, '#address-cells', u32Value(2));
  setProperty(fdt.root, '#size-cells', u32Value(2));
  return fdt;
};

/** A bus of so many cells with these windows. */
function bus(fdt: Fdt, path: string, addressCells: number, sizeCells: number, ...windows: number[]): FdtNode {
  const node = ensureNode(fdt, path);
  setProperty(node, '#address-cells', u32Value(addressCells));
  setProperty(node, '#size-cells', u32Value(sizeCells));
  setProperty(node, 'dma-ranges', cellsValue(...windows));
  return node;
}

describe('dmaReach', () => {
  test('of a tree without windows is not limited', () => {
    expect(dmaReach(tree())).toBeUndefined();
    expect(dmaReach(parseFdt(fixture('qemu-virt-gicv3-2g.dtb')))).toBeUndefined();
    const fdt = tree();
    bus(fdt, '/soc', 1, 1);
    expect(dmaReach(fdt)).toBeUndefined();
  });

  test('is the highest end of a bus, and the least of all buses', () => {
    const fdt = tree();
    bus(fdt, '/soc', 1, 1, 0, 0, 0, 0x4000_0000, 0x8000_0000, 0, 0x8000_0000, 0x1000_0000);
    expect(dmaReach(fdt)).toBe(0x9000_0000n);
    // A PCI bus: three cells of address, the first of flags.
    bus(fdt, '/pcie', 3, 2, 0x0200_0000, 0, 0, 0, 0, 0, 0xc000_0000);
    expect(dmaReach(fdt)).toBe(0x9000_0000n);
    bus(fdt, '/emmc2bus', 2, 1, 0, 0xc000_0000, 0, 0, 0x4000_0000);
    expect(dmaReach(fdt)).toBe(0x4000_0000n);
  });

  test('of a bus under a bus is translated by that', () => {
    const fdt = tree();
    bus(fdt, '/soc', 1, 1, 0x1000_0000, 0x8, 0, 0x4000_0000);
    bus(fdt, '/soc/inner', 1, 1, 0, 0x2000_0000, 0x1000_0000);
    expect(dmaReach(fdt)).toBe(0x8_2000_0000n);
    // What the bus above has no place for says nothing.
    bus(fdt, '/soc/lost', 1, 1, 0, 0x9000_0000, 0x1000);
    expect(dmaReach(fdt)).toBe(0x8_2000_0000n);
  });

  test('leaves out what is disabled', () => {
    const fdt = tree();
    setProperty(bus(fdt, '/soc', 1, 1, 0, 0, 0, 0x4000_0000), 'status', stringValue('disabled'));
    expect(dmaReach(fdt)).toBeUndefined();
  });

  test('refuses what is not whole windows', () => {
    const fdt = tree();
    bus(fdt, '/soc', 1, 1, 0, 0, 0);
    expect(thrownBy(() => dmaReach(fdt))).toMatchObject({ code: 'EINVAL' });
    bus(fdt, '/soc', 5, 1, 0, 0, 0);
    expect(thrownBy(() => dmaReach(fdt))).toMatchObject({ code: 'ERANGE' });
  });
});
