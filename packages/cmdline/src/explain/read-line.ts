import { type CrashkernelVerdict, parseFor } from '../crashkernel.ts';
import type { FindingDraft } from '../finding.ts';
import { cutTo } from '../limit.ts';
import { findOccurrences, type Occurrence } from '../occurrence.ts';
import { type TokenizedLine, tokenize } from '../token.ts';
import { checkBeyond } from './beyond.ts';
import type { ExplainContext, ExplainJob } from './context.ts';
import { checkNearMisses } from './near-miss.ts';
import { checkPlace } from './place.ts';
import { markUsed } from './used.ts';
import { checkOccurrence } from './value.ts';

/** A reading of one line on one machine, its fixes not yet judged. */
export interface LineReading {
  readonly verdict: CrashkernelVerdict;
  readonly occurrences: Occurrence[];
  readonly drafts: FindingDraft[];
}

/** What Linux does with a line, and every mistake and trap in it. */
export function readLine(whole: string, job: ExplainJob): LineReading {
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
  checkNearMisses(line, name, tokenized, drafts, verdict.ret === 0);
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
