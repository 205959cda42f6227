import { isAvailable } from './memory.ts';
import { getProperty } from './property.ts';
import { cellCounts, readTriples } from './reg.ts';
import type { Fdt, FdtNode } from './tree.ts';

/** A window of a bus: what its devices see at `child` is `size` bytes at `parent` on the bus above. */
interface DmaWindow {
  child: bigint;
  parent: bigint;
  size: bigint;
}

/** `dma-ranges` of a bus (Devicetree Specification 2.3.9); undefined where it has none, empty where nothing is translated. */
function windowsOf(bus: FdtNode, above: FdtNode): DmaWindow[] | undefined {
  const value = getProperty(bus, 'dma-ranges');
  if (value === undefined) return undefined;
  return readTriples(value, cellCounts(bus), cellCounts(above).addressCells, `dma-ranges of '${bus.name}'`);
}

/**
 * The first physical address that not every bus master reaches, by the `dma-ranges` of all buses that are not disabled: of
 * each bus the highest address of its windows, of all buses the least, as Linux takes it for its DMA zone. Undefined
 * where no bus has windows: nothing is limited.
 *
 * @throws FdtError `EINVAL` for a malformed value, `ERANGE` for cell counts outside 0 to 4
 */
export function dmaReach(fdt: Fdt): bigint | undefined {
  return reachBelow(fdt.root, []);
}

/** @param above The buses between the node and memory, the nearest last. */
function reachBelow(node: FdtNode, above: readonly FdtNode[]): bigint | undefined {
  const parent = above.at(-1);
  const windows = (parent && windowsOf(node, parent)) ?? [];
  const ends = windows.map((window) => translated(window, above)).filter((end) => end !== undefined);
  const own = ends.length === 0 ? undefined : ends.reduce((most, end) => (end > most ? end : most));
  const path = [...above, node];
  return node.children
    .filter(isAvailable)
    .map((child) => reachBelow(child, path))
    .reduce((least, reach) => (least === undefined || (reach !== undefined && reach < least) ? reach : least), own);
}

/** The end of a window in memory: what it gives is translated by every bus above. Undefined where one has no place for it. */
function translated({ parent, size }: DmaWindow, above: readonly FdtNode[]): bigint | undefined {
  let address = parent;
  for (let at = above.length - 1; at > 0; at--) {
    const [bus, next] = [above[at], above[at - 1]];
    const windows = bus && next && windowsOf(bus, next);
    // Without windows, or without the property, addresses are the same on both sides.
    if (windows === undefined || windows.length === 0) continue;
    const window = windows.find(({ child, size: length }) => child <= address && address < child + length);
    if (window === undefined) return undefined;
    address = window.parent + (address - window.child);
  }
  return address + size;
}
