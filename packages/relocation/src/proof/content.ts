import { contentOf, type SegmentContents, segmentPage } from '../load.ts';
import { PAGE_SIZE } from '../page.ts';
import type { Ledger } from './ledger.ts';
import type { PlanView } from './view.ts';

/** Compares what will land on every destination page with what the segment says should stand there. */
export function checkContent(view: PlanView, contents: SegmentContents, ledger: Ledger): void {
  for (const { segment, first, pages } of view.destinations) {
    const content = contentOf(segment, contents);
    for (let page = 0; page < pages; page++) {
      const pfn = first + page;
      const holder = segment.placement === 'copied' ? view.sourceOf.get(pfn) : pfn;
      const actual = holder === undefined ? undefined : view.image.page(holder);
      const wrong = actual === undefined ? 0 : firstDifference(actual, segmentPage(content, page));
      if (wrong < 0) continue;
      const where = holder === pfn ? 'in place' : `in its source page 0x${holder?.toString(16)}`;
      const detail =
        actual === undefined
          ? 'nothing was loaded for it'
          : `byte ${page * PAGE_SIZE + wrong} of ${segment.name} is wrong ${where}`;
      ledger.violated('content', pfn, [segment.name], detail);
    }
    ledger.checked('content', pages);
  }
}

/** Index of the first byte that differs from the wanted content or, beyond it, from zero; -1 where none does. */
function firstDifference(actual: Uint8Array, wanted: Uint8Array): number {
  for (let index = 0; index < wanted.length; index++) if (actual[index] !== wanted[index]) return index;
  for (let index = wanted.length; index < actual.length; index++) if (actual[index] !== 0) return index;
  return -1;
}
