import type { CrashkernelVerdict } from './crashkernel.ts';
import { type CrashkernelExplanation, type ExplainOptions, explainCrashkernel } from './explain.ts';
import type { Finding, FindingCode } from './finding.ts';
import { roundedRam } from './grammar.ts';
import type { Occurrence } from './occurrence.ts';

/** What a line reserves on all machines whose RAM lies between two bounds. */
export interface RamVerdict {
  /** Bytes of RAM, as ranges are compared with it: rounded up to 128 MiB. */
  readonly from: bigint;
  /** RAM from which on something else holds; null for no bound. */
  readonly to: bigint | null;
  readonly verdict: CrashkernelVerdict;
}

/** A reading of a line for machines whose RAM is not known. */
export interface AnyRamExplanation {
  /** What it reserves, by RAM: one entry where RAM decides nothing. Of more than 64 pieces the first are told. */
  readonly byRam: readonly RamVerdict[];
  readonly occurrences: readonly Occurrence[];
  /** Mistakes and traps that the line has whatever the machine, in order of position. */
  readonly findings: readonly Finding[];
  /** The line with them mended. */
  readonly fixed: string;
}

const STEP = 128n << 20n;
/** More than what any list is written for. */
const PLENTY = 1n << 50n;

/** What is so on a machine with this RAM only. */
const BY_RAM: ReadonlySet<FindingCode> = new Set(['no-match', 'rounded-ram', 'too-large', 'base-beyond']);

/**
 * Explains a line where nobody knows the RAM of the machine: what it reserves on which, and what is wrong with it on all of them.
 * See {@link explainCrashkernel} for a machine that is known. Never throws.
 */
export function explainForAnyRam(cmdline: string, options: ExplainOptions = {}): AnyRamExplanation {
  const explain = (ram: bigint): CrashkernelExplanation => explainCrashkernel(cmdline, ram, options);
  const plenty = explain(PLENTY);
  const bounds = boundsOf(plenty.occurrences);
  const all = bounds.slice(0, MOST_PIECES).map((from) => ({ from, explanation: explain(from) }));
  // The machine that most of the line was written for: what is wrong there is wrong for all.
  const best = all.findLast(({ explanation }) => explanation.verdict.ret === 0)?.explanation ?? plenty;
  const findings = joined([best, plenty, ...all.map(({ explanation }) => explanation)]);
  return {
    byRam: merged(
      all.map(({ from, explanation }) => ({ from, verdict: explanation.verdict })),
      bounds[MOST_PIECES] ?? null,
    ),
    occurrences: best.occurrences,
    findings,
    fixed: findings.some(({ severity }) => severity !== 'note') ? best.fixed : cmdline,
  };
}

/** Lists with more clauses than this are an attack, not a parameter. */
const MOST_PIECES = 64;

/** RAM from which on something else can hold: the least, and where a clause or the size begins to count. */
function boundsOf(occurrences: readonly Occurrence[]): bigint[] {
  const values = occurrences.flatMap(({ clauses, size }) => [
    size + 1n,
    ...clauses.flatMap(({ from, to, size: inClause }) => [from, to ?? 0n, inClause + 1n]),
  ]);
  const rounded = values.map(roundedRam).filter((value) => value > STEP && value < PLENTY);
  return [...new Set([STEP, ...rounded])].sort((a, b) => (a < b ? -1 : 1));
}

const isAlike = (a: CrashkernelVerdict, b: CrashkernelVerdict): boolean =>
  a.ret === b.ret &&
  (a.ret !== 0 ||
    (a.size === b.size &&
      a.base === b.base &&
      a.high === b.high &&
      a.lowSize === b.lowSize &&
      a.cmaSize === b.cmaSize));

/** @param end where the last piece ends. */
function merged(all: readonly Omit<RamVerdict, 'to'>[], end: bigint | null): RamVerdict[] {
  const starts = all.filter(({ verdict }, at) => {
    const before = all[at - 1];
    return before === undefined || !isAlike(before.verdict, verdict);
  });
  return starts.map(({ from, verdict }, at) => ({ from, to: starts[at + 1]?.from ?? end, verdict }));
}

/** Each place once, as the first explanation has it that says something of it. */
function joined(explanations: readonly CrashkernelExplanation[]): Finding[] {
  const told: Finding[] = [];
  for (const { findings } of explanations) {
    const before = told.slice();
    told.push(...findings.filter((one) => !BY_RAM.has(one.code) && !before.some((other) => overlaps(one, other))));
  }
  return told.sort((a, b) => a.start - b.start || a.end - b.end);
}

const overlaps = (one: Finding, other: Finding): boolean =>
  (one.start === other.start && one.end === other.end) || (one.start < other.end && other.start < one.end);
