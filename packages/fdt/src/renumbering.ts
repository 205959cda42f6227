import { allNodes, phandleOf } from './phandle.ts';
import type { Fdt, FdtNode } from './tree.ts';

/** Who has which phandle in two trees, found out when somebody asks. */
export class Renumbering {
  readonly #before: Fdt;
  readonly #after: Fdt;
  #known: { readonly old: Owners; readonly present: Owners; readonly pairs: ReadonlyMap<FdtNode, FdtNode> } | undefined;

  constructor(before: Fdt, after: Fdt) {
    this.#before = before;
    this.#after = after;
  }

  /** Whether two values say the same in other numbers: cells that differ are phandles of nodes with the same path. */
  isSame(before: Uint8Array, after: Uint8Array): boolean {
    if (before.length !== after.length || before.length % 4 !== 0) return false;
    const [old, present] = [viewOf(before), viewOf(after)];
    for (let at = 0; at < before.length; at += 4) {
      const [a, b] = [old.getUint32(at), present.getUint32(at)];
      if (a !== b && !this.#isSameNode(a, b)) return false;
    }
    return true;
  }

  #isSameNode(before: number, after: number): boolean {
    this.#known ??= {
      old: ownersIn(this.#before),
      present: ownersIn(this.#after),
      pairs: pairsOf(this.#before.root, this.#after.root),
    };
    const { old, present, pairs } = this.#known;
    const owner = old.get(before);
    return owner !== undefined && pairs.get(owner) !== undefined && pairs.get(owner) === present.get(after);
  }
}

type Owners = ReadonlyMap<number, FdtNode>;

function ownersIn({ root }: Fdt): Owners {
  const owners = new Map<number, FdtNode>();
  for (const node of allNodes(root)) {
    const phandle = phandleOf(node);
    if (phandle !== undefined) owners.set(phandle, node);
  }
  return owners;
}

/** Each node of one tree with that of the same path in another. */
function pairsOf(before: FdtNode, after: FdtNode, pairs: Map<FdtNode, FdtNode> = new Map()): Map<FdtNode, FdtNode> {
  pairs.set(before, after);
  const children = new Map(after.children.map((child) => [child.name, child]));
  for (const child of before.children) {
    const same = children.get(child.name);
    if (same !== undefined) pairsOf(child, same, pairs);
  }
  return pairs;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
