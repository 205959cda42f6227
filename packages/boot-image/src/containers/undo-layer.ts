import { undoing } from '../compression/advice.ts';
import { undo } from '../compression/undo.ts';
import type { Context, Layer } from './layer.ts';
import { afterData } from './trees.ts';

/**
 * Undoes the compression of a kernel that was cut out of its file. What stands behind the data may be a device tree: one that the
 * file names itself counts more.
 *
 * @param expected how many bytes will come, where the file says so.
 * @throws BootImageError as `undo`
 */
export async function undoLayer(
  compression: string,
  { bytes, steps, byHand, parts }: Layer,
  { maxSize, expected, pace }: Pick<Context, 'maxSize' | 'pace'> & { readonly expected?: number | undefined },
): Promise<Layer> {
  const undone = await undo(compression, bytes, { maxSize, expected, byHand, pace });
  const after = afterData(undone, compression);
  return {
    bytes: undone.bytes,
    steps: [...steps, `undid ${compression}`, ...after.steps],
    byHand: [...byHand, ...undoing(compression)],
    parts: { ...after.parts, ...parts },
  };
}
