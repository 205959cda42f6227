import type { Range } from '@kexeckit/ioport';
import { placeIn } from './model/window.ts';

/** Left edge and width of a range in a row, as CSS. */
export function percentIn(window: Range, range: Range): { left: string; width: string } {
  const place = placeIn(window, range);
  return { left: `${100 * (place?.left ?? 0)}%`, width: `${100 * (place?.width ?? 0)}%` };
}
