import { RelocationError } from './error.ts';
import { COPY_RUN_PAGES_MAX, PAGE_FRAMES } from './limits.ts';
import type { PageSpan } from './page.ts';
import { runsOf } from './runs.ts';
import type { LoadedSegment } from './source-table.ts';

/** Pages that follow each other both as sources and as destinations. */
export interface CopyRun {
  readonly source: number;
  readonly destination: number;
  readonly pages: number;
}

/** The copies of a plan in list order, as runs: 20 bytes a run, for plans of millions of pages. */
export class CopyRuns implements Iterable<CopyRun> {
  readonly #source: Float64Array;
  readonly #destination: Float64Array;
  readonly #pages: Uint32Array;

  private constructor(length: number) {
    this.#source = new Float64Array(length);
    this.#destination = new Float64Array(length);
    this.#pages = new Uint32Array(length);
  }

  /**
   * The given runs.
   *
   * @throws RelocationError `EINVAL` for a run without pages or of more than 2^32 - 1, and for pages beyond all memory.
   */
  static of(runs: readonly CopyRun[]): CopyRuns {
    const made = new CopyRuns(runs.length);
    runs.forEach((run, index) => {
      checkRun(run);
      made.#set(index, run.source, run.destination, run.pages);
    });
    return made;
  }

  /** Joins the sources of each segment into runs. */
  static ofSegments(segments: readonly LoadedSegment[]): CopyRuns {
    const made = new CopyRuns(segments.reduce((sum, { sources }) => sum + countRuns(sources), 0));
    let index = 0;
    for (const { first, sources } of segments) {
      for (const { from, to } of runsOf(sources)) {
        made.#set(index, sources[from] ?? 0, first + from, to - from);
        index += 1;
      }
    }
    return made;
  }

  /** How many runs there are. */
  get length(): number {
    return this.#pages.length;
  }

  /** How many pages they copy in all. */
  get pages(): number {
    return this.#pages.reduce((sum, pages) => sum + pages, 0);
  }

  /** One run; a negative index counts from the end. */
  at(index: number): CopyRun | undefined {
    const source = this.#source.at(index);
    const destination = this.#destination.at(index);
    const pages = this.#pages.at(index);
    if (source === undefined || destination === undefined || pages === undefined) return undefined;
    return { source, destination, pages };
  }

  *[Symbol.iterator](): Generator<CopyRun, undefined> {
    for (let index = 0; index < this.length; index++) {
      const run = this.at(index);
      if (run !== undefined) yield run;
    }
  }

  /** The source pages of each run. */
  *sources(): Generator<PageSpan, undefined> {
    for (const { source, pages } of this) yield { first: source, pages };
  }

  #set(index: number, source: number, destination: number, pages: number): void {
    this.#source[index] = source;
    this.#destination[index] = destination;
    this.#pages[index] = pages;
  }
}

function checkRun({ source, destination, pages }: CopyRun): void {
  const isRun = Number.isInteger(pages) && pages > 0 && pages <= COPY_RUN_PAGES_MAX;
  if (isRun && areFrames(source, pages) && areFrames(destination, pages)) return;
  throw new RelocationError(
    'EINVAL',
    `no ${pages} pages can be copied from page ${source} to page ${destination}`,
    'give page frame numbers, and one page or more',
  );
}

const areFrames = (first: number, pages: number): boolean =>
  Number.isInteger(first) && first >= 0 && first + pages <= PAGE_FRAMES;

function countRuns(sources: Float64Array): number {
  let runs = 0;
  for (const _ of runsOf(sources)) runs += 1;
  return runs;
}
