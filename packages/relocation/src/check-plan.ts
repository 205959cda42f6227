import type { Range } from '@kexeckit/ioport';
import { RelocationError } from './error.ts';
import { ADDRESS_BITS_MAX, PAGE_FRAMES, PLAN_PAGES_MAX } from './limits.ts';
import { addressOf, hex, PAGE_SIZE } from './page.ts';
import { SEGMENTS_MAX, type Segment, totalSegmentPages } from './segment.ts';
import { type ControlPage, copiesOf, type StagePlan } from './stage.ts';

const ADDRESSES = 1n << BigInt(ADDRESS_BITS_MAX);

/** @throws RelocationError `EINVAL` for a range of RAM that is reversed, or beyond all physical addresses. */
export function checkRam(ram: readonly Range[]): void {
  for (const { start, end } of ram) {
    if (start >= 0n && start <= end && end < ADDRESSES) continue;
    throw new RelocationError(
      'EINVAL',
      `RAM cannot lie from ${hex(start)} to ${hex(end)}`,
      `give ranges of physical addresses: of ${ADDRESS_BITS_MAX} bits, the end last and included`,
      { address: start },
    );
  }
}

/**
 * What a plan asks of its segments beyond the kernel's own rules: each has a name of its own, as contents and digests go
 * by names, and all together are no larger than a kernel and its initramfs can be.
 *
 * @throws RelocationError `EINVAL`.
 */
export function checkPlanned(segments: readonly Segment[]): void {
  if (segments.length > SEGMENTS_MAX)
    throw new RelocationError('EINVAL', `${segments.length} segments`, `the kernel takes at most ${SEGMENTS_MAX}`);
  const names = new Set<string>();
  for (const { name } of segments) {
    if (names.has(name))
      throw new RelocationError('EINVAL', `two segments are named ${name}`, 'give each segment a name of its own');
    names.add(name);
  }
  const negative = segments.find(({ mem, memsz, bufsz }) => mem < 0n || memsz < 0n || bufsz < 0n);
  if (negative !== undefined)
    throw new RelocationError('EINVAL', `segment ${negative.name} has a negative number`, 'give addresses and sizes', {
      address: negative.mem,
    });
  const pages = totalSegmentPages(segments);
  if (pages > BigInt(PLAN_PAGES_MAX))
    throw new RelocationError(
      'EINVAL',
      `the segments take ${pages} pages`,
      `a plan holds ${PLAN_PAGES_MAX}: kernel and initramfs share 32 GiB (booting.rst)`,
    );
}

/**
 * Whether a plan can be loaded at all: memory and time for it are bounded by its own size and that of its segments.
 *
 * @throws RelocationError `EINVAL` for a plan that nobody can have planned.
 */
export function checkLoadable(stage: StagePlan): void {
  const { segments } = stage.placement;
  checkPlanned(segments);
  for (const page of stage.controlPages) checkControlPage(page);
  const { pages } = copiesOf(stage);
  // The count of a run can be anything: it is compared before anyone goes through it.
  if (BigInt(pages) > totalSegmentPages(segments))
    throw corrupt(`it copies ${pages} pages, more than all segments have`);
}

function checkControlPage({ pfn, owner, bytes }: ControlPage): void {
  if (!isPageFrame(pfn)) throw corrupt(`${pfn} is not a page frame number (${owner})`);
  if (bytes.length !== PAGE_SIZE)
    throw corrupt(`control page ${hex(addressOf(pfn))} (${owner}) has ${bytes.length} bytes, not ${PAGE_SIZE}`);
}

/** Whether a number can be that of a page frame. */
const isPageFrame = (pfn: number): boolean => Number.isInteger(pfn) && pfn >= 0 && pfn < PAGE_FRAMES;

/** The error for a plan that makes no sense. */
export const corrupt = (what: string): RelocationError =>
  new RelocationError('EINVAL', `the plan is corrupt: ${what}`, 'plan again');
