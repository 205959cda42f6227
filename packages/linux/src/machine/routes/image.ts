import type { PlannedSegment, SegmentContents } from '@kexeckit/relocation';
import type { KexecSegment } from '../../syscalls/kexec.ts';

/** What one kexec_load is given. */
export interface LoadedImage {
  /** Physical address that the kernel jumps to. */
  readonly entry: bigint;
  readonly segments: readonly KexecSegment[];
}

/** Segments with their contents, those without a page left out. */
export const segmentsOf = (segments: readonly PlannedSegment[], contents: SegmentContents): KexecSegment[] =>
  segments
    .filter(({ memsz }) => memsz > 0n)
    .map(({ name, mem, memsz }) => ({ content: contents.get(name) ?? new Uint8Array(), mem, memsz }));
