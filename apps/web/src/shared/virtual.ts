import { createVirtualizer, defaultRangeExtractor, type Virtualizer } from '@tanstack/solid-virtual';
import { createEffect, on } from 'solid-js';

/** A list of which only the rows are made that can be seen: there may be a million. */
export interface LongList {
  readonly count: number;
  /** Pixels of a row. */
  readonly height: number;
  /** The row that is scrolled to and always made, or -1. */
  readonly active: number;
}

/** The rows to be made of a list. */
export function createRows<Scroller extends Element, Row extends Element>(
  list: LongList,
  scroller: () => Scroller | undefined,
): Virtualizer<Scroller, Row> {
  const virtualizer = createVirtualizer<Scroller, Row>({
    get count() {
      return list.count;
    },
    getScrollElement: () => scroller() ?? null,
    estimateSize: () => list.height,
    overscan: 6,
    // What a screen reader is told to be at must be there.
    rangeExtractor: (range) => {
      const rows = defaultRangeExtractor(range);
      const { active, count } = list;
      const isThere = active < 0 || active >= count || rows.includes(active);
      return isThere ? rows : [...rows, active].sort((a, b) => a - b);
    },
  });
  createEffect(on([() => list.height], () => virtualizer.measure(), { defer: true }));
  createEffect(() => {
    if (list.active >= 0 && list.active < list.count) virtualizer.scrollToIndex(list.active, { align: 'auto' });
  });
  return virtualizer;
}

/** Where a row stands in its list. */
export const rowStyle = (list: LongList, start: number): { height: string; transform: string } => ({
  height: `${list.height}px`,
  transform: `translateY(${start}px)`,
});
