import { FRAME_SIZE, type Frame, type PhysicalMemory } from '@kexeckit/arm64-machine';
import type { LoadedReboot } from '@kexeckit/reboot';
import { copiesOf, pfnOf } from '@kexeckit/relocation';
import { type CopiedPages, pageStates } from './facts.ts';

/** The pages that a stage copies, in the order of its list. */
export function copiedPages({ plan: { stage } }: LoadedReboot): CopiedPages {
  const copies = copiesOf(stage);
  const sources = new Float64Array(copies.pages);
  const destinations = new Float64Array(copies.pages);
  let at = 0;
  for (const { source, destination, pages } of copies)
    for (let page = 0; page < pages; page++, at++) {
      sources[at] = source + page;
      destinations[at] = destination + page;
    }
  return { sources, destinations, sourceRanks: ranksOf(sources), destinationRanks: ranksOf(destinations) };
}

function ranksOf(pfns: Float64Array): Uint32Array {
  const ranks = new Uint32Array(pfns.length);
  const order = Uint32Array.from(pfns.keys()).sort((a, b) => (pfns[a] ?? 0) - (pfns[b] ?? 0));
  for (const [rank, page] of order.entries()) ranks[page] = rank;
  return ranks;
}

/** What the CPU sees of its destinations: lines that are newer in the cache, lines under maintenance. */
export interface PagesSeen {
  readonly states: Uint8Array;
  readonly dirtyLines: number;
  readonly dirtyPages: number;
  readonly unfinishedPages: number;
}

/**
 * Compares destinations with what must come to stand there. Of a page that was found whole at an earlier step of the same run, a few words
 * are looked at: what is copied over it by mistake is another page.
 */
export class PageProgress {
  readonly #memory: PhysicalMemory;
  readonly #pages: CopiedPages;
  readonly #contents: readonly DataView[];

  constructor(memory: PhysicalMemory, loaded: LoadedReboot, pages: CopiedPages) {
    this.#memory = memory;
    this.#pages = pages;
    this.#contents = contentsOf(loaded, pages);
  }

  /** @param whole which pages were found whole before: 1 for each; what is found now is added. */
  look(whole: Uint8Array): PagesSeen {
    const states = new Uint8Array(whole.length);
    let [dirtyLines, dirtyPages, unfinishedPages] = [0, 0, 0];
    for (const [at, pfn] of this.#pages.destinations.entries()) {
      const frame = this.#memory.frame(pfn);
      const content = this.#contents[at];
      if (frame === undefined || content === undefined) continue;
      const come = whole[at] === 1 && isLikeBefore(frame, content) ? content.byteLength : wordsThere(frame, content);
      whole[at] = come === content.byteLength ? 1 : 0;
      const dirty = frame.dirtyLines();
      const isUnfinished = frame.unfinishedLines() > 0;
      dirtyLines += dirty;
      if (dirty > 0) dirtyPages += 1;
      if (isUnfinished) unfinishedPages += 1;
      states[at] = whole[at] === 1 ? stateOf(dirty, isUnfinished) : come > 0 ? pageStates.underWay : pageStates.waiting;
    }
    return { states, dirtyLines, dirtyPages, unfinishedPages };
  }
}

const stateOf = (dirty: number, isUnfinished: boolean): number =>
  dirty > 0 ? pageStates.dirty : isUnfinished ? pageStates.unfinished : pageStates.clean;

const SAMPLES = [0, 1364, 2052, 3308, 4092];

const isLikeBefore = (frame: Frame, content: DataView): boolean =>
  SAMPLES.every((at) => frame.coherentWord(at >>> 2) === content.getUint32(at, true));

/** Bytes from the start of a page that data accesses see as they must become. */
function wordsThere(frame: Frame, content: DataView): number {
  for (let at = 0; at < content.byteLength; at += 4)
    if (frame.coherentWord(at >>> 2) !== content.getUint32(at, true)) return at;
  return content.byteLength;
}

/** What each copied page must hold in the end; zeros behind the end of a segment's content. */
function contentsOf({ plan, contents }: LoadedReboot, { destinations }: CopiedPages): DataView[] {
  const { segments } = plan.stage.placement;
  const zeros = new DataView(new ArrayBuffer(FRAME_SIZE));
  return Array.from(destinations, (pfn) => {
    const segment = segments.find(({ mem, memsz }) => pfnOf(mem) <= pfn && pfn < pfnOf(mem + memsz));
    const content = segment && contents.get(segment.name);
    if (segment === undefined || content === undefined) return zeros;
    const offset = (pfn - pfnOf(segment.mem)) * FRAME_SIZE;
    if (offset >= content.length) return zeros;
    if (offset + FRAME_SIZE <= content.length)
      return new DataView(content.buffer, content.byteOffset + offset, FRAME_SIZE);
    const last = new Uint8Array(FRAME_SIZE);
    last.set(content.subarray(offset));
    return new DataView(last.buffer);
  });
}
