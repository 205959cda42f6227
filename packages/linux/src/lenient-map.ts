import { IoportError, type MapNote, parseIomem, printIomem } from '@kexeckit/ioport';
import type { Host } from './host-values.ts';

/** A host whose memory map was read as people paste it. */
export interface LenientHost {
  readonly host: Host;
  /** What was passed over; empty for a map that the kernel wrote. */
  readonly notes: readonly MapNote[];
}

/**
 * The same host with its memory map as the kernel writes one, whatever has happened to the text on its way: prompts, quotes, lost
 * indentation. What cannot be read so is left for preflight to judge.
 */
export function withLenientMap(host: Host): LenientHost {
  if (host.iomem === undefined) return { host, notes: [] };
  try {
    const tree = parseIomem(host.iomem, { lenient: true });
    return { host: { ...host, iomem: printIomem(tree) }, notes: tree.notes ?? [] };
  } catch (error) {
    if (error instanceof IoportError) return { host, notes: [] };
    throw error;
  }
}
