import { cString } from './bytes.ts';
import { type CrashkernelOptions, type CrashkernelVerdict, parseFor, readingOf } from './crashkernel.ts';
import { checkBeyond } from './explain/beyond.ts';
import type { ExplainContext, ExplainJob } from './explain/context.ts';
import { Judge } from './explain/judge.ts';
import { checkNearMisses } from './explain/near-miss.ts';
import { checkPlace } from './explain/place.ts';
import { markUsed } from './explain/used.ts';
import { checkOccurrence } from './explain/value.ts';
import { applyEdits, difference, type Finding, type FindingDraft, finish } from './finding.ts';
import { ARM64_CMDLINE_MAX, cutTo } from './limit.ts';
import { findOccurrences, type Occurrence } from './occurrence.ts';
import { formatSize } from './size.ts';
import { type TokenizedLine, tokenize } from './token.ts';

/** A reading of `crashkernel=` or `kexeckernel=` for people. */
export interface CrashkernelExplanation {
  /** What Linux does. */
  verdict: CrashkernelVerdict;
  /** The same in one sentence. */
  summary: string;
  /** Every place that Linux takes for the parameter, in order. */
  occurrences: Occurrence[];
  /** Every mistake and trap, in order of position. */
  findings: Finding[];
  /** The line with the fixes of all errors and traps made (notes are left); the same line if there are none. */
  fixed: string;
}

/** How to explain. */
export interface ExplainOptions extends CrashkernelOptions {
  /** Bytes of the line that the kernel keeps: {@link ARM64_CMDLINE_MAX} by default, null for no limit. */
  max?: number | null | undefined;
}

/**
 * Explains what a command line reserves on a machine with this much RAM: which occurrence and which clause count, what is
 * ignored and why, and every mistake or trap with its position, what Linux does about it, and the mended line. Of a line that is
 * longer than the kernel keeps, the verdict is that of the front. Never throws; positions are indexes into the line. Of more than
 * 100 occurrences only the last 100 are explained.
 *
 * A fix is offered only if it reserves something, never less than was plainly asked for, never less than before on a machine
 * with other RAM, leaves nothing half mended, need not be mended again, and is the same on every machine; other parameters stay, and
 * where the kernel sees them.
 *
 * @param systemRam Bytes of RAM.
 */
export function explainCrashkernel(
  cmdline: string,
  systemRam: bigint,
  options: ExplainOptions = {},
): CrashkernelExplanation {
  const line = cString(cmdline);
  const max = options.max === undefined ? ARM64_CMDLINE_MAX : (options.max ?? Number.POSITIVE_INFINITY);
  const { name, kernel, mode, defaultLow } = readingOf(options);
  const job: ExplainJob = { name, kernel, mode, defaultLow, ram: systemRam, max };
  const reading = explainOnce(line, job);
  const { verdict, occurrences, drafts } = reading;
  const fixed = settleFixes(line, reading, job);
  const findings = drafts.map((draft) => finish(line, draft));
  if (findings.length > 1) findings.sort((a, b) => a.start - b.start || a.end - b.end);
  return { verdict, summary: summarize(job.name, verdict, occurrences, findings), occurrences, findings, fixed };
}

/** A reading of one line, its fixes not yet judged. */
interface FirstReading {
  verdict: CrashkernelVerdict;
  occurrences: Occurrence[];
  drafts: FindingDraft[];
}

function explainOnce(whole: string, job: ExplainJob): FirstReading {
  const drafts: FindingDraft[] = [];
  const { name, kernel, mode, defaultLow, ram, max } = job;
  const line = cutTo(whole, max);
  const verdict = parseFor(line, ram, job);
  const isLost = checkBeyond(whole, job, verdict, drafts);
  const occurrences = findOccurrences(line, name, ram, kernel);
  const context: ExplainContext = { name, kernel, mode, defaultLow, ram, max, line };
  let tokens: TokenizedLine | undefined;
  const tokenized = (): TokenizedLine => {
    tokens ??= tokenize(line);
    return tokens;
  };
  const first = drafts.length;
  checkNearMisses(line, name, tokenized, drafts);
  markUsed(context, occurrences, drafts);
  for (const occurrence of occurrences) {
    const isForeign = checkPlace(context, occurrence, tokenized, drafts);
    const own = drafts.length;
    checkOccurrence(context, occurrence, drafts);
    if (isForeign) dropFixes(drafts, own);
  }
  // What is cut is to be moved before it can be judged.
  if (isLost) dropFixes(drafts, first);
  return { verdict, occurrences, drafts };
}

