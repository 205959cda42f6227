import { contentOf, type SegmentContents } from '../load.ts';
import { PAGE_SIZE } from '../page.ts';
import type { Ledger } from './ledger.ts';
import { firstDifference, firstNonZero } from './same-bytes.ts';
import type { Destination, PlanView } from './view.ts';

/** Compares what will land on every destination page with what the segment says should stand there. */
export function checkContent(view: PlanView, contents: SegmentContents, ledger: Ledger): void {
  for (const destination of view.destinations) {
    const content = contentOf(destination.segment, contents);
    for (let page = 0; page < destination.pages; page += checkPagesFrom(view, destination, page, content, ledger));
    ledger.checked('content', destination.pages);
  }
}

/** Checks the pages that stand together in memory from one on; returns how many that were. */
function checkPagesFrom(
  view: PlanView,
  { segment, first, pages }: Destination,
  page: number,
  content: Uint8Array,
  ledger: Ledger,
): number {
  const pfn = first + page;
  const isCopied = segment.placement === 'copied';
  const holder = isCopied ? view.sourceOf(pfn) : pfn;
  let neighbours = 1;
  if (!isCopied) neighbours = pages - page;
  else if (holder !== undefined)
    while (page + neighbours < pages && view.sourceOf(pfn + neighbours) === holder + neighbours) neighbours += 1;
  const actual = holder === undefined ? undefined : view.image.pagesFrom(holder, neighbours);
  if (holder === undefined || actual === undefined) {
    ledger.violated('content', pfn, [segment.name], 'nothing was loaded for it');
    return 1;
  }
  for (let from = 0; from < actual.length; ) {
    const wrong = firstWrong(actual.subarray(from), content.subarray(page * PAGE_SIZE + from));
    if (wrong < 0) break;
    const byte = from + wrong;
    const at = Math.floor(byte / PAGE_SIZE);
    const where = isCopied && holder !== pfn ? `in its source page 0x${(holder + at).toString(16)}` : 'in place';
    const detail = `byte ${page * PAGE_SIZE + byte} of ${segment.name} is wrong ${where}`;
    ledger.violated('content', pfn + at, [segment.name], detail);
    from = (at + 1) * PAGE_SIZE;
  }
  return actual.length / PAGE_SIZE;
}

/** Index of the first byte that differs from the wanted content or, beyond it, from zero; -1 where none does. */
function firstWrong(actual: Uint8Array, wanted: Uint8Array): number {
  const length = Math.min(actual.length, wanted.length);
  const different = firstDifference(actual.subarray(0, length), wanted.subarray(0, length));
  if (different >= 0) return different;
  const stray = firstNonZero(actual.subarray(length));
  return stray < 0 ? -1 : length + stray;
}
