import type { PageSpan } from '../page.ts';

/** Finds the span that holds a page; where spans overlap, the first of them in the order given. */
export function spanFinder<Span extends PageSpan>(spans: readonly Span[]): (pfn: number) => Span | undefined {
  const sorted = spans.toSorted((a, b) => a.first - b.first);
  const areApart = sorted.every((span, at) => endOf(sorted[at - 1]) <= span.first);
  if (!areApart) return (pfn) => spans.find((span) => holds(span, pfn));
  let last: Span | undefined;
  return (pfn) => {
    // Pages come in runs: the span that held the last one mostly holds the next.
    if (last === undefined || !holds(last, pfn)) last = search(sorted, pfn);
    return last;
  };
}

const endOf = (span: PageSpan | undefined): number => (span === undefined ? 0 : span.first + span.pages);

const holds = (span: PageSpan, pfn: number): boolean => span.first <= pfn && pfn < span.first + span.pages;

/** The one of the sorted spans, which are apart, that holds a page. */
function search<Span extends PageSpan>(sorted: readonly Span[], pfn: number): Span | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endOf(sorted[middle]) <= pfn) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low];
  return found !== undefined && found.first <= pfn ? found : undefined;
}