function dropFixes(drafts: FindingDraft[], from: number): void {
  for (const draft of drafts.slice(from)) draft.fix = [];
}

/** Longer ones are no command lines, on any architecture: nothing is offered for them. */
const LONGEST = 4096;
/** Where more is wrong, fixes are offered together or not at all. */
const MOST_FIXES = 16;

/** Machines that a fix is made on as well: one that is another there rests on what was not meant. */
const OTHERS: readonly bigint[] = [1n << 30n, 1n << 33n, 1n << 36n];

/**
 * Offers fixes that are final and the same on every machine: none that has to be mended again, and none where it takes the RAM to
 * know what was meant.
 */
function settleFixes(line: string, reading: FirstReading, job: ExplainJob): string {
  const fixed = offerFixes(line, reading, job);
  if (fixed === line || isSettled(line, fixed, job)) return fixed;
  dropFixes(reading.drafts, 0);
  return line;
}

function isSettled(line: string, fixed: string, job: ExplainJob): boolean {
  if (offerFixes(fixed, explainOnce(fixed, job), job) !== fixed) return false;
  return OTHERS.every((ram) => {
    const other = { ...job, ram };
    const there = offerFixes(line, explainOnce(line, other), other);
    return there === line || there === fixed;
  });
}

/** Leaves only fixes that do no harm in the findings, and returns the line with those of errors and traps made. */
function offerFixes(line: string, { drafts, verdict }: FirstReading, job: ExplainJob): string {
  if (!drafts.some(({ fix }) => fix.length > 0)) return line;
  const judge = line.length > LONGEST ? undefined : new Judge(line, job);
  const allows = (fixed: string): boolean => judge?.allows(fixed) === true;
  const isError = ({ severity }: FindingDraft): boolean => severity === 'error';
  const isMistake = ({ severity }: FindingDraft): boolean => severity !== 'note';
  const single = drafts.length > MOST_FIXES ? [] : drafts.filter(isMistake);
  const picks = [isMistake, isError, ...single.map((one) => (draft: FindingDraft) => draft === one)];
  const pick = judge && picks.find((wanted) => allows(mend(line, drafts.filter(wanted), wanted === isError, job)));
  const fixed = pick ? mend(line, drafts.filter(pick), pick === isError, job) : line;
  for (const draft of drafts) {
    if (draft.fix.length === 0) continue;
    const own = applyEdits(line, draft.fix);
    const isPart = pick?.(draft) === true;
    if (isPart && own === fixed) continue;
    // Where the line reserves nothing, and not all of it can be mended, a part of it is of no use.
    if ((pick || verdict.ret === 0) && drafts.length <= MOST_FIXES && allows(own)) continue;
    // A part that is of no use without the others comes with them.
    draft.fix = isPart ? difference(line, fixed) : [];
  }
  return fixed;
}

/** One fix can bring the next mistake to light. */
const ROUNDS = 5;

/** The line with the fixes made, and those of mistakes that come to light by them. */
function mend(line: string, drafts: readonly FindingDraft[], onlyErrors: boolean, job: ExplainJob): string {
  let edits = drafts.flatMap(({ fix }) => fix);
  let mended = line;
  for (let round = 0; round < ROUNDS && edits.length > 0; round++) {
    mended = applyEdits(mended, edits);
    const next = explainOnce(mended, job).drafts;
    edits = next.flatMap(({ severity, fix }) =>
      severity === 'error' || (severity === 'trap' && !onlyErrors) ? fix : [],
    );
  }
  return mended;
}

function summarize(
  name: string,
  verdict: CrashkernelVerdict,
  occurrences: readonly Occurrence[],
  findings: readonly Finding[],
): string {
  if (verdict.ret !== 0) {
    const blame = findings.find(({ severity }) => severity === 'error');
    if (blame) return `reserves nothing: ${blame.message}`;
    return occurrences.length === 0 ? `reserves nothing: no ${name}= in the line` : 'reserves nothing';
  }
  const where =
    verdict.base !== 0n ? `at 0x${verdict.base.toString(16)}` : verdict.high ? 'in high memory' : 'where there is room';
  const low = verdict.high && verdict.lowSize > 0n ? `, with ${formatSize(verdict.lowSize)} of low memory` : '';
  const cma = verdict.cmaSize > 0n ? `, and ${formatSize(verdict.cmaSize)} as CMA` : '';
  return `reserves ${formatSize(verdict.size)} ${where}${low}${cma}`;
}
