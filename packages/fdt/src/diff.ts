import { leadsToNodes } from './phandle-properties.ts';
import { Renumbering } from './renumbering.ts';
import type { Fdt, FdtNode, FdtProperty, FdtReservation } from './tree.ts';

/** One difference between two trees, from the first to the second. */
export type FdtChange =
  | { readonly kind: 'boot-cpu'; readonly before: number; readonly after: number }
  | { readonly kind: 'reservation-removed' | 'reservation-added'; readonly reservation: FdtReservation }
  | { readonly kind: 'property-removed' | 'property-added'; readonly path: string; readonly property: FdtProperty }
  | {
      readonly kind: 'property-changed';
      readonly path: string;
      readonly before: FdtProperty;
      readonly after: FdtProperty;
      /**
       * Whether only numbers of phandles differ, and they name the same nodes: as after compiling the same source again. Only of
       * properties that lead to nodes by their names: a number that has changed is told of.
       */
      readonly isRenumbered: boolean;
    }
  /** `path` is that of the node that has it, or had it, as a child. */
  | { readonly kind: 'node-removed' | 'node-added'; readonly path: string; readonly node: FdtNode }
  /** The same things in another order. */
  | { readonly kind: 'reordered'; readonly path: string; readonly what: 'properties' | 'nodes' | 'reservations' };

/**
 * What differs between two trees, node by node: things are matched by their names, so that an order that has changed is one
 * change. Equal trees have none. {@link printDiff} makes text of it.
 */
export function diffFdt(before: Fdt, after: Fdt): FdtChange[] {
  const changes: FdtChange[] = [];
  if (before.bootCpuidPhys !== after.bootCpuidPhys) {
    changes.push({ kind: 'boot-cpu', before: before.bootCpuidPhys, after: after.bootCpuidPhys });
  }
  diffReservations(before.reservations, after.reservations, changes);
  diffNodes(before.root, after.root, '', { changes, renumbering: new Renumbering(before, after) });
  return changes;
}

function diffReservations(
  before: readonly FdtReservation[],
  after: readonly FdtReservation[],
  changes: FdtChange[],
): void {
  const keyOf = ({ address, size }: FdtReservation): string => `${address}+${size}`;
  const missingIn = (those: readonly FdtReservation[], these: readonly FdtReservation[]): FdtReservation[] => {
    const counts = new Map<string, number>();
    for (const entry of those) counts.set(keyOf(entry), (counts.get(keyOf(entry)) ?? 0) + 1);
    return these.filter((entry) => {
      const left = counts.get(keyOf(entry)) ?? 0;
      counts.set(keyOf(entry), left - 1);
      return left <= 0;
    });
  };
  const [removed, added] = [missingIn(after, before), missingIn(before, after)];
  for (const reservation of removed) changes.push({ kind: 'reservation-removed', reservation });
  for (const reservation of added) changes.push({ kind: 'reservation-added', reservation });
  const isReordered = before.map(keyOf).join() !== after.map(keyOf).join();
  if (removed.length + added.length === 0 && isReordered) {
    changes.push({ kind: 'reordered', path: '/', what: 'reservations' });
  }
}

interface Diff {
  readonly changes: FdtChange[];
  readonly renumbering: Renumbering;
}

function diffNodes(before: FdtNode, after: FdtNode, parentPath: string, diff: Diff): void {
  const { changes } = diff;
  const path = parentPath || '/';
  diffProperties(before, after, path, diff);
  const [old, present] = [byName(before.children), byName(after.children)];
  for (const node of before.children) if (!present.has(node.name)) changes.push({ kind: 'node-removed', path, node });
  for (const node of after.children) if (!old.has(node.name)) changes.push({ kind: 'node-added', path, node });
  if (isReordered(before.children, after.children, old, present))
    changes.push({ kind: 'reordered', path, what: 'nodes' });
  for (const node of after.children) {
    const same = old.get(node.name);
    if (same !== undefined) diffNodes(same, node, `${parentPath}/${node.name}`, diff);
  }
}

function diffProperties(before: FdtNode, after: FdtNode, path: string, { changes, renumbering }: Diff): void {
  const [old, present] = [byName(before.properties), byName(after.properties)];
  for (const property of before.properties) {
    const same = present.get(property.name);
    if (same === undefined) changes.push({ kind: 'property-removed', path, property });
    else if (!isEqual(property.value, same.value)) {
      const isRenumbered = leadsToNodes(property.name) && renumbering.isSame(property.value, same.value);
      changes.push({ kind: 'property-changed', path, before: property, after: same, isRenumbered });
    }
  }
  for (const property of after.properties) {
    if (!old.has(property.name)) changes.push({ kind: 'property-added', path, property });
  }
  if (isReordered(before.properties, after.properties, old, present)) {
    changes.push({ kind: 'reordered', path, what: 'properties' });
  }
}

interface Named {
  readonly name: string;
}

function byName<T extends Named>(named: readonly T[]): ReadonlyMap<string, T> {
  return new Map(named.map((one) => [one.name, one]));
}

/** Whether what both have comes in another order. */
function isReordered(
  before: readonly Named[],
  after: readonly Named[],
  old: ReadonlyMap<string, Named>,
  present: ReadonlyMap<string, Named>,
): boolean {
  const stayed = before.filter(({ name }) => present.has(name));
  const found = after.filter(({ name }) => old.has(name));
  return stayed.some(({ name }, index) => found[index]?.name !== name);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
