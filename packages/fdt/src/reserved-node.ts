import { getProperty } from './property.ts';
import { cellCounts } from './reg.ts';
import type { Fdt, FdtNode } from './tree.ts';

/**
 * Why Linux ignores all that stands in a `/reserved-memory`, in words; undefined where it reads it
 * (__reserved_mem_check_root in drivers/of).
 */
export function whyReservedIgnored(fdt: Fdt, node: FdtNode): string | undefined {
  const missing = ['#address-cells', '#size-cells', 'ranges'].find((name) => getProperty(node, name) === undefined);
  if (missing !== undefined) return `it has no ${missing}`;
  const [own, root] = [cellCounts(node), cellCounts(fdt.root)];
  const isSame = own.addressCells === root.addressCells && own.sizeCells === root.sizeCells;
  return isSame ? undefined : "its #address-cells and #size-cells are not the root node's";
}
