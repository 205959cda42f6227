import { applyEdits, difference, type FindingDraft } from '../finding.ts';
import type { ExplainJob } from './context.ts';
import { Judge } from './judge.ts';
import { dropFixes, type LineReading, readLine } from './read-line.ts';

/** Longer ones are no command lines, on any architecture: nothing is offered for them. */
const LONGEST = 4096;
/** Where more is wrong, fixes are offered together or not at all. */
const MOST_FIXES = 16;
/** One fix can bring the next mistake to light. */
const ROUNDS = 5;
/** Machines that a fix is made on as well: one that is another there rests on what was not meant. */
const OTHERS: readonly bigint[] = [1n << 30n, 1n << 33n, 1n << 36n];

/** Which findings' fixes are made together. */
type Pick = (draft: FindingDraft) => boolean;

/** A line mended on one machine: the same line, and no pick, where nothing can be offered. */
interface Mended {
  readonly fixed: string;
  readonly pick: Pick | undefined;
}

const isError: Pick = ({ severity }) => severity === 'error';
const isMistake: Pick = ({ severity }) => severity !== 'note';

/**
 * Mends a line by the fixes of its findings. Offers fixes that do no harm, are final, and the same on every machine: none that has to
 * be mended again, and none where it takes the RAM to know what was meant.
 */
export class Mender {
  readonly #line: string;
  readonly #job: ExplainJob;
  readonly #readings = new Map<bigint, Map<string, LineReading>>();
  readonly #judges = new Map<string, Judge>();

  constructor(line: string, job: ExplainJob) {
    this.#line = line;
    this.#job = job;
  }

  /** The reading with only those fixes in its findings that can be offered, and the line with those of errors and traps made. */
  settle(): LineReading & { readonly fixed: string } {
    const reading = this.#read(this.#line, this.#job.ram);
    const mended = this.#mendedOn(this.#line, this.#job.ram);
    const isFinal = mended.fixed === this.#line || this.#isSettled(mended.fixed);
    if (isFinal) this.#offer(reading, mended);
    else dropFixes(reading.drafts);
    return { ...reading, fixed: isFinal ? mended.fixed : this.#line };
  }

  #isSettled(fixed: string): boolean {
    if (this.#mendedOn(fixed, this.#job.ram).fixed !== fixed) return false;
    return OTHERS.every((ram) => {
      const there = this.#mendedOn(this.#line, ram).fixed;
      return there === this.#line || there === fixed;
    });
  }

  /** Leaves only fixes that do no harm in the findings. */
  #offer({ drafts, verdict }: LineReading, { fixed, pick }: Mended): void {
    for (const draft of drafts) {
      if (draft.fix.length === 0) continue;
      const own = applyEdits(this.#line, draft.fix);
      const isPart = pick?.(draft) === true;
      if (isPart && own === fixed) continue;
      // Where the line reserves nothing, and not all of it can be mended, a part of it is of no use.
      const isUseful = (pick !== undefined || verdict.ret === 0) && drafts.length <= MOST_FIXES;
      if (isUseful && this.#allows(this.#line, own, this.#job.ram)) continue;
      // A part that is of no use without the others comes with them.
      draft.fix = isPart ? difference(this.#line, fixed) : [];
    }
  }

  #mendedOn(line: string, ram: bigint): Mended {
    const { drafts } = this.#read(line, ram);
    if (!drafts.some(({ fix }) => fix.length > 0)) return { fixed: line, pick: undefined };
    const single = drafts.length > MOST_FIXES ? [] : drafts.filter(isMistake);
    for (const pick of [isMistake, isError, ...single.map((one): Pick => (draft) => draft === one)]) {
      const fixed = this.#mend(line, drafts.filter(pick), pick === isError, ram);
      if (this.#allows(line, fixed, ram)) return { fixed, pick };
    }
    return { fixed: line, pick: undefined };
  }

  /** The line with the fixes made, and those of mistakes that come to light by them. */
  #mend(line: string, drafts: readonly FindingDraft[], onlyErrors: boolean, ram: bigint): string {
    let edits = drafts.flatMap(({ fix }) => fix);
    let mended = line;
    for (let round = 0; round < ROUNDS && edits.length > 0; round++) {
      mended = applyEdits(mended, edits);
      const next = this.#read(mended, ram).drafts.filter(onlyErrors ? isError : isMistake);
      edits = next.flatMap(({ fix }) => fix);
    }
    return mended;
  }

  #allows(line: string, fixed: string, ram: bigint): boolean {
    if (line.length > LONGEST) return false;
    let judge = this.#judges.get(line);
    if (!judge) this.#judges.set(line, (judge = new Judge(line, this.#job)));
    return judge.allows(fixed, ram);
  }

  #read(line: string, ram: bigint): LineReading {
    let readings = this.#readings.get(ram);
    if (!readings) this.#readings.set(ram, (readings = new Map()));
    let reading = readings.get(line);
    if (!reading) readings.set(line, (reading = readLine(line, { ...this.#job, ram })));
    return reading;
  }
}
