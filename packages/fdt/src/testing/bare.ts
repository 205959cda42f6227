import { parseFdt } from '../parse.ts';
import type { Fdt, FdtNode } from '../tree.ts';

/** A tree without the notes of how its blob was laid out. */
export function bare({ bootCpuidPhys, reservations, root }: Fdt): Fdt {
  return { bootCpuidPhys, reservations, root: bareNode(root) };
}

function bareNode({ name, properties, children }: FdtNode): FdtNode {
  return {
    name,
    properties: properties.map((property) => ({ name: property.name, value: property.value })),
    children: children.map(bareNode),
  };
}

/** Reads a blob for its tree alone. */
export const parseBare = (blob: Uint8Array): Fdt => bare(parseFdt(blob));
