import type { SegmentContents } from '../load.ts';
import { hex, PAGE_SIZE } from '../page.ts';
import { runsOf, type TableRun } from '../runs.ts';
import type { Ledger } from './ledger.ts';
import { type Destination, NO_SOURCE } from './planned-sources.ts';
import { firstDifference, firstNonZero } from './same-bytes.ts';
import type { PlanView } from './view.ts';

/** Compares what will land on every destination page with what the segment says should stand there. */
export function checkContent(view: PlanView, contents: SegmentContents, ledger: Ledger): void {
  for (const destination of view.destinations) {
    const content = givenContent(destination, contents, ledger);
    if (content === undefined) continue;
    for (const run of heldRuns(view, destination)) checkRun(view, destination, run, content, ledger);
    ledger.checked('content', destination.pages);
  }
}

/** The content of a segment; undefined where it is missing or of another size than planned. */
function givenContent(
  { segment, first }: Destination,
  contents: SegmentContents,
  ledger: Ledger,
): Uint8Array | undefined {
  const content = contents.get(segment.name);
  if (content !== undefined && BigInt(content.length) === segment.bufsz) return content;
  const detail = `it was planned with ${segment.bufsz} bytes, given ${content?.length ?? 'none'}`;
  ledger.violated('content', first, [segment.name], detail);
  return undefined;
}

/** Pages of a segment that are held by neighbours, the first of them by `holder`; by nothing, if that is undefined. */
interface HeldRun extends TableRun {
  readonly holder: number | undefined;
}

function* heldRuns(view: PlanView, destination: Destination): Generator<HeldRun, undefined> {
  const { segment, first, pages } = destination;
  if (segment.placement !== 'copied') {
    yield { from: 0, to: pages, holder: first };
    return;
  }
  const sources = view.sourcesOf(destination);
  for (const { from, to } of runsOf(sources)) {
    const source = sources[from];
    yield { from, to, holder: source === NO_SOURCE ? undefined : source };
  }
}

function checkRun(
  view: PlanView,
  destination: Destination,
  { from, to, holder }: HeldRun,
  content: Uint8Array,
  ledger: Ledger,
): void {
  const { segment, first } = destination;
  for (let page = from; page < to; ) {
    const held = holder === undefined ? undefined : holder + page - from;
    const actual = held === undefined ? undefined : view.image.pagesFrom(held, to - page);
    if (held === undefined || actual === undefined) {
      ledger.violated('content', first + page, [segment.name], 'nothing was loaded for it');
      page += 1;
    } else {
      compare(destination, page, held, actual, content, ledger);
      page += actual.length / PAGE_SIZE;
    }
  }
}

/** Compares pages that stand one after the other, from `page` of the segment on; the first wrong byte of each is told. */
function compare(
  { segment, first }: Destination,
  page: number,
  holder: number,
  actual: Uint8Array,
  content: Uint8Array,
  ledger: Ledger,
): void {
  for (let from = 0; from < actual.length; ) {
    const wrong = firstWrong(actual.subarray(from), content.subarray(page * PAGE_SIZE + from));
    if (wrong < 0) return;
    const at = Math.floor((from + wrong) / PAGE_SIZE);
    const isThere = holder === first + page;
    const where = isThere ? 'where it stands' : `in its source page ${hex(holder + at)}`;
    const detail = `byte ${page * PAGE_SIZE + from + wrong} of ${segment.name} is wrong ${where}`;
    ledger.violated('content', first + page + at, [segment.name], detail);
    from = (at + 1) * PAGE_SIZE;
  }
}

/** Index of the first byte that differs from the wanted content or, beyond it, from zero; -1 where none does. */
function firstWrong(actual: Uint8Array, wanted: Uint8Array): number {
  const length = Math.min(actual.length, wanted.length);
  const different = firstDifference(actual.subarray(0, length), wanted.subarray(0, length));
  if (different >= 0) return different;
  const stray = firstNonZero(actual.subarray(length));
  return stray < 0 ? -1 : length + stray;
}
