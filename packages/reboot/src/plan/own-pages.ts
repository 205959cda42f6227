import { alignDown, alignUp, type Range, subtractRanges } from '@kexeckit/ioport';
import { type PageAllocator, rowAllocator, type Segment, scatteredAllocator, segmentEnd } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import type { PageLoan, PageNeed } from '../machine/loan.ts';
import { phases } from '../phases.ts';

/** Bytes of the row, aligned to its size, that a plan's own pages are taken from where they stand in one: some dozen are needed. */
export const OWN_PAGES_ROW: bigint = 2n << 20n;

/** Lends pages, as a machine does. */
export type Lend = (need: PageNeed) => Promise<PageLoan>;

/** Where the pages come from that a stage is planned with. */
export interface OwnPages {
  readonly allocator: PageAllocator;
  /** Where sources come from, if not from there. */
  readonly sources: PageAllocator | undefined;
  readonly loan: PageLoan | undefined;
}

/** What the pages are for. */
export interface OwnPagesRequest {
  /** RAM that nothing is nested in. */
  readonly free: readonly Range[];
  readonly segments: readonly Segment[];
  readonly seed: number;
  /** Nothing is copied. */
  readonly inPlace: boolean;
  readonly ownPages: 'scattered' | 'in a row';
}

/** Finds pages for a plan: its own, and with `lend` the sources of what it copies. @throws as `lend` does; RebootError `ENOSPC` */
export async function ownPagesFor(request: OwnPagesRequest, lend: Lend | undefined): Promise<OwnPages> {
  const { free, segments, seed, inPlace, ownPages } = request;
  if (!inPlace && lend !== undefined) return await lentPages(free, segments, lend);
  const inARow = inPlace && ownPages === 'in a row';
  const allocator = inARow ? rowAllocator([rowIn(free)]) : scatteredAllocator(free, seed);
  return { allocator, sources: undefined, loan: undefined };
}

async function lentPages(free: readonly Range[], segments: readonly Segment[], lend: Lend): Promise<OwnPages> {
  const destinations = segments
    .filter(({ memsz }) => memsz > 0n)
    .map((segment) => ({ start: segment.mem, end: segmentEnd(segment) }));
  const outside = subtractRanges(free, destinations);
  const row = rowIn(outside);
  const pages = segments.reduce((sum, { memsz }) => sum + Number(memsz >> 12n), 0);
  const loan = await lend({ pages, within: subtractRanges(outside, [row]) });
  return { allocator: rowAllocator([row]), sources: rowAllocator(loan.ranges), loan };
}

/** A row, as far up as there is room: what an old kernel still needs while it shuts down lies low. */
function rowIn(free: readonly Range[]): Range {
  const range = free.findLast((each) => alignUp(each.start, OWN_PAGES_ROW) + OWN_PAGES_ROW - 1n <= each.end);
  if (range === undefined)
    throw new RebootError('ENOSPC', 'there are no 2 MiB of free RAM in a row', 'free some memory, then plan again', {
      phase: phases.plan,
    });
  const start = alignDown(range.end + 1n, OWN_PAGES_ROW) - OWN_PAGES_ROW;
  return { start, end: start + OWN_PAGES_ROW - 1n };
}
