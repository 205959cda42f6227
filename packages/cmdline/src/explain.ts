import { cString } from './bytes.ts';
import { type CrashkernelOptions, type CrashkernelVerdict, defaultMode, parseCrashkernel } from './crashkernel.ts';
import { nearMisses } from './explain/near-miss.ts';
import { checkPlace } from './explain/place.ts';
import { markUsed } from './explain/used.ts';
import { checkOccurrence } from './explain/value.ts';
import { type Finding, type FindingDraft, finish } from './finding.ts';
import { defaultKernel } from './kernel.ts';
import { findOccurrences, type Occurrence } from './occurrence.ts';
import { formatSize } from './size.ts';
import { tokenize } from './token.ts';

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

/**
 * Explains what a command line reserves on a machine with this much RAM: which occurrence and which clause count, what is
 * ignored and why, and every mistake or trap with its position, what Linux does about it, and the mended line.
 * Never throws; positions are indexes into the line. Of more than 100 occurrences only the last 100 are explained.
 *
 * @param systemRam Bytes of RAM.
 */
export function explainCrashkernel(
  cmdline: string,
  systemRam: bigint,
  options: CrashkernelOptions = {},
): CrashkernelExplanation {
  const explanation = explainOnce(cString(cmdline), systemRam, options);
  // One fix can bring the next mistake to light.
  for (let round = 0; round < 4; round++) {
    const { fixed } = explainOnce(explanation.fixed, systemRam, options);
    if (fixed === explanation.fixed) break;
    explanation.fixed = fixed;
  }
  return explanation;
}

function explainOnce(line: string, systemRam: bigint, options: CrashkernelOptions): CrashkernelExplanation {
  const name = options.parameter ?? 'crashkernel';
  const kernel = options.kernel ?? defaultKernel;
  const verdict = parseCrashkernel(line, systemRam, options);
  const tokenized = tokenize(line);
  const occurrences = findOccurrences(line, name, systemRam, kernel);
  const context = { line, name, kernel, ram: systemRam };
  const drafts: FindingDraft[] = nearMisses(line, name, tokenized);
  markUsed(name, options.mode ?? defaultMode(name, kernel), occurrences, drafts);
  for (const occurrence of occurrences) {
    const place = checkPlace(line, name, occurrence, tokenized);
    const value = checkOccurrence(context, occurrence);
    drafts.push(...place);
    // Inside another parameter there is nothing to mend: the text is that parameter's.
    const foreign = place.some(({ code, fix }) => code === 'substring' && fix.length === 0);
    drafts.push(...(foreign ? value.map((draft) => ({ ...draft, fix: [] })) : value));
  }
  const findings = drafts.map((draft) => finish(line, draft)).toSorted((a, b) => a.start - b.start || a.end - b.end);
  const mended = findings.filter(({ severity }) => severity !== 'note').flatMap(({ fix }) => fix);
  return {
    verdict,
    summary: summarize(name, verdict, occurrences, findings),
    occurrences,
    findings,
    fixed: finish(line, { ...NO_FINDING, fix: mended }).fixed,
  };
}

const NO_FINDING: FindingDraft = {
  code: 'ignored',
  severity: 'note',
  start: 0,
  end: 0,
  message: '',
  linux: '',
  fix: [],
};

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
