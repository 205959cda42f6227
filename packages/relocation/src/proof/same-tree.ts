import type { Fdt, FdtNode, FdtProperty } from '@kexeckit/fdt';
import type { Range } from '@kexeckit/ioport';
import { hex } from '../page.ts';
import { withoutRegionNode } from '../region-node.ts';
import { chosenOf, setInChosen, staleInChosen } from './chosen.ts';
import { endingEntries, initrdOf, keepsInitrd } from './own-entries.ts';
import { firstDifference } from './same-bytes.ts';

/**
 * Where the next kernel's tree first differs from the machine's otherwise than by a kexec: it must tell of the same machine.
 * Undefined where it does not. Linear in the size of both. The node that keeps a region is looked at elsewhere.
 *
 * @param machineSize bytes of the machine's blob.
 * @param initrd where the next kernel's initramfs stands.
 * @throws FdtError for a tree with two nodes that answer to `/chosen`.
 */
export function firstTreeDifference(
  next: Fdt,
  machine: Fdt,
  machineSize: number,
  initrd: Range | undefined,
): string | undefined {
  if (next.bootCpuidPhys !== machine.bootCpuidPhys)
    return `it boots CPU ${hex(BigInt(next.bootCpuidPhys))}, and the machine ${hex(BigInt(machine.bootCpuidPhys))}`;
  return (
    blockDifference(next, machine, endingEntries(machine, machineSize), initrd) ??
    rootDifference(withoutRegionNode(next), withoutRegionNode(machine))
  );
}

/** The memory reservation block: in the same order, but for what ends with the old kernel, and what keeps the next initramfs. */
function blockDifference(
  next: Fdt,
  machine: Fdt,
  ending: ReadonlySet<Entry>,
  initrd: Range | undefined,
): string | undefined {
  const old = initrdOf(machine);
  let at = 0;
  for (const entry of machine.reservations) {
    while (isInitrd(next.reservations[at], initrd) && !isSame(next.reservations[at], entry)) at += 1;
    if (isSame(next.reservations[at], entry)) {
      if (isInitrd(entry, old) && !isInitrd(entry, initrd))
        return `it reserves ${placeOf(entry)}, where the running kernel's initramfs was`;
      at += 1;
    } else if (!ending.has(entry)) return `it does not reserve ${placeOf(entry)}, as the machine's does`;
  }
  const more = next.reservations.slice(at).find((entry) => !keepsInitrd(entry, initrd));
  return more && `it reserves ${placeOf(more)}, and the machine's does not`;
}

type Entry = Fdt['reservations'][number];

const isInitrd = (entry: Entry | undefined, initrd: Range | undefined): boolean =>
  entry !== undefined && keepsInitrd(entry, initrd);

const isSame = (one: Entry | undefined, other: Entry): boolean =>
  one?.address === other.address && one.size === other.size;

const placeOf = ({ address, size }: Entry): string => `${hex(size)} bytes at ${hex(address)}`;

/** All nodes. A machine that has no `/chosen` gets one. */
function rootDifference(next: Fdt, machine: Fdt): string | undefined {
  const chosen = chosenOf(next);
  const real = chosenOf(machine);
  const root = real === undefined ? without(next.root, chosen) : next.root;
  const added =
    real === undefined && chosen !== undefined ? chosenDifference(chosen, { ...chosen, ...NOTHING }) : undefined;
  return added ?? nodeDifference(root, machine.root, '', real);
}

const NOTHING = { properties: [], children: [] };

const without = (node: FdtNode, child: FdtNode | undefined): FdtNode => ({
  ...node,
  children: node.children.filter((each) => each !== child),
});

function nodeDifference(next: FdtNode, real: FdtNode, path: string, chosen?: FdtNode): string | undefined {
  if (real === chosen) return chosenDifference(next, real);
  return (
    propertyDifference(next.properties, real.properties, path) ??
    childDifference(next.children, real.children, path, chosen)
  );
}

/** The same children, in the same order. */
function childDifference(
  next: readonly FdtNode[],
  real: readonly FdtNode[],
  path: string,
  chosen: FdtNode | undefined,
): string | undefined {
  for (const [index, child] of next.entries()) {
    const other = real[index];
    const where = `${path}/${child.name}`;
    if (other === undefined) return `it has ${where}, and the machine's has not`;
    if (other.name !== child.name) return `it has ${where} where the machine's has ${path}/${other.name}`;
    const found = nodeDifference(child, other, where, chosen);
    if (found !== undefined) return found;
  }
  const missing = real[next.length];
  return missing && `it does not have ${path}/${missing.name}`;
}

/** `/chosen`, but for what a kexec writes, and what it takes out. */
function chosenDifference(next: FdtNode, real: FdtNode): string | undefined {
  const path = `/${real.name}`;
  const lasting = ({ name }: FdtProperty): boolean => !setInChosen.includes(name) && !staleInChosen.includes(name);
  return (
    propertyDifference(next.properties.filter(lasting), real.properties.filter(lasting), path) ??
    childDifference(next.children, real.children, path, undefined)
  );
}

/** The same properties, whatever their order. */
function propertyDifference(
  next: readonly FdtProperty[],
  real: readonly FdtProperty[],
  path: string,
): string | undefined {
  const values = new Map(real.map(({ name, value }) => [name, value]));
  for (const { name, value } of next) {
    const other = values.get(name);
    if (other === undefined) return `${path || '/'} has ${name}, and the machine's has not`;
    if (value.length !== other.length || firstDifference(value, other) >= 0)
      return `${path || '/'} has another ${name} than the machine's`;
    values.delete(name);
  }
  const [missing] = values.keys();
  return missing === undefined ? undefined : `${path || '/'} does not have ${missing}`;
}
