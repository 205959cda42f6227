import { parseImageHeader } from '@kexeckit/boot-image';
import { DTB_MAX } from './limits.ts';

const MIB = 2 ** 20;
/** Segments start on boundaries of so many bytes (booting.rst). */
const ALIGN = 2 * MIB;

/**
 * A region whose halves hold the segments each, as `kexeckernel=` says it: each segment may start on a 2 MiB boundary of
 * its own.
 */
export function roomFor(image: Uint8Array, initrd: Uint8Array | undefined): string {
  const { textOffset, imageSize } = parseImageHeader(image);
  const pieces = [Math.max(Number(textOffset + imageSize), image.length), initrd?.length ?? 0, DTB_MAX];
  const half = pieces.reduce((sum, bytes) => sum + Math.ceil(bytes / ALIGN) * ALIGN, 0);
  return `${(2 * half) / MIB}M`;
}
