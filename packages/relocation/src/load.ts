import { checkLoadable, corrupt } from './check-plan.ts';
import { RelocationError } from './error.ts';
import { MemoryImage } from './memory-image.ts';
import { hex, PAGE_SIZE, type PageSpan } from './page.ts';
import { segmentSpan } from './segment.ts';
import { copiesOf, type PlannedSegment, type StagePlan } from './stage.ts';

/** The content of each segment, by its name: `bufsz` bytes. */
export type SegmentContents = ReadonlyMap<string, Uint8Array>;

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

/**
 * Writes memory as the old kernel has it when it jumps to the routine: sources, segments in place and delivered ones, control pages.
 *
 * Whole pages of contents are shared with the image, not copied: leave them alone while it is used. Control pages are
 * copied.
 *
 * Time and memory are in proportion to the plan and the pages of its segments, whatever else the plan says.
 *
 * @throws RelocationError `EINVAL` for contents that are not those of the plan, and for a plan that is corrupt: control
 * pages that are not pages, copies of more pages than there are, segments that are too large or share a name.
 */
export function loadImage(stage: StagePlan, contents: SegmentContents): MemoryImage {
  checkLoadable(stage);
  const image = new MemoryImage();
  const zero = image.share(new Uint8Array(PAGE_SIZE));
  const pieces = stage.placement.segments.map((segment) => shareSegment(image, segment, contents));
  for (const { source, destination, pages } of copiesOf(stage)) {
    for (let page = 0; page < pages; ) {
      const piece = pieceAt(pieces, destination + page);
      const end = Math.min(pages, piece.first + piece.pages - destination);
      for (; page < end; page++) placePage(image, source + page, piece, destination + page - piece.first, zero);
    }
  }
  for (const piece of pieces.filter(({ placement }) => placement !== 'copied')) {
    for (let page = 0; page < piece.pages; page++) placePage(image, piece.first + page, piece, page, zero);
  }
  for (const { pfn, bytes } of stage.controlPages) image.place(pfn, image.share(new Uint8Array(bytes)));
  return image;
}

/** A segment's destination, and the numbers of those that it shares with the image. */
interface SegmentPiece extends PageSpan {
  readonly placement: PlannedSegment['placement'];
  readonly shared: number;
  /** Pages with content; zeros follow. */
  readonly filled: number;
}

function shareSegment(image: MemoryImage, segment: PlannedSegment, contents: SegmentContents): SegmentPiece {
  const content = contentOf(segment, contents);
  const whole = Math.floor(content.length / PAGE_SIZE);
  const shared = image.share(content.subarray(0, whole * PAGE_SIZE));
  const rest = new Uint8Array(whole * PAGE_SIZE < content.length ? PAGE_SIZE : 0);
  rest.set(content.subarray(whole * PAGE_SIZE));
  image.share(rest);
  return {
    placement: segment.placement,
    ...segmentSpan(segment),
    shared,
    filled: whole + rest.length / PAGE_SIZE,
  };
}

function placePage(image: MemoryImage, pfn: number, piece: SegmentPiece, page: number, zero: number): void {
  image.place(pfn, page < piece.filled ? piece.shared + page : zero);
}

/** The segment that holds a destination page. */
function pieceAt(pieces: readonly SegmentPiece[], pfn: number): SegmentPiece {
  const found = pieces.find(({ first, pages }) => first <= pfn && pfn < first + pages);
  if (found === undefined) throw corrupt(`page ${hex(pfn)} is in no segment`);
  return found;
}
