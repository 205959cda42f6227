import { cString } from './bytes.ts';
import { type CrashkernelOptions, type CrashkernelVerdict, readingOf } from './crashkernel.ts';
import type { ExplainJob } from './explain/context.ts';
import { Mender, type Offer } from './explain/mender.ts';
import { readLine } from './explain/read-line.ts';
import { type Finding, type FindingCode, finish } from './finding.ts';
import { ARM64_CMDLINE_MAX } from './limit.ts';
import type { Occurrence } from './occurrence.ts';
import { formatSize } from './size.ts';

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
 * where the kernel sees them. To know that takes some ten times as long as the explanation: it is found out when `fix` or `fixed` is
 * first read.
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
  const reading = readLine(line, job);
  const { verdict, occurrences, drafts } = reading;
  let known: Offer | undefined;
  const offer = (): Offer => {
    known ??= new Mender(line, job, reading).offer();
    return known;
  };
  const findings = drafts.map((draft, index) => finish(line, draft, () => offer().fixes[index] ?? []));
  if (findings.length > 1) findings.sort((a, b) => a.start - b.start || a.end - b.end);
  return {
    verdict,
    summary: summarize(job.name, verdict, occurrences, findings),
    occurrences,
    findings,
    get fixed() {
      return offer().fixed;
    },
  };
}

/** What Linux finds wrong only when it reserves. */
const REFUSED: ReadonlySet<FindingCode> = new Set(['base-beyond', 'base-misaligned', 'too-large']);

function summarize(
  name: string,
  verdict: CrashkernelVerdict,
  occurrences: readonly Occurrence[],
  findings: readonly Finding[],
): string {
  // What the parser accepts can be refused when it is to be reserved.
  const refusal = findings.find(({ code, severity }) => severity === 'error' && REFUSED.has(code));
  if (verdict.ret !== 0 || refusal) {
    const blame = refusal ?? findings.find(({ severity }) => severity === 'error');
    if (blame) return `reserves nothing: ${blame.message}`;
    return occurrences.length === 0 ? `reserves nothing: no ${name}= in the line` : 'reserves nothing';
  }
  const where =
    verdict.base !== 0n ? `at 0x${verdict.base.toString(16)}` : verdict.high ? 'in high memory' : 'where there is room';
  const low = verdict.high && verdict.lowSize > 0n ? `, with ${formatSize(verdict.lowSize)} of low memory` : '';
  const cma = verdict.cmaSize > 0n ? `, and ${formatSize(verdict.cmaSize)} as CMA` : '';
  return `reserves ${formatSize(verdict.size)} ${where}${low}${cma}`;
}
