import { hasFlags, IORESOURCE } from './flags.ts';
import { higher, lower, type Range } from './range.ts';
import { childrenOf, isIrregular, type Resource } from './resource.ts';
import type { ResourceTree } from './tree.ts';

/**
 * What a range of memory is for:
 * · `usable` System RAM that nothing else claims;
 * · `running kernel` the code and data of the kernel that wrote the map;
 * · `crash region`, `kexec region` where the next kernel is loaded (`crashkernel=`, `kexeckernel=`), wherever they stand;
 * · `reserved` RAM that the kernel has given to somebody: page tables, initramfs, CMA, drivers;
 * · `no-map` RAM that the kernel never maps: `reserved` outside of System RAM (no-map regions of the device tree, flash,
 *   UEFI's runtime services);
 * · `firmware` tables and ROMs of the firmware;
 * · `driver-managed` memory that a driver hands out (virtio-mem, dax/kmem, persistent memory): not a place for segments;
 * · `device` registers and windows of devices;
 * · `unknown` a resource without a name outside RAM.
 */
export type Role =
  | 'usable'
  | 'running kernel'
  | 'crash region'
  | 'kexec region'
  | 'reserved'
  | 'no-map'
  | 'firmware'
  | 'driver-managed'
  | 'device'
  | 'unknown';

/** A range of addresses (inclusive) with one role. */
export interface RoleSpan extends Range {
  readonly role: Role;
  /** Name of the resource that decides: the innermost one. */
  readonly name: string | null;
}

/** Names that mean one role wherever they stand. */
const ROLES: ReadonlyMap<string | null, Role> = new Map([
  ['Kernel code', 'running kernel'],
  ['Kernel rodata', 'running kernel'],
  ['Kernel data', 'running kernel'],
  ['Kernel bss', 'running kernel'],
  ['Crash kernel', 'crash region'],
  ['Kexec kernel', 'kexec region'],
  ['Reserved', 'firmware'],
  ['ACPI Tables', 'firmware'],
  ['ACPI Non-volatile Storage', 'firmware'],
  ['Unusable memory', 'firmware'],
  ['System ROM', 'firmware'],
  ['Video ROM', 'firmware'],
  ['Adapter ROM', 'firmware'],
  ['Soft Reserved', 'driver-managed'],
  ['Persistent Memory', 'driver-managed'],
  ['Persistent Memory (legacy)', 'driver-managed'],
]);

/** Roles of what lies in System RAM. */
const IN_RAM: ReadonlySet<Role | undefined> = new Set<Role>([
  'usable',
  'running kernel',
  'crash region',
  'kexec region',
  'reserved',
]);

/** A resource whose children are being looked at. */
interface Open {
  /** Undefined for the root, which is never listed. */
  readonly role: Role | undefined;
  readonly name: string | null;
  readonly end: bigint;
  readonly children: Iterator<Resource>;
  /** First address that no child has covered yet. */
  at: bigint;
}

/**
 * The role of every range that a map lists, sorted and without overlaps. The innermost resource decides. What two
 * resources share out is not joined, not even where they touch: they may be different banks of RAM. Takes time in
 * proportion to the size of the tree.
 */
export function rolesOf(tree: ResourceTree): RoleSpan[] {
  const spans: RoleSpan[] = [];
  const { root } = tree;
  const open: Open[] = [{ role: undefined, name: null, end: root.end, children: inOrder(root), at: root.start }];
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const { done, value: child } = top.children.next();
    if (done) {
      push(spans, top, top.end);
      open.pop();
      continue;
    }
    const start = higher(child.start, top.at);
    const end = lower(child.end, top.end);
    // Children of an irregular resource can overlap: the first one counts.
    if (start > end) continue;
    push(spans, top, start - 1n);
    top.at = end + 1n;
    open.push({ role: roleOf(child, top), name: child.name, end, children: inOrder(child), at: start });
  }
  return spans;
}

/** What is left of a resource up to an address. */
function push(spans: RoleSpan[], { role, name, at }: Open, end: bigint): void {
  if (role !== undefined && at <= end) spans.push({ start: at, end, role, name });
}

function inOrder(resource: Resource): Iterator<Resource> {
  if (!isIrregular(resource)) return childrenOf(resource);
  return [...childrenOf(resource)].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0)).values();
}

function roleOf({ name, flags }: Resource, { role: outer }: Open): Role {
  if (name === 'System RAM' || hasFlags(flags, IORESOURCE.SYSRAM_DRIVER_MANAGED)) return ramRole(flags, outer);
  const known = ROLES.get(name);
  if (known !== undefined) return known;
  if (IN_RAM.has(outer)) return 'reserved';
  if (name === 'reserved') return 'no-map';
  return name === null || name === '' ? 'unknown' : 'device';
}

/**
 * System RAM in System RAM is what is left after the crash region was shrunk. Inside anything else it belongs to that
 * driver: Linux 5.1 to 5.7 does not tell it apart by name.
 */
function ramRole(flags: number, outer: Role | undefined): Role {
  const isPlain = !hasFlags(flags, IORESOURCE.SYSRAM_DRIVER_MANAGED);
  return isPlain && (outer === undefined || outer === 'usable') ? 'usable' : 'driver-managed';
}
