import { hasFlags, IORESOURCE } from './flags.ts';
import { type Range, subtractRanges } from './range.ts';
import { childrenOf, descendantsOf, type Resource } from './resource.ts';
import { rolesOf } from './roles.ts';
import type { ResourceTree } from './tree.ts';

/** True for memory that the kernel runs on; hot-plugged memory that a driver manages is left out (kexec avoids it). */
function isSystemRam(resource: Resource): boolean {
  return hasFlags(resource.flags, IORESOURCE.SYSTEM_RAM) && !hasFlags(resource.flags, IORESOURCE.SYSRAM_DRIVER_MANAGED);
}

/**
 * The `System RAM` resources at the top level, in order, and a `Crash kernel` that stands there without one. What is
 * called System RAM inside a device belongs to that driver.
 */
export function systemRamResources(tree: ResourceTree): Resource[] {
  return [...childrenOf(tree.root)].filter(isSystemRam);
}

/**
 * `Crash kernel` regions that stand at the top level, as kernels list them that insert them late: the RAM around such a
 * region is not in the map.
 */
export function loneCrashRegions(tree: ResourceTree): Resource[] {
  return [...childrenOf(tree.root)].filter(({ name }) => name === 'Crash kernel');
}

/** The ranges of System RAM as the tree lists them (adjacent ones are not joined), sorted. */
export function systemRam(tree: ResourceTree): Range[] {
  return systemRamResources(tree).map(({ start, end }) => ({ start, end }));
}

/** System RAM without what is claimed in it: kernel, reservations, crash and kexec regions. Sorted. */
export function freeRam(tree: ResourceTree): Range[] {
  return subtractRanges(
    systemRam(tree),
    rolesOf(tree).filter(({ role }) => role !== 'usable'),
  );
}

/** All resources of exactly this name at any depth, in the tree's order. */
export function findByName(tree: ResourceTree, name: string | null): Resource[] {
  return [...descendantsOf(tree.root)].filter((resource) => resource.name === name);
}
