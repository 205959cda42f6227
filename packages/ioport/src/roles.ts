import { hasFlags, IORESOURCE } from './flags.ts';
import { higher, lower, type Range, sortRanges } from './range.ts';
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
  /** Children out of order, in order. */
  readonly sorted: readonly Resource[] | undefined;
  /** The next child. */
  next: Resource | null;
  /** How many of `sorted` have been looked at. */
  seen: number;
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
  const open: Open[] = [opened(root, undefined, root.start, root.end)];
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const child = nextChild(top);
    if (child === null) {
      push(spans, top, top.end);
      open.pop();
      continue;
    }
    const start = higher(child.start, top.at);
    const end = lower(child.end, top.end);
    // Children of an irregular resource can overlap: the first one counts.
    if (start > end) continue;
    if (top.role !== undefined && top.at < start) push(spans, top, start - 1n);
    top.at = end + 1n;
    const role = roleOf(child, top);
    if (child.child) open.push(opened(child, role, start, end));
    else spans.push({ start, end, role, name: child.name });
  }
  return spans;
}

function opened(resource: Resource, role: Role | undefined, at: bigint, end: bigint): Open {
  const sorted = isIrregular(resource) ? sortRanges([...childrenOf(resource)]) : undefined;
  return { role, name: resource.name, end, sorted, next: sorted?.[0] ?? resource.child, seen: 1, at };
}

function nextChild(top: Open): Resource | null {
  const { next } = top;
  if (next !== null) top.next = top.sorted ? (top.sorted[top.seen++] ?? null) : next.sibling;
  return next;
}

/** What is left of a resource up to an address. */
function push(spans: RoleSpan[], { role, name, at }: Open, end: bigint): void {
  if (role !== undefined && at <= end) spans.push({ start: at, end, role, name });
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

/** Roles as a table for people: addresses as /proc/iomem writes them, size, role, and the name that decides. */
export function roleLines(spans: readonly RoleSpan[]): string[] {
  const hex = (address: bigint): string => address.toString(16).padStart(8, '0');
  const rows = spans.map(({ start, end, role, name }) => ({
    place: `${hex(start)}-${hex(end)}`,
    size: spelledSize(end + 1n - start),
    role,
    name: name === null ? '<none>' : JSON.stringify(name),
  }));
  const place = rows.reduce((most, row) => Math.max(most, row.place.length), 0);
  return rows.map((row) => `${row.place.padEnd(place)}  ${row.size.padStart(9)}  ${row.role.padEnd(14)}  ${row.name}`);
}

/** In the largest unit that it is whole in. */
function spelledSize(size: bigint): string {
  if (size % 0x10_0000n === 0n) return `${size >> 20n} MiB`;
  return size % 0x400n === 0n ? `${size >> 10n} KiB` : `${size} B`;
}

/** Whether a role is no memory. */
export const isDevice = (role: Role): boolean => role === 'device' || role === 'unknown';
