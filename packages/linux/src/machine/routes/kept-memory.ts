import type { Range } from '@kexeckit/ioport';
import { type PlannedSegment, segmentEnd } from '@kexeckit/relocation';
import { PhysicalMemory } from '../../syscalls/dev-mem.ts';
import { type HostAndKernel, hostNow } from '../host-now.ts';
import { devMemExplained } from './dev-mem-refusals.ts';

/** Where segments stand; those without a page left out. */
export const keptPlaces = (segments: readonly PlannedSegment[]): Range[] =>
  segments.filter(({ memsz }) => memsz > 0n).map((segment) => ({ start: segment.mem, end: segmentEnd(segment) }));

/** Does work with memory that the kernel leaves alone. @throws RebootError in phase `stage`, with what an errno means here */
export async function withMemory<T>(
  { host, kernel }: HostAndKernel,
  places: readonly Range[],
  work: (memory: PhysicalMemory) => T | Promise<T>,
): Promise<T> {
  let memory: PhysicalMemory | undefined;
  try {
    memory = PhysicalMemory.open(kernel, places);
    return await work(memory);
  } catch (error) {
    throw devMemExplained(error, hostNow({ host, kernel }));
  } finally {
    memory?.close();
  }
}
