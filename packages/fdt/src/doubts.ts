import { isDynamic, whyUnreadable } from './dynamic.ts';
import { isAvailable } from './memory.ts';
import { getProperty } from './property.ts';
import { cellCounts } from './reg.ts';
import { whyReservedIgnored } from './reserved-node.ts';
import type { Fdt, FdtNode } from './tree.ts';

/** Something in a tree that Linux reads otherwise than its author may have meant. */
export interface LinuxDoubt {
  /** The node's path. */
  readonly path: string;
  /** What it is, in words. */
  readonly problem: string;
  /** What Linux makes of it, in words. */
  readonly reading: string;
}

/** What Linux reads otherwise than it may be meant, of what says where memory is: see each `reading`. */
export function linuxDoubts(fdt: Fdt): LinuxDoubt[] {
  return [...rootDoubts(fdt), ...memoryDoubts(fdt), ...reservedDoubts(fdt)];
}

function rootDoubts({ root }: Fdt): LinuxDoubt[] {
  return ['#address-cells', '#size-cells']
    .filter((name) => getProperty(root, name) === undefined)
    .map((name) => ({
      path: '/',
      problem: `the root node has no ${name}`,
      reading: `Linux takes 1 cell, where the specification has ${name === '#size-cells' ? '1' : '2'}`,
    }));
}

function memoryDoubts(fdt: Fdt): LinuxDoubt[] {
  const nodes = fdt.root.children.filter((node) => textIs(node, 'device_type', 'memory') && isAvailable(node));
  if (nodes.length === 0) return withoutMemory(fdt);
  return nodes.flatMap((node): LinuxDoubt[] => {
    const path = `/${node.name}`;
    const name = getProperty(node, 'linux,usable-memory') === undefined ? 'reg' : 'linux,usable-memory';
    const value = getProperty(node, name);
    if (value === undefined) return [{ path, problem: 'it has no reg', reading: 'Linux takes no memory from it' }];
    const { addressCells, sizeCells } = cellCounts(fdt.root);
    const entry = (addressCells + sizeCells) * 4;
    if (entry === 0 || value.length % entry !== 0) {
      const reading = 'Linux reads the whole ones and ignores the rest';
      return [{ path, problem: `its ${name} is not whole entries of ${entry} bytes`, reading }];
    }
    if (!hasNoSize(value, addressCells * 4, entry)) return [];
    return [{ path, problem: `all sizes in its ${name} are 0`, reading: 'Linux takes no memory from it' }];
  });
}

function withoutMemory({ root }: Fdt): LinuxDoubt[] {
  const chosen = root.children.find(({ name }) => name === 'chosen');
  const has = (name: string): boolean => chosen !== undefined && getProperty(chosen, name) !== undefined;
  const problem = 'there is no memory node';
  if (!has('linux,uefi-system-table') || !has('linux,uefi-mmap-start')) {
    return [{ path: '/', problem, reading: 'Linux has no memory, and nothing of UEFI that would say where it is' }];
  }
  if (has('linux,uefi-secure-boot')) return [];
  const reading = "Linux takes UEFI's memory map; Ubuntu's kernels do so only with linux,uefi-secure-boot in /chosen";
  return [{ path: '/', problem, reading }];
}

function reservedDoubts(fdt: Fdt): LinuxDoubt[] {
  const parent = fdt.root.children.find(({ name }) => name === 'reserved-memory');
  if (parent === undefined || parent.children.length === 0) return [];
  const why = whyReservedIgnored(fdt, parent);
  const path = '/reserved-memory';
  if (why !== undefined)
    return [{ path, problem: why, reading: 'Linux ignores all nodes in it: nothing of them is reserved' }];
  return parent.children.filter(isAvailable).flatMap((node): LinuxDoubt[] => {
    const problem = isDynamic(node) ? whyUnreadable(fdt, node) : whyNoRanges(fdt, node);
    return problem === undefined
      ? []
      : [{ path: `${path}/${node.name}`, problem, reading: 'Linux reserves nothing for it' }];
  });
}

function whyNoRanges(fdt: Fdt, node: FdtNode): string | undefined {
  const { addressCells, sizeCells } = cellCounts(fdt.root);
  const entry = (addressCells + sizeCells) * 4;
  const reg = getProperty(node, 'reg');
  if (reg === undefined) return 'it has neither reg nor size';
  if (entry === 0 || reg.length % entry !== 0) return `its reg is not whole entries of ${entry} bytes`;
  return hasNoSize(reg, addressCells * 4, entry) ? 'all sizes in its reg are 0' : undefined;
}

/** Whether the sizes of all entries are 0; each stands behind `skip` bytes of address. */
function hasNoSize(value: Uint8Array, skip: number, entry: number): boolean {
  return value.every((byte, at) => byte === 0 || at % entry < skip);
}

function textIs(node: FdtNode, name: string, text: string): boolean {
  const value = getProperty(node, name);
  return value !== undefined && new TextDecoder().decode(value) === `${text}\0`;
}
