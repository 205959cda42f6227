import { cellCounts, FdtError, findNode, getProperty, parseFdt, readReg, readString, readStrings } from '@kexeckit/fdt';
import type { Console } from '@kexeckit/reboot';

/**
 * The console that the device tree names in `/chosen/stdout-path`, if it is a PL011 that stands at the tree's root: what
 * others do to its registers is not known, and behind a bus its address would have to be translated.
 */
export function consoleOf(blob: Uint8Array): Console | undefined {
  try {
    const fdt = parseFdt(blob);
    const chosen = findNode(fdt, '/chosen');
    const said = chosen && getProperty(chosen, 'stdout-path');
    if (said === undefined) return undefined;
    // `path:options`, or an alias instead of the path.
    const [name = ''] = readString(said).split(':');
    const aliases = findNode(fdt, '/aliases');
    const alias = aliases && getProperty(aliases, name);
    const path = alias === undefined ? name : readString(alias);
    const node = /^\/[^/]+$/.test(path) ? findNode(fdt, path) : undefined;
    const compatible = node && getProperty(node, 'compatible');
    if (node === undefined || compatible === undefined || !readStrings(compatible).includes('arm,pl011'))
      return undefined;
    const { addressCells, sizeCells } = cellCounts(fdt.root);
    const [reg] = readReg(node, addressCells, sizeCells);
    return reg && { kind: 'pl011', address: reg.address };
  } catch (error) {
    if (error instanceof FdtError) return undefined;
    throw error;
  }
}
