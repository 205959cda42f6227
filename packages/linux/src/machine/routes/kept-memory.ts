import type { Range } from '@kexeckit/ioport';
import { type PlannedSegment, segmentEnd } from '@kexeckit/relocation';
import type { Host } from '../../host.ts';
import { PhysicalMemory } from '../../syscalls/dev-mem.ts';
import type { Kernel } from '../../syscalls/kernel.ts';
import { devMemExplained } from './dev-mem-refusals.ts';

/** Where segments stand; those without a page left out. */
export const keptPlaces = (segments: readonly PlannedSegment[]): Range[] =>
  segments.filter(({ memsz }) => memsz > 0n).map((segment) => ({ start: segment.mem, end: segmentEnd(segment) }));

/** Does work with memory that the kernel leaves alone. @throws RebootError in phase `stage`, with what an errno means here */
export async function withMemory<T>(
  { host, kernel }: { readonly host: Host; readonly kernel: Kernel },
  places: readonly Range[],
  work: (memory: PhysicalMemory) => T | Promise<T>,
): Promise<T> {
  let memory: PhysicalMemory | undefined;
  try {
    memory = PhysicalMemory.open(kernel, places);
    return await work(memory);
  } catch (error) {
    throw devMemExplained(error, host);
  } finally {
    memory?.close();
  }
}
