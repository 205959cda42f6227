import { type FindingDraft, quote } from '../finding.ts';
import type { Occurrence } from '../occurrence.ts';
import { checkBase } from './base.ts';
import { checkComplaint } from './complaint.ts';
import type { Check, ExplainContext } from './context.ts';
import { checkNumbers } from './number.ts';
import { checkRanges } from './ranges.ts';
import { checkSize } from './size.ts';

/** Everything that is wrong or misleading in one occurrence's value. */
export function checkOccurrence(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const blanks = checkBlanks(context, occurrence);
  const checks: Check[] = [checkComplaint, checkNumbers, checkBase, checkRanges, checkSize];
  const others = checks.flatMap((check) => check(context, occurrence));
  // An odd blank makes two parameters one: only when it is gone the rest can be judged.
  const drafts = [...blanks, ...(blanks.length > 0 ? others.map((draft) => ({ ...draft, fix: [] })) : others)];
  // What Linux does not use cannot be the reason why it reserves nothing.
  return occurrence.used ? drafts : drafts.map((draft) => ({ ...draft, severity: soften(draft.severity) }));
}

function soften(severity: FindingDraft['severity']): FindingDraft['severity'] {
  return severity === 'error' ? 'note' : severity;
}

/** A tab or newline ends parameters elsewhere, not here. */
function checkBlanks({ line }: ExplainContext, { valueStart, end, used }: Occurrence): FindingDraft[] {
  const drafts: FindingDraft[] = [];
  for (const match of line.slice(valueStart, end).matchAll(/[\t-\r\u00a0]+/g)) {
    const start = valueStart + match.index;
    const stop = start + match[0].length;
    drafts.push({
      code: 'odd-blank',
      severity: used ? 'trap' : 'note',
      start,
      end: stop,
      message: `${quote(match[0])} is not a space`,
      linux: 'Linux ends this value only at a space; what follows is read as a part of it.',
      fix: [{ start, end: stop, text: stop === line.length ? '' : ' ' }],
    });
  }
  return drafts;
}
