import type { PlannedSegment } from '@kexeckit/relocation';
import { RebootError } from './error.ts';
import type { ReadBack } from './machine.ts';

/**
 * Compares a segment's destination, read from a machine, with the segment itself.
 *
 * @param actual all `memsz` bytes at the destination.
 * @throws RebootError `EIO` naming the first byte that differs.
 */
export async function compareReadBack(
  segment: PlannedSegment,
  content: Uint8Array,
  actual: Uint8Array<ArrayBuffer>,
): Promise<ReadBack> {
  const wrong = firstDifference(content, actual, Number(segment.memsz));
  if (wrong !== undefined) {
    const address = segment.mem + BigInt(wrong);
    throw new RebootError('relocation', 'EIO', `${segment.name} differs at 0x${address.toString(16)}, byte ${wrong}`, {
      hint: 'the relocation went wrong; the machine was stopped before the jump',
    });
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', actual));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { segment: segment.name, bytes: actual.length, sha256 };
}

function firstDifference(content: Uint8Array, actual: Uint8Array, size: number): number | undefined {
  for (let at = 0; at < size; at++) if (actual[at] !== (content[at] ?? 0)) return at;
  return undefined;
}
