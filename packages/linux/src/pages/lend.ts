import { setImmediate as breathe } from 'node:timers/promises';
import { type PageLoan, type PageNeed, phases, RebootError } from '@kexeckit/reboot';
import { PAGE_SIZE } from '@kexeckit/relocation';
import type { Kernel } from '../syscalls/kernel.ts';
import { pinningFailed, refuseTooMuch } from './explain.ts';
import { framesOf, liesIn, NO_FRAME, rangesOf } from './frames.ts';
import { HUGE, type PinnedBlock, pinBlock } from './pin.ts';

/** The largest block: between two of them a signal is looked at. */
const BLOCK = 64 << 20;

/** A block with the frames that its pages had when it had been pinned. */
interface FramedBlock extends PinnedBlock {
  readonly frames: Float64Array;
}

/**
 * Lends pages of this process, pinned for the long term, and only then asked for their frames. Pages that lie where they may
 * not are kept until enough others are found, so that the kernel does not give them again.
 *
 * @throws RebootError in phase `plan`, LinuxError; then nothing is pinned.
 */
export async function lendPages(kernel: Kernel, need: PageNeed, signal?: AbortSignal): Promise<PageLoan> {
  const blocks: FramedBlock[] = [];
  const isUsable = liesIn(need.within);
  try {
    for (let missing = need.pages; missing > 0; ) {
      await breathe();
      signal?.throwIfAborted();
      refuseHopeless(need, blocks);
      const size = Math.min(Math.ceil((missing * PAGE_SIZE) / HUGE) * HUGE, BLOCK);
      refuseTooMuch(kernel, size);
      const block = pinFramed(kernel, size);
      blocks.push(block);
      for (const frame of block.frames) if (isUsable(frame)) missing -= 1;
    }
  } catch (error) {
    for (const block of blocks) block.release();
    throw pinningFailed(error, kernel);
  }
  return new PinnedLoan(kernel, keepUsed(blocks, isUsable), isUsable);
}

/** Bytes that are pinned in vain, at most, beside three times what is needed. */
const IN_VAIN = 256 << 20;

/** @throws RebootError `ENOMEM` where what may be used is too little, or the kernel does not give it. */
function refuseHopeless({ pages, within }: PageNeed, blocks: readonly PinnedBlock[]): void {
  const room = within.reduce((sum, { start, end }) => sum + Number((end + 1n - start) >> 12n), 0);
  const pinned = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (room >= pages && pinned <= 3 * pages * PAGE_SIZE + IN_VAIN) return;
  const pinnedMiB = Math.ceil(pinned / 2 ** 20);
  throw new RebootError(
    'ENOMEM',
    room < pages
      ? `${pages} pages are needed, and there are ${room} that no segment goes to`
      : `of ${pinnedMiB} MiB that the kernel gave, too little lies outside of where the next kernel goes`,
    'free some memory, or choose a strategy that loads in place',
    { phase: phases.plan },
  );
}

function pinFramed(kernel: Kernel, size: number): FramedBlock {
  const block = pinBlock(kernel, size);
  try {
    return { ...block, frames: framesOf(kernel, block.address, size / PAGE_SIZE) };
  } catch (error) {
    block.release();
    throw error;
  }
}

/** Gives back the blocks of which no page can be used. */
function keepUsed(blocks: readonly FramedBlock[], isUsable: (pfn: number) => boolean): FramedBlock[] {
  const [used, unused] = [true, false].map((wanted) => blocks.filter(({ frames }) => frames.some(isUsable) === wanted));
  for (const block of unused ?? []) block.release();
  return used ?? [];
}

/** Where a page of a loan stands. */
interface Place {
  readonly block: FramedBlock;
  readonly page: number;
}

class PinnedLoan implements PageLoan {
  readonly ranges: PageLoan['ranges'];
  readonly #kernel: Kernel;
  readonly #places = new Map<number, Place>();
  #blocks: readonly FramedBlock[];

  constructor(kernel: Kernel, blocks: readonly FramedBlock[], isUsable: (pfn: number) => boolean) {
    this.#kernel = kernel;
    this.#blocks = blocks;
    for (const block of blocks)
      for (const [page, frame] of block.frames.entries()) if (isUsable(frame)) this.#places.set(frame, { block, page });
    this.ranges = rangesOf(Float64Array.from(this.#places.keys()).sort());
  }

  page(pfn: number): Uint8Array | undefined {
    const place = this.#places.get(pfn);
    return place?.block.bytes.subarray(place.page * PAGE_SIZE, (place.page + 1) * PAGE_SIZE);
  }

  check(): void {
    if (this.#blocks.length === 0) throw stale('the pages that the image stands in have been given back');
    for (const { address, frames } of this.#blocks) {
      const now = framesOf(this.#kernel, address, frames.length);
      const moved = frames.findIndex((frame, page) => now[page] !== frame);
      if (moved < 0) continue;
      const where =
        now[moved] === NO_FRAME ? 'is not in memory any more' : `lies in frame 0x${now[moved]?.toString(16)}`;
      throw stale(`a pinned page was in frame 0x${frames[moved]?.toString(16)}, and ${where}`);
    }
  }

  async release(): Promise<void> {
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#places.clear();
    for (const block of blocks) block.release();
  }
}

const stale = (what: string): RebootError =>
  new RebootError('ESTALE', what, 'nothing was started; plan it again', { phase: phases.stage });
