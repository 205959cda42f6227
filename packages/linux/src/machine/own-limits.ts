import type { Kernel } from '../syscalls/kernel.ts';
import type { Verdict } from './cause.ts';

// Why the kernel maps no more for a process, though there is memory: what it has promised to all, and what this one may have.

/** A limit of this process alone. */
export const OWN_LIMIT = 'this process has reached a limit of its own: of its address space, or of its mappings';
export const OWN_LIMIT_HINT =
  'see /proc/self/limits (LimitAS=), sysctl vm.max_map_count, and the memory.max of its control group (MemoryMax=)';

export const COMMIT_HINT =
  'sysctl vm.overcommit_memory=0 for as long as that is loaded, or end what has asked for memory';

/** Whether the kernel promises no more than it has (vm.overcommit_memory=2), and has promised nearly all. */
export function isOvercommitted(kernel: Pick<Kernel, 'text'>): Verdict {
  const mode = kernel.text(MODE)?.trim();
  if (mode !== undefined && mode !== '2') return false;
  const { limit, promised } = promises(kernel);
  if (mode === undefined || limit === undefined || promised === undefined) return undefined;
  return promised + LITTLE >= limit ? true : undefined;
}

/** The same in words. */
export function commitWords(kernel: Pick<Kernel, 'text'>): string {
  const { limit, promised } = promises(kernel);
  const figures = limit === undefined || promised === undefined ? '' : `: ${promised} of ${limit} kB are promised`;
  return `the kernel promises no more memory than it has (vm.overcommit_memory=2)${figures}`;
}

const MODE = '/proc/sys/vm/overcommit_memory';
/** KiB: the largest block that is asked for at once, and as much again for what is promised meanwhile. */
const LITTLE = 128 << 10;

function promises(kernel: Pick<Kernel, 'text'>): { readonly limit?: number; readonly promised?: number } {
  const text = kernel.text('/proc/meminfo') ?? '';
  const [limit, promised] = ['CommitLimit', 'Committed_AS'].map((name) => {
    const found = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  });
  return { ...(limit !== undefined && { limit }), ...(promised !== undefined && { promised }) };
}
