import { nodesAlong } from './path.ts';
import { getProperty } from './property.ts';
import { join } from './reg.ts';
import type { Fdt, FdtNode } from './tree.ts';
import { readCells, readU32 } from './values.ts';

/** A range of a device's `reg`, where the CPU sees it. */
export interface TranslatedRange {
  /** Undefined where a bus on the way has no place for it: the CPU does not reach it by an address. */
  readonly address: bigint | undefined;
  readonly size: bigint;
}

/** What numbers on a bus are made of. */
interface Bus {
  readonly addressCells: number;
  readonly sizeCells: number;
  /** Bits of the first cell that say which of several spaces an address is in; all must be the same. 0: it is a plain number. */
  readonly spaceBits: number;
}

/**
 * The ranges of a node's `reg` as the CPU sees them, through the `ranges` of every bus above (Devicetree Specification
 * 2.3.8), as Linux translates them: no `ranges`, and nothing below is reached; an empty one, and nothing changes.
 *
 * @returns an entry for each of `reg`; empty where there is no such node or `reg`
 * @throws FdtError as {@link findNode}, `EINVAL` for cells that are not whole
 */
export function translateReg(fdt: Fdt, path: string): TranslatedRange[] {
  const nodes = nodesAlong(fdt, path);
  const node = nodes?.at(-1);
  const reg = node && getProperty(node, 'reg');
  if (nodes === undefined || reg === undefined || nodes.length < 2) return [];
  const above = nodes.slice(0, -1);
  const bus = busOf(above);
  const step = bus.addressCells + bus.sizeCells;
  const cells = readCells(reg);
  return Array.from({ length: step === 0 ? 0 : Math.floor(cells.length / step) }, (_, index) => {
    const entry = cells.slice(index * step, (index + 1) * step);
    return {
      address: translate(above, entry.slice(0, bus.addressCells)),
      size: BigInt.asUintN(64, join(entry.slice(bus.addressCells))),
    };
  });
}

/**
 * The address that the CPU uses for one on the bus of a node, the cells of which are given as one number: for PCI the flags
 * come first, as in `reg`.
 *
 * @param path the bus: the node whose children have such addresses
 * @returns undefined where there is no such node, or no place for the address
 * @throws FdtError as {@link findNode}, `EINVAL` for cells that are not whole
 */
export function translateAddress(fdt: Fdt, path: string, address: bigint): bigint | undefined {
  const nodes = nodesAlong(fdt, path);
  if (nodes === undefined) return undefined;
  const bus = busOf(nodes);
  return isCountable(bus) ? translate(nodes, cellsOf(address, bus.addressCells)) : undefined;
}

/** @param above the buses from the root to the one that has the address */
function translate(above: readonly FdtNode[], address: readonly number[]): bigint | undefined {
  let cells: readonly number[] | undefined = address;
  for (let depth = above.length; depth > 1 && cells !== undefined; depth--) {
    cells = throughBus(above.slice(0, depth), cells);
  }
  return cells === undefined || !isCountable(busOf(above)) ? undefined : BigInt.asUintN(64, join(cells));
}

/** The cells of an address on the bus above; undefined where that has no place for it. */
function throughBus(nodes: readonly FdtNode[], address: readonly number[]): readonly number[] | undefined {
  const node = nodes.at(-1);
  const [bus, parent] = [busOf(nodes), busOf(nodes.slice(0, -1))];
  const ranges = node && getProperty(node, 'ranges');
  if (ranges === undefined || !isCountable(bus) || !isCountable(parent)) return undefined;
  if (ranges.length === 0) return cellsOf(BigInt.asUintN(64, join(address)), parent.addressCells);
  const step = bus.addressCells + parent.addressCells + bus.sizeCells;
  const cells = readCells(ranges);
  for (let at = 0; at + step <= cells.length; at += step) {
    const base = cells.slice(at, at + bus.addressCells);
    const parentAt = at + bus.addressCells;
    const size = join(cells.slice(parentAt + parent.addressCells, at + step));
    const offset = offsetIn(bus, base, address, BigInt.asUintN(64, size));
    if (offset === undefined) continue;
    return cellsOf(join(cells.slice(parentAt, parentAt + parent.addressCells)) + offset, parent.addressCells);
  }
  return undefined;
}

function offsetIn(bus: Bus, base: readonly number[], address: readonly number[], size: bigint): bigint | undefined {
  const flags = bus.spaceBits === 0 ? 0 : 1;
  if (flags > 0 && (((base[0] ?? 0) ^ (address[0] ?? 0)) & bus.spaceBits) !== 0) return undefined;
  const number = (cells: readonly number[]): bigint => BigInt.asUintN(64, join(cells.slice(flags)));
  const offset = number(address) - number(base);
  return offset >= 0n && offset < size ? offset : undefined;
}

function cellsOf(number: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) =>
    Number(BigInt.asUintN(32, number >> BigInt(32 * (count - 1 - index)))),
  );
}

const isCountable = ({ addressCells, sizeCells }: Bus): boolean =>
  addressCells > 0 && addressCells <= 4 && sizeCells > 0;

/** The bus that the last of the nodes is. A count that it lacks is that of the nearest node above which has one, or 1. */
function busOf(nodes: readonly FdtNode[]): Bus {
  const node = nodes.at(-1);
  const addressCells = nearest(nodes, '#address-cells');
  return { addressCells, sizeCells: nearest(nodes, '#size-cells'), spaceBits: spaceBits(node, addressCells) };
}

function spaceBits(node: FdtNode | undefined, addressCells: number): number {
  const type = node && getProperty(node, 'device_type');
  const isPci = type !== undefined && /^pci(ex)?\0/.test(new TextDecoder().decode(type));
  if (addressCells === 3) return isPci || /^pcie?(@|$)/.test(node?.name ?? '') ? 0x03000000 : 0xffffffff;
  return addressCells === 2 && /^isa(@|$)/.test(node?.name ?? '') ? 1 : 0;
}

function nearest(nodes: readonly FdtNode[], name: string): number {
  for (const node of nodes.toReversed()) {
    const value = getProperty(node, name);
    if (value !== undefined) return readU32(value);
  }
  return 1;
}
