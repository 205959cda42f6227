import {
  type CellCounts,
  cellCounts,
  cellsValue,
  ensureNode,
  type Fdt,
  type FdtNode,
  getProperty,
  readReg,
  removeNode,
  setProperty,
  stringValue,
} from '@kexeckit/fdt';
import { type Range, rangeSize } from '@kexeckit/ioport';
import { RelocationError } from './error.ts';
import { hex, MIB2 } from './page.ts';

const PARENT = 'reserved-memory';
const PATH = `/${PARENT}`;
const NAME = 'kexec-region';
const COMPATIBLE = 'kexeckit,region';
/** Exactly these: a node that says more is somebody else's. */
const PROPERTIES: readonly string[] = ['compatible', 'no-map', 'reg'];

/**
 * The name of the node that keeps a range of RAM from the kernel that reads the tree, for the kernel after it. Linux does not
 * map what a `no-map` node names, and no driver knows its `compatible`.
 */
export const regionNodeName = ({ start }: Range): string => `${NAME}@${start.toString(16)}`;

/**
 * What the region's node of a tree keeps; undefined where there is none, where it is not just what {@link setRegionNode} writes,
 * where Linux would not read it, and where there are several.
 *
 * @throws FdtError for cells that cannot be read.
 */
export function regionNodeOf(fdt: Fdt): Range | undefined {
  const nodes = parentOf(fdt)?.children.filter(isRegionNode) ?? [];
  const [node] = nodes;
  return node === undefined || nodes.length > 1 ? undefined : rangeOf(node, fdt);
}

/** The tree without the region's node, and without `/reserved-memory` where nothing is left in it. The tree given stays as it is. */
export function withoutRegionNode(fdt: Fdt): Fdt {
  const has = regionNodeOf(fdt) !== undefined;
  const rest = ({ children }: FdtNode): FdtNode[] => (has ? children.filter((node) => !isRegionNode(node)) : children);
  const children = fdt.root.children
    .map((node) => (node.name === PARENT ? { ...node, children: rest(node) } : node))
    .filter((node) => node.name !== PARENT || node.children.length > 0);
  return { ...fdt, root: { ...fdt.root, children } };
}

const parentOf = ({ root }: Fdt): FdtNode | undefined => root.children.find(({ name }) => name === PARENT);

/**
 * Writes the node for this range into a tree, in the place of the one that was there; without a range, takes that out.
 *
 * @throws RelocationError `EINVAL` where Linux would not read it in this tree: a range off the boundaries of 2 MiB, or a
 * `/reserved-memory` of another kind.
 */
export function setRegionNode(fdt: Fdt, range: Range | undefined): void {
  const before = regionNodeOf(fdt);
  if (before !== undefined) removeNode(fdt, `${PATH}/${regionNodeName(before)}`);
  if (range !== undefined) addNode(fdt, range);
  else if (before !== undefined && parentOf(fdt)?.children.length === 0) removeNode(fdt, PATH);
}

/**
 * Why Linux ignores whatever stands in a `/reserved-memory`, in words; undefined where it reads it
 * (__reserved_mem_check_root in drivers/of/fdt.c).
 */
export function whyIgnored(parent: FdtNode, { addressCells, sizeCells }: CellCounts): string | undefined {
  const missing = ['#address-cells', '#size-cells', 'ranges'].find((name) => getProperty(parent, name) === undefined);
  if (missing !== undefined) return `it has no ${missing}`;
  const own = cellCounts(parent);
  return own.addressCells === addressCells && own.sizeCells === sizeCells ? undefined : "its cells are not the root's";
}

/**
 * Why no node can be added to this tree, in words; undefined where one can. To a `/reserved-memory` that Linux ignores what it
 * lacks is not added where something stands in it: that would be read then, too, and take memory that this kernel has. Beside a
 * node of this name that cannot be used, or several, nobody could tell which of them counts.
 */
