/**
 * A node of a resource tree (the kernel's struct resource). Read it freely; change it only through this package's
 * functions, which keep the tree's order and its indexes.
 */
export interface Resource {
  /** Name as /proc/iomem shows it; may be empty; null prints as `<BAD>`. */
  readonly name: string | null;
  /** First address. */
  readonly start: bigint;
  /** Last address. */
  readonly end: bigint;
  /** {@link IORESOURCE} bits, unsigned 32 bit. */
  readonly flags: number;
  /** One of {@link IORES_DESC}. */
  readonly desc: number;
  /** The resource this one lies in; null for a root and for what is in no tree. */
  readonly parent: Resource | null;
  /** First child in address order. */
  readonly child: Resource | null;
  /** Next sibling in address order. */
  readonly sibling: Resource | null;
  /** Previous sibling. */
  readonly previous: Resource | null;
  /** Upkeep of this package, of no use to others: the leaf of the parent's index that holds this resource. */
  readonly leaf: SiblingIndex | null;
  /** Upkeep too: what is known about the children. */
  readonly family: Family | null;
}

/** Upkeep of a resource's children; most resources have none. */
export interface Family {
  /** Last child. */
  last: Resource | null;
  /** Number of children. */
  count: number;
  /** True once children are out of order or overlap (possible in the kernel by odd adjustments): no index then. */
  irregular: boolean;
  /** Index of the children, once there are many and one is looked up. */
  index: SiblingIndex | null;
  /** First of the children that moved up when this resource was removed: the kernel still heeds them in adjusting. */
  moved: Resource | null;
}

/** The same with its fields open: for this package only. */
export type MutableResource = { -readonly [K in keyof Resource]: Resource[K] };

/**
 * A node of the B+ tree over the children of one resource: leaves hold the children, upper nodes hold nodes. The list
 * of siblings stays the truth, as in the kernel; this only finds a place in it in O(log n).
 *
 * Keys are the addresses as doubles. Rounding keeps their order, but addresses from 2^53 on may compare equal when they
 * are not: a search then ends a little early and walks on in the list, comparing exactly.
 */
export interface SiblingIndex {
  parent: SiblingIndex | null;
  /** Children of the resource, in a leaf only. */
  items: MutableResource[];
  /** Lower nodes, in an upper node only. */
  nodes: SiblingIndex[];
  /** Start of each item (leaf only). */
  starts: number[];
  /** End of each item, or of the last item under each node. */
  ends: number[];
  /**
   * For alignments that were searched for (as power of two): never less than the largest room in front of any item
   * below. Changes only raise it; a search that finds nothing tightens it again.
   */
  room: Map<number, number> | null;
}

/** What a new resource is made of. */
export interface ResourceSpec {
  name: string | null;
  start: bigint;
  end: bigint;
  /** {@link IORESOURCE} bits; MEM by default. */
  flags?: number | undefined;
  /** One of {@link IORES_DESC}; NONE by default. */
  desc?: number | undefined;
}

/** Makes a resource that is in no tree yet. Addresses are taken modulo 2^64. */
export function createResource(spec: ResourceSpec): Resource {
  return newResource(
    spec.name,
    BigInt.asUintN(64, spec.start),
    BigInt.asUintN(64, spec.end),
    (spec.flags ?? 0x200) >>> 0,
    spec.desc ?? 0,
  );
}

/** As {@link createResource} without checks, for hot loops. */
export function newResource(
  name: string | null,
  start: bigint,
  end: bigint,
  flags: number,
  desc: number,
): MutableResource {
  return {
    name,
    start,
    end,
    flags,
    desc,
    parent: null,
    child: null,
    sibling: null,
    previous: null,
    leaf: null,
    family: null,
  };
}

/** The direct children of a resource, in order. */
export function* childrenOf(resource: Resource): Generator<Resource, void, undefined> {
  for (let child = resource.child; child; child = child.sibling) yield child;
}

/** The resource after this one in pre-order within `top` (children first unless skipped), or null. */
export function nextInTree(top: Resource, resource: Resource, skipChildren = false): Resource | null {
  if (!skipChildren && resource.child) return resource.child;
  for (let at: Resource | null = resource; at && at !== top; at = at.parent) if (at.sibling) return at.sibling;
  return null;
}

/** Every resource below `top` in the order in which /proc/iomem lists them. */
export function* descendantsOf(top: Resource): Generator<Resource, void, undefined> {
  for (let at = nextInTree(top, top); at; at = nextInTree(top, at)) yield at;
}

/** How many resources enclose this one, the root not counted: 0 for a root's children. */
export function depthOf(resource: Resource): number {
  let depth = -1;
  for (let at = resource.parent; at; at = at.parent) depth++;
  return Math.max(depth, 0);
}

/** What is known about the children, made when the first one comes. */
export function familyOf(parent: MutableResource): Family {
  parent.family ??= { last: null, count: 0, irregular: false, index: null, moved: null };
  return parent.family;
}

/** Last child. */
export function lastChild(parent: Resource): Resource | null {
  return parent.family ? parent.family.last : null;
}

/** True if the children have to be walked one by one. */
export function isIrregular(parent: Resource): boolean {
  return parent.family?.irregular ?? false;
}
