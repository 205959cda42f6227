import { hasFlags, IORESOURCE } from './flags.ts';
import { type Range, subtractRanges } from './range.ts';
import { descendantsOf, nextInTree, type Resource } from './resource.ts';
import type { ResourceTree } from './tree.ts';

/** True for memory that the kernel runs on, hot-plugged memory that a driver manages left out (kexec avoids it). */
function isSystemRam(resource: Resource): boolean {
  return hasFlags(resource.flags, IORESOURCE.SYSTEM_RAM) && !hasFlags(resource.flags, IORESOURCE.SYSRAM_DRIVER_MANAGED);
}

/** The outermost `System RAM` resources, in order. */
export function systemRamResources(tree: ResourceTree): Resource[] {
  const found: Resource[] = [];
  let at = nextInTree(tree.root, tree.root);
  while (at) {
    const hit = isSystemRam(at);
    if (hit) found.push(at);
    at = nextInTree(tree.root, at, hit);
  }
  return found;
}

/** The ranges of System RAM as the tree lists them (adjacent ones are not joined), sorted. */
export function systemRam(tree: ResourceTree): Range[] {
  return systemRamResources(tree).map(({ start, end }) => ({ start, end }));
}

/** System RAM without anything that is nested in it: kernel, reservations, crash kernel. Sorted. */
export function freeRam(tree: ResourceTree): Range[] {
  const ram = systemRamResources(tree);
  const taken: Range[] = [];
  for (const { child } of ram) for (let at = child; at; at = at.sibling) taken.push({ start: at.start, end: at.end });
  return subtractRanges(ram, taken);
}

/** All resources of exactly this name at any depth, in the tree's order. */
export function findByName(tree: ResourceTree, name: string | null): Resource[] {
  return [...descendantsOf(tree.root)].filter((resource) => resource.name === name);
}
