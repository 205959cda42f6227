import type { Range } from '@kexeckit/ioport';
import { LinuxError } from '../error.ts';
import type { Kernel } from '../syscalls/kernel.ts';

/** Bits 54 to 0 of a word of /proc/self/pagemap: the frame of a page that is present. */
const FRAME = (1n << 55n) - 1n;
const PRESENT = 1n << 63n;

/** In place of the frame of a page that is not there. */
export const NO_FRAME = -1;

/**
 * The page frame number of each page of this process from an address on, `NO_FRAME` where there is none.
 *
 * @throws LinuxError `EPERM` where the kernel does not tell: it gives 0 to whoever has no CAP_SYS_ADMIN; `EACCES`, `EIO`.
 */
export function framesOf(kernel: Kernel, address: bigint, pages: number): Float64Array {
  const frames = new Float64Array(pages);
  for (const [page, word] of kernel.pagemap(address, pages).entries()) {
    if ((word & PRESENT) === 0n) frames[page] = NO_FRAME;
    else if ((word & FRAME) === 0n) throw untold();
    else frames[page] = Number(word & FRAME);
  }
  return frames;
}

const untold = (): LinuxError =>
  new LinuxError(
    'EPERM',
    'the kernel does not tell this process in which frames its pages lie (/proc/self/pagemap has zeros)',
    'run it as root on the host itself: that takes CAP_SYS_ADMIN',
    { path: '/proc/self/pagemap' },
  );

/** Frames, sorted, as ranges of addresses. */
export function rangesOf(sorted: Float64Array): Range[] {
  const ranges: Range[] = [];
  for (let from = 0; from < sorted.length; ) {
    const first = sorted[from] ?? 0;
    let to = from + 1;
    while (to < sorted.length && sorted[to] === first + to - from) to += 1;
    ranges.push({ start: BigInt(first) << 12n, end: (BigInt(first + to - from) << 12n) - 1n });
    from = to;
  }
  return ranges;
}

/** Whether a page frame lies in one of the ranges, which ascend: asked for page after page. */
export function liesIn(ranges: readonly Range[]): (pfn: number) => boolean {
  const starts = Float64Array.from(ranges, ({ start }) => Number((start + 0xfffn) >> 12n));
  const ends = Float64Array.from(ranges, ({ end }) => Number((end + 1n) >> 12n));
  return (pfn) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= pfn) low = middle + 1;
      else high = middle;
    }
    return low > 0 && pfn < (ends[low - 1] ?? 0);
  };
}
