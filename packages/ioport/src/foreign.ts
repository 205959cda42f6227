import { childrenOf } from './resource.ts';
import type { ResourceTree } from './tree.ts';

/** What only PCs list at the top level, or in what is reserved there. */
const OF_PCS = /^(?:Local APIC|IOAPIC \d+|HPET \d+|Video ROM|System ROM|Adapter ROM)$/;

/**
 * The name of a resource that shows that a memory map is of an x86 machine, where no kernel for arm64 is placed; undefined where
 * nothing does.
 */
export function foreignSign({ root }: ResourceTree): string | undefined {
  for (const top of childrenOf(root))
    for (const { name } of [top, ...childrenOf(top)]) if (name !== null && OF_PCS.test(name)) return name;
  return undefined;
}
