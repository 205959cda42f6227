import { RelocationError } from './error.ts';
import { MemoryImage } from './memory-image.ts';
import { PAGE_SIZE, pfnOf } from './page.ts';
import type { PlannedSegment, RelocationPlan } from './plan.ts';

/** The content of each segment, by its name: `bufsz` bytes. */
export type SegmentContents = ReadonlyMap<string, Uint8Array>;

/** The bytes of one page of a segment; shorter than a page, or empty, where the content ends. */
export function segmentPage(content: Uint8Array, page: number): Uint8Array {
  return content.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
}

/** The content of a segment. @throws RelocationError `EINVAL` if it is missing or of another size than planned. */
export function contentOf(segment: PlannedSegment, contents: SegmentContents): Uint8Array {
  const content = contents.get(segment.name);
  if (content === undefined || BigInt(content.length) !== segment.bufsz) {
    throw new RelocationError(
      'EINVAL',
      `segment ${segment.name} was planned with ${segment.bufsz} bytes, given ${content?.length ?? 'none'}`,
      'load the files that the plan was made from',
    );
  }
  return content;
}

/** Writes memory as the old kernel does at load time: sources, in-place segments, control pages. */
export function loadImage(plan: RelocationPlan, contents: SegmentContents): MemoryImage {
  const image = new MemoryImage();
  const byDestination = segmentFinder(plan);
  for (const { source, destination, pages } of plan.copies) {
    for (let page = 0; page < pages; page++) {
      const { segment, first } = byDestination(destination + page);
      image.store(source + page, segmentPage(contentOf(segment, contents), destination + page - first));
    }
  }
  for (const segment of plan.segments.filter(({ placement }) => placement === 'in-place')) {
    const content = contentOf(segment, contents);
    const first = pfnOf(segment.mem);
    for (let page = 0; page < Number(segment.memsz / 4096n); page++)
      image.store(first + page, segmentPage(content, page));
  }
  for (const { pfn, bytes } of plan.controlPages) image.store(pfn, bytes);
  return image;
}

/** Finds the copied segment that holds a destination page. */
function segmentFinder(plan: RelocationPlan): (pfn: number) => { segment: PlannedSegment; first: number } {
  const places = plan.segments.map((segment) => ({
    segment,
    first: pfnOf(segment.mem),
    pages: Number(segment.memsz / 4096n),
  }));
  return (pfn) => {
    const place = places.find(({ first, pages }) => first <= pfn && pfn < first + pages);
    if (place === undefined)
      throw new RelocationError('EINVAL', `page 0x${pfn.toString(16)} is no destination`, 'the plan is corrupt');
    return place;
  };
}
