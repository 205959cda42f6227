import { isBlank } from '../bytes.ts';
import { type Edit, type FindingDraft, quote } from '../finding.ts';
import { crashkernelTokenEnd } from '../grammar.ts';
import type { Occurrence } from '../occurrence.ts';
import { checkBase } from './base.ts';
import { checkComplaint } from './complaint.ts';
import type { ExplainContext } from './context.ts';
import { checkNumbers } from './number.ts';
import { checkValueQuotes } from './quotes.ts';
import { checkRanges } from './ranges.ts';
import { checkSize } from './size.ts';
import { checkSplit, isRestOf } from './split.ts';
import { isTorn } from './word.ts';

/** Everything that is wrong or misleading in one occurrence's value. */
export function checkOccurrence(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const first = drafts.length;
  checkBlanks(context, occurrence, drafts);
  checkValueQuotes(context, occurrence, drafts);
  checkSplit(context, occurrence, drafts);
  // Blanks and quotes make other values than were meant: only when they are gone the rest can be judged.
  const isWhole = drafts.length === first;
  const rest = drafts.length;
  checkComplaint(context, occurrence, drafts);
  checkNumbers(context, occurrence, drafts);
  checkBase(context, occurrence, drafts);
  checkRanges(context, occurrence, drafts);
  checkSize(context, occurrence, drafts);
  for (let i = first; i < drafts.length; i++) {
    const draft = drafts[i];
    if (!draft) continue;
    if (!isWhole && i >= rest) draft.fix = [];
    // What Linux does not use cannot be the reason why it reserves nothing.
    if (!occurrence.used && draft.severity === 'error') draft.severity = 'note';
  }
}

/** A tab or newline ends parameters elsewhere, not here. */
function checkBlanks({ line }: ExplainContext, { valueStart, end, used }: Occurrence, drafts: FindingDraft[]): void {
  for (let start = valueStart; start < end; start++) {
    if (!isBlank(line.charCodeAt(start))) continue;
    let stop = start + 1;
    while (stop < end && isBlank(line.charCodeAt(stop))) stop++;
    drafts.push({
      code: 'odd-blank',
      severity: used ? 'trap' : 'note',
      start,
      end: stop,
      message: `${quote(line.slice(start, stop))} is not a space`,
      linux: 'Linux ends this value only at a space; what follows is read as a part of it.',
      fix: mendBlank(line, valueStart, start, stop),
    });
    start = stop;
  }
}

/** In the middle of a value it has to go; behind one it has to be a space. */
function mendBlank(line: string, valueStart: number, start: number, stop: number): Edit[] {
  if (!isTorn(line, start)) return [{ start, end: stop, text: stop === line.length ? '' : ' ' }];
  const isRest = isRestOf(line.slice(valueStart, start), line.slice(stop, crashkernelTokenEnd(line, stop)));
  return isRest ? [{ start, end: stop, text: '' }] : [];
}
