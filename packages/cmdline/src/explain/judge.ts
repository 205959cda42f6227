import { isBlank } from '../bytes.ts';
import { parseFor } from '../crashkernel.ts';
import { crashkernelTokenEnd } from '../grammar.ts';
import { KERNELS } from '../kernel.ts';
import { cutTo } from '../limit.ts';
import { tokenize } from '../token.ts';
import { isPlace } from './base.ts';
import type { ExplainJob } from './context.ts';
import { isWhole, keepsOthers, losesNothing } from './harmless.ts';
import { isNear } from './near-name.ts';
import { type Meant, meantBy, meantSuffix, mostOf } from './plain.ts';
import { remembered } from './remembered.ts';
import { SMALLEST, turnsOf, turnsOfMeant } from './turns.ts';
import { isTorn } from './word.ts';

/** Less is no room for a kernel: it counts as nothing. */
const LEAST = 1n << 20n;
/** More machines than this are an attack. */
const MOST_MACHINES = 400;

/** What a line gives on a machine. */
interface Outcome {
  main: bigint;
  low: bigint;
  high: boolean;
  cma: bigint;
  base: bigint;
}

const NOTHING: Outcome = { main: 0n, low: 0n, high: false, cma: 0n, base: 0n };

/**
 * Judges fixes of a line. A fix is offered only if it reserves something, never less than was plainly asked for, and never less
 * than before, on this machine or on any other; and only if it leaves nothing half mended, and other parameters alone.
 */
export class Judge {
  readonly #line: string;
  readonly #job: ExplainJob;
  readonly #asked: Asked;
  /** RAM at which something changes: what Linux makes of the line, or what was asked for. */
  readonly #turns: readonly bigint[];
  readonly #before = new Map<bigint, Outcome>();
  /** Lines that were judged, and whether they do no harm on any machine. */
  readonly #harmless = new Map<string, boolean>();

  constructor(line: string, job: ExplainJob) {
    this.#line = line;
    this.#job = job;
    this.#asked = askedBy(line, job.name);
    this.#turns = [...turnsOf(line, job), ...turnsOfMeant(this.#asked.main), ...turnsOfMeant(this.#asked.low)];
  }

  /** Whether the line may be offered on this machine in place of the one that is judged for. */
  allows(fixed: string, ram: bigint): boolean {
    if (fixed === this.#line) return false;
    const after = this.#outcomeAfter(fixed, ram);
    return after.main >= LEAST && this.#gives(after, ram, true) && this.#isHarmless(fixed);
  }

  #isHarmless(fixed: string): boolean {
    const rules = [isWhole, keepsOthers, losesNothing];
    return remembered(
      this.#harmless,
      fixed,
      () => rules.every((rule) => rule(this.#line, fixed, this.#job)) && this.#givesElsewhere(fixed),
    );
  }

  #givesElsewhere(fixed: string): boolean {
    const machines = new Set([SMALLEST, ...this.#turns, ...turnsOf(fixed, this.#job)]);
    if (machines.size > MOST_MACHINES) return false;
    return [...machines].every((ram) => this.#gives(this.#outcomeAfter(fixed, ram), ram, false));
  }

  /** In a place that Linux refuses nothing is reserved; what the line seemed to give before is kept all the same. */
  #outcomeAfter(fixed: string, ram: bigint): Outcome {
    const after = outcome(fixed, this.#job, ram);
    return isPlace(after.base, after.main) ? after : NOTHING;
  }

  #gives(after: Outcome, ram: bigint, isHere: boolean): boolean {
    const { main, low, high } = after;
    const asked = mostOf(this.#asked.main, ram);
    // What was asked for and cannot be given, on other machines, is no worse than before.
    if (main < asked && asked >= LEAST && (isHere || (main > 0n && asked < ram))) return false;
    // Any memory is low enough where a kernel knows no high one.
    const askedLow = mostOf(this.#asked.low, ram);
    if (main > 0n && (high ? low : main) < askedLow && (isHere || askedLow < ram)) return false;
    return this.#keeps(after, ram);
  }

  #keeps(after: Outcome, ram: bigint): boolean {
    const before = this.#outcomeBefore(ram);
    if (before.main < LEAST) return after.main < LEAST || this.#names(ram);
    if (after.main < before.main || after.cma < before.cma) return false;
    if (isPlace(before.base, before.main) && after.base !== before.base) return false;
    return !after.high || after.low >= before.low;
  }

  #outcomeBefore(ram: bigint): Outcome {
    return remembered(this.#before, ram, () => outcome(this.#line, this.#job, ram));
  }

  /** Whether anything was asked for on such a machine; an `auto` says nothing of machines. */
  #names(ram: bigint): boolean {
    const { main, low, isTorn: isPart } = this.#asked;
    return isPart || (main.length === 0 && low.length === 0) || mostOf(main, ram) > 0n || mostOf(low, ram) > 0n;
  }
}

function outcome(line: string, job: ExplainJob, ram: bigint): Outcome {
  const { ret, size, base, lowSize, high, cmaSize } = parseFor(cutTo(line, job.max), ram, job);
  const reserves = ret === 0 && (KERNELS[job.kernel].checksRam || size < ram);
  return reserves ? { main: size, low: lowSize, high, cma: cmaSize, base } : NOTHING;
}

/** Every place that looks like the parameter, in whatever spelling, from the start of a word or inside of one. */
const PLACES = {
  crashkernel: /c[-_]*r[-_]*a[-_]*s[-_]*h[-_]*k[-_]*e[-_]*r[-_]*n[-_]*e[-_]*l *= */gi,
  kexeckernel: /k[-_]*e[-_]*x[-_]*e[-_]*c[-_]*k[-_]*e[-_]*r[-_]*n[-_]*e[-_]*l *= */gi,
};

/** What is asked for, in whatever memory, and as low memory. */
interface Asked {
  main: Meant[];
  low: Meant[];
  /** Whether a value goes on behind a blank, so that not all that was asked for is here. */
  isTorn: boolean;
}

/** What a line plainly asks for: of those of one kind in one kind of place, the last. */
function askedBy(line: string, name: ExplainJob['name']): Asked {
  const last = new Map<string, Meant[]>();
  let low: Meant[] = [];
  let torn = false;
  const { tokens, initStart } = tokenize(line);
  const misspelt = tokens.filter(({ param, value }) => value !== null && isNear(param, name));
  for (const match of line.matchAll(PLACES[name])) {
    const at = match.index + match[0].length;
    const end = crashkernelTokenEnd(line, at);
    const value = line.slice(at, end);
    torn ||= isTorn(line, end);
    const suffix = meantSuffix(value);
    const isOwn = match[0] === `${name}=` && (match.index === 0 || isBlank(line.charCodeAt(match.index - 1)));
    const isMisspelt = !match[0].startsWith(name);
    const place = `${suffix} ${isOwn} ${at > initStart}`;
    const meant = meantBy(value);
    if (suffix === ',cma' || meant.length === 0) continue;
    if (suffix === ',low') low = meant;
    else last.set(isMisspelt ? `${match.index}` : place, meant);
  }
  const main = [...last.values(), ...misspelt.map(({ value }) => meantBy(value ?? ''))].flat();
  return { main, low, isTorn: torn };
}
