import { isBlank } from '../bytes.ts';
import { parseFor } from '../crashkernel.ts';
import { crashkernelTokenEnd } from '../grammar.ts';
import { KERNELS } from '../kernel.ts';
import { cutTo } from '../limit.ts';
import { tokenize } from '../token.ts';
import type { ExplainJob } from './context.ts';
import { type Meant, meantBy, meantSuffix, mostOf } from './plain.ts';

/** Less is no room for a kernel: it counts as nothing. */
const LEAST = 1n << 20n;
/** Linux rounds RAM up to a multiple of this before it looks at ranges. */
const STEP = 128n << 20n;
/** Machines that a fix is tried on besides those at the line's own bounds, in between which nothing changes. */
const MACHINES: readonly bigint[] = Array.from({ length: 9 }, (_, i) => 256n << BigInt(20 + 2 * i));
const SMALLEST = 256n << 20n;
const LARGEST = 16n << 40n;
const ENDS: readonly bigint[] = [SMALLEST, LARGEST];
/** More bounds than this are an attack. */
const MOST_BOUNDS = 400;

/** What a line gives on a machine. */
interface Outcome {
  main: bigint;
  low: bigint;
  high: boolean;
  cma: bigint;
}

/**
 * Judges fixes of a line. A fix is offered only if it reserves something, never less than was plainly asked for, and never less
 * than before, on this machine or on any other.
 */
export class Judge {
  readonly #line: string;
  readonly #job: ExplainJob;
  readonly #asked: Asked;

  constructor(line: string, job: ExplainJob) {
    this.#line = line;
    this.#job = job;
    this.#asked = askedBy(line, job.name);
  }

  /** Whether the line may be offered in place of the one that is judged for. */
  allows(fixed: string): boolean {
    if (fixed === this.#line || outcome(fixed, this.#job, this.#job.ram).main < LEAST) return false;
    return this.#gives(fixed, this.#job.ram) && this.#givesElsewhere(fixed);
  }

  #givesElsewhere(fixed: string): boolean {
    const bounds = [...boundsOf(this.#asked), ...boundsOf(askedBy(fixed, this.#job.name))].slice(0, MOST_BOUNDS);
    // Without ranges it only matters whether a size is less than RAM.
    const machines = this.#line.includes(':') || fixed.includes(':') ? MACHINES : ENDS;
    for (const ram of new Set([...machines, ...bounds])) {
      if (ram >= SMALLEST && ram <= LARGEST && !this.#gives(fixed, ram)) return false;
    }
    return true;
  }

  #gives(fixed: string, ram: bigint): boolean {
    const { main, low } = outcome(fixed, this.#job, ram);
    const isHere = ram === this.#job.ram;
    const asked = mostOf(this.#asked.main, ram);
    // What was asked for and cannot be given, on other machines, is no worse than before.
    if (main < asked && asked >= LEAST && (isHere || (main > 0n && asked < ram))) return false;
    // Any memory is low enough where a kernel knows no high one.
    const askedLow = mostOf(this.#asked.low, ram);
    if (main > 0n && main < askedLow && low < askedLow && (isHere || askedLow < ram)) return false;
    return this.#keeps(fixed, ram);
  }

  #keeps(fixed: string, ram: bigint): boolean {
    const before = outcome(this.#line, this.#job, ram);
    if (before.main < LEAST) return true;
    const after = outcome(fixed, this.#job, ram);
    if (after.main < before.main || after.cma < before.cma) return false;
    return !after.high || after.low >= before.low;
  }
}

function outcome(line: string, job: ExplainJob, ram: bigint): Outcome {
  const { ret, size, lowSize, high, cmaSize } = parseFor(cutTo(line, job.max), ram, job);
  const reserves = ret === 0 && (KERNELS[job.kernel].checksRam || size < ram);
  return reserves ? { main: size, low: lowSize, high, cma: cmaSize } : { main: 0n, low: 0n, high: false, cma: 0n };
}

/** RAM at which a line can change its mind: around every bound and size in it. */
function boundsOf({ main, low }: Asked): bigint[] {
  return [...main, ...low].flatMap(({ from, to, size }) => [
    from - STEP,
    from,
    (to ?? from) - STEP,
    to ?? from,
    size,
    size + 1n,
  ]);
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
}

/** What a line plainly asks for: of those of one kind in one kind of place, the last. */
function askedBy(line: string, name: ExplainJob['name']): Asked {
  const last = new Map<string, Meant[]>();
  let low: Meant[] = [];
  const initStart = line.includes('--') ? tokenize(line).initStart : line.length;
  for (const match of line.matchAll(PLACES[name])) {
    const at = match.index + match[0].length;
    const value = line.slice(at, crashkernelTokenEnd(line, at));
    const suffix = meantSuffix(value);
    const isOwn = match[0] === `${name}=` && (match.index === 0 || isBlank(line.charCodeAt(match.index - 1)));
    const isMisspelt = !match[0].startsWith(name);
    const place = `${suffix} ${isOwn} ${at > initStart}`;
    const meant = meantBy(value);
    if (suffix === ',cma' || meant.length === 0) continue;
    if (suffix === ',low') low = meant;
    else last.set(isMisspelt ? `${match.index}` : place, meant);
  }
  return { main: [...last.values()].flat(), low };
}