export function whyNoRegionNode(fdt: Fdt): string | undefined {
  const parent = parentOf(fdt);
  const ignored = parent === undefined ? undefined : whyIgnored(parent, cellCounts(fdt.root));
  if (ignored !== undefined && parent?.children.length !== 0)
    return `Linux ignores the machine's ${PATH}, as ${ignored}`;
  const names = parent?.children.filter(isRegionNode).map(({ name }) => name) ?? [];
  if (names.length === 0 || regionNodeOf(fdt) !== undefined) return undefined;
  const why = names.length > 1 ? 'and there may be one' : 'which keeps nothing that a kernel could be placed in';
  return `the machine's ${PATH} has ${names.join(', ')}, ${why}`;
}

/** Whether a tree is a stub, as beside ACPI: nothing in it but `/chosen`, and Xen's node. */
export const isStubTree = (fdt: Fdt): boolean =>
  withoutRegionNode(fdt).root.children.every(({ name }) => name === 'chosen' || name === 'hypervisor');

function addNode(fdt: Fdt, range: Range): void {
  const counts = cellCounts(fdt.root);
  const { addressCells, sizeCells } = counts;
  const parent = ensureNode(fdt, PATH);
  const why = whyNoRegionNode(fdt);
  if (why !== undefined)
    throw new RelocationError(
      'EINVAL',
      `no node can keep ${hex(range.start)} to ${hex(range.end)}: ${why}`,
      'choose another strategy, or reserve nothing; the device tree is to be mended in firmware',
      { address: range.start },
    );
  if (whyIgnored(parent, counts) !== undefined) {
    setProperty(parent, '#address-cells', cellsValue(addressCells));
    setProperty(parent, '#size-cells', cellsValue(sizeCells));
    setProperty(parent, 'ranges', new Uint8Array());
  }
  const node = ensureNode(fdt, `${PATH}/${regionNodeName(range)}`);
  setProperty(node, 'compatible', stringValue(COMPATIBLE));
  setProperty(node, 'reg', cellsValue(...cells(range.start, addressCells), ...cells(rangeSize(range), sizeCells)));
  setProperty(node, 'no-map', new Uint8Array());
  const { start, end } = regionNodeOf(fdt) ?? { start: -1n, end: -1n };
  if (start !== range.start || end !== range.end)
    throw new RelocationError(
      'EINVAL',
      `no ${PATH}/${regionNodeName(range)} can be added to keep ${hex(range.start)} to ${hex(range.end)}`,
      'choose another strategy, or reserve nothing',
      { address: range.start },
    );
}

/** A number in so many cells, the highest first. */
const cells = (value: bigint, count: number): bigint[] =>
  Array.from({ length: count }, (_, index) => (value >> BigInt(32 * (count - 1 - index))) & 0xffff_ffffn);

function isRegionNode(node: FdtNode): boolean {
  const names = node.properties.map(({ name }) => name).sort();
  const compatible = getProperty(node, 'compatible');
  return (
    node.name.startsWith(`${NAME}@`) &&
    node.children.length === 0 &&
    names.join() === PROPERTIES.join() &&
    new TextDecoder().decode(compatible) === `${COMPATIBLE}\0` &&
    getProperty(node, 'no-map')?.length === 0
  );
}

/** One range, on the boundaries that kernels are placed on, under the node's own name. */
function rangeOf(node: FdtNode, fdt: Fdt): Range | undefined {
  const parent = parentOf(fdt);
  const counts = cellCounts(fdt.root);
  if (parent === undefined || whyIgnored(parent, counts) !== undefined) return undefined;
  const value = getProperty(node, 'reg')?.length ?? 0;
  if (value !== 4 * (counts.addressCells + counts.sizeCells)) return undefined;
  const [entry] = readReg(node, counts.addressCells, counts.sizeCells);
  if (entry === undefined || entry.size === 0n || (entry.address | entry.size) % MIB2 !== 0n) return undefined;
  const range = { start: entry.address, end: entry.address + entry.size - 1n };
  return node.name === regionNodeName(range) ? range : undefined;
}
