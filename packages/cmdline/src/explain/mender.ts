import { applyEdits, difference, type Edit, type FindingCode, type FindingDraft, fixOf } from '../finding.ts';
import type { ExplainJob } from './context.ts';
import { Judge } from './judge.ts';
import { type LineReading, readLine } from './read-line.ts';
import { remembered } from './remembered.ts';

/** Longer ones are no command lines, on any architecture: nothing is offered for them. */
const LONGEST = 4096;
/** Where more is wrong, fixes are offered together or not at all. */
const MOST_FIXES = 16;
/** One fix can bring the next mistake to light. */
const ROUNDS = 5;
/** Machines that a fix is made on as well: one that is another there rests on what was not meant. */
const OTHERS: readonly bigint[] = [1n << 30n, 1n << 33n, 1n << 36n];

/** Mistakes that a line has on some machines only, by how much RAM they have. */
const OF_MACHINES: ReadonlySet<FindingCode> = new Set(['no-match', 'too-large']);

/** Which findings' fixes are made together. */
type Pick = (draft: FindingDraft) => boolean;

/** A line mended on one machine: the same line, and no pick, where nothing can be offered. */
interface Mended {
  readonly fixed: string;
  readonly pick: Pick | undefined;
}

const isError: Pick = ({ severity }) => severity === 'error';
const isMistake: Pick = ({ severity }) => severity !== 'note';

/** What can be offered for a line. */
export interface Offer {
  /** The line with the fixes of errors and traps made; the same line if there are none. */
  readonly fixed: string;
  /** The fix of each finding, in their order; empty where none can be offered. */
  readonly fixes: readonly Edit[][];
}

/**
 * Mends a line by the fixes of its findings. Offers fixes that do no harm, are final, and the same on every machine: none that has to
 * be mended again, and none where it takes the RAM to know what was meant.
 */
export class Mender {
  readonly #line: string;
  readonly #job: ExplainJob;
  readonly #reading: LineReading;
  readonly #readings = new Map<string, LineReading>();
  readonly #judges = new Map<string, Judge>();

  /** @param reading of this line on this machine. */
  constructor(line: string, job: ExplainJob, reading: LineReading) {
    this.#line = line;
    this.#job = job;
    this.#reading = reading;
    this.#readings.set(`${job.ram} ${line}`, reading);
  }

  /** What can be offered, which takes some ten times as long to find out as a reading. */
  offer(): Offer {
    const mended = this.#mendedOn(this.#line, this.#job.ram);
    const { drafts, verdict } = this.#reading;
    if (mended.fixed !== this.#line && !this.#isSettled(mended.fixed))
      return { fixed: this.#line, fixes: drafts.map(() => []) };
    // Where the line reserves nothing, and not all of it can be mended, a part of it is of no use.
    const hasParts = (mended.pick !== undefined || verdict.ret === 0) && drafts.length <= MOST_FIXES;
    return { fixed: mended.fixed, fixes: drafts.map((draft) => this.#fixOf(draft, mended, hasParts)) };
  }

  #isSettled(fixed: string): boolean {
    if (this.#mendedOn(fixed, this.#job.ram).fixed !== fixed) return false;
    return OTHERS.every((ram) => {
      const there = this.#mendedOn(this.#line, ram).fixed;
      return there === this.#line || there === fixed;
    });
  }

  #fixOf(draft: FindingDraft, { fixed, pick }: Mended, hasParts: boolean): Edit[] {
    const fix = fixOf(draft);
    if (fix.length === 0) return [];
    const own = applyEdits(this.#line, fix);
    const isPart = pick?.(draft) === true;
    if ((isPart && own === fixed) || (hasParts && this.#allows(this.#line, own, this.#job.ram))) return fix;
    // A part that is of no use without the others comes with them.
    return isPart ? difference(this.#line, fixed) : [];
  }

  #mendedOn(line: string, ram: bigint): Mended {
    const { drafts } = this.#read(line, ram);
    if (!drafts.some((draft) => fixOf(draft).length > 0)) return { fixed: line, pick: undefined };
    const single = drafts.length > MOST_FIXES ? [] : drafts.filter(isMistake);
    for (const pick of [
      isMistake,
      isError,
      ...single.map(
        (one): Pick =>
          (draft) =>
            draft === one,
      ),
    ]) {
      const fixed = this.#mend(line, drafts.filter(pick), pick === isError, ram);
      if (this.#allows(line, fixed, ram)) return { fixed, pick };
    }
    return { fixed: line, pick: undefined };
  }

  /** The line with the fixes made, and those of mistakes that come to light by them. */
  #mend(line: string, drafts: readonly FindingDraft[], onlyErrors: boolean, ram: bigint): string {
    let edits = drafts.flatMap(fixOf);
    let mended = line;
    for (let round = 0; round < ROUNDS && edits.length > 0; round++) {
      mended = applyEdits(mended, edits);
      const next = this.#read(mended, ram).drafts.filter(onlyErrors ? isError : isMistake);
      edits = next.flatMap(fixOf);
    }
    return mended;
  }

  #allows(line: string, fixed: string, ram: bigint): boolean {
    if (line.length > LONGEST) return false;
    const judge = remembered(this.#judges, line, () => new Judge(line, this.#job));
    return judge.allows(fixed, ram) && [ram, ...OTHERS].every((each) => this.#isMended(line, fixed, each));
  }

  /** Whether no mistake is left in what was mended, but that the machine is too small. */
  #isMended(line: string, fixed: string, ram: bigint): boolean {
    const { occurrences, drafts } = this.#read(fixed, ram);
    const places = changed(line, fixed, occurrences);
    return !drafts.some(
      (draft) =>
        isMistake(draft) &&
        !OF_MACHINES.has(draft.code) &&
        // One who leaves out a unit leaves out all.
        (draft.code === 'tiny' || places.some((place) => meet(place, draft))),
    );
  }

  #read(line: string, ram: bigint): LineReading {
    return remembered(this.#readings, `${ram} ${line}`, () => readLine(line, { ...this.#job, ram }));
  }
}

/** A part of a line. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** What is another text in the mended line than it was, and the values that it is a part of. */
function changed(line: string, fixed: string, occurrences: readonly Place[]): Place[] {
  return difference(fixed, line).flatMap((edit) => [edit, ...occurrences.filter((each) => meet(each, edit))]);
}

/** Whether two places share a character, or stand side by side. */
function meet(one: Place, other: Place): boolean {
  return one.start <= other.end && other.start <= one.end;
}
