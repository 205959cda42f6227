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

/** How much of a page stands where it must: none, some, all. */
const [NONE, SOME, ALL] = [0, 1, 2] as const;

/** Compares destinations with what must come to stand there; only those that have changed since it looked before. */
export class PageProgress {
  readonly #memory: PhysicalMemory;
  readonly #contents: readonly Uint32Array[];
  readonly #frames: readonly (Frame | undefined)[];
  readonly #places: ReadonlyMap<Frame | undefined, number>;
  readonly #come: Uint8Array;
  readonly #dirty: Uint8Array;

  constructor(memory: PhysicalMemory, loaded: LoadedReboot, pages: CopiedPages) {
    const { destinations } = pages;
    this.#memory = memory;
    this.#contents = contentsOf(loaded, pages);
    this.#frames = Array.from(destinations, (pfn) => memory.frame(pfn));
    this.#places = new Map(this.#frames.map((frame, at) => [frame, at]));
    this.#come = new Uint8Array(destinations.length);
    this.#dirty = new Uint8Array(destinations.length);
  }

  /** Where the machine stands. */
  look(): PagesSeen {
    for (const frame of this.#memory.takeChanged() ?? this.#frames) {
      const at = this.#places.get(frame);
      const content = at === undefined ? undefined : this.#contents[at];
      if (frame === undefined || at === undefined || content === undefined) continue;
      const come = wordsThere(frame, content);
      this.#come[at] = come === content.length ? ALL : come > 0 ? SOME : NONE;
      this.#dirty[at] = frame.dirtyLines();
    }
    const states = new Uint8Array(this.#come.length);
    let [dirtyLines, dirtyPages, unfinishedPages] = [0, 0, 0];
    for (const [at, frame] of this.#frames.entries()) {
      const dirty = this.#dirty[at] ?? 0;
      // A DSB changes that of all pages at once.
      const isUnfinished = frame?.isMaintained === true && frame.unfinishedLines() > 0;
      dirtyLines += dirty;
      if (dirty > 0) dirtyPages += 1;
      if (isUnfinished) unfinishedPages += 1;
      states[at] = stateOf(this.#come[at] ?? NONE, dirty, isUnfinished);
    }
    return { states, dirtyLines, dirtyPages, unfinishedPages };
  }
}

function stateOf(come: number, dirty: number, isUnfinished: boolean): number {
  if (come !== ALL) return come === SOME ? pageStates.underWay : pageStates.waiting;
  return dirty > 0 ? pageStates.dirty : isUnfinished ? pageStates.unfinished : pageStates.clean;
}

/** Words from the start of a page that data accesses see as they must become. */
function wordsThere({ memory, cache, lines }: Frame, content: Uint32Array): number {
  const size = content.length / lines.length;
  for (let line = 0; line < lines.length; line++) {
    const seen = (lines[line] === 0 ? undefined : cache) ?? memory;
    for (let at = line * size; at < (line + 1) * size; at++) if (seen[at] !== content[at]) return at;
  }
  return content.length;
}

/** What each copied page must hold in the end; zeros behind the end of a segment's content. */
function contentsOf({ plan, contents }: LoadedReboot, { destinations }: CopiedPages): Uint32Array[] {
  const { segments } = plan.stage.placement;
  const zeros = new Uint32Array(FRAME_SIZE / 4);
  return Array.from(destinations, (pfn) => {
    const segment = segments.find(({ mem, memsz }) => pfnOf(mem) <= pfn && pfn < pfnOf(mem + memsz));
    const content = segment && contents.get(segment.name);
    if (segment === undefined || content === undefined) return zeros;
    const offset = (pfn - pfnOf(segment.mem)) * FRAME_SIZE;
    if (offset >= content.length) return zeros;
    const start = content.byteOffset + offset;
    if (offset + FRAME_SIZE <= content.length && start % 4 === 0)
      return new Uint32Array(content.buffer, start, FRAME_SIZE / 4);
    const page = new Uint8Array(FRAME_SIZE);
    page.set(content.subarray(offset, offset + FRAME_SIZE));
    return new Uint32Array(page.buffer);
  });
}
