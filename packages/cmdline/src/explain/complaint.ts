import { type Edit, type FindingDraft, quote } from '../finding.ts';
import { COMPLAINTS, roundedRam } from '../grammar.ts';
import { memparse } from '../number.ts';
import type { Clause, Complaint, Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import { cutPlain } from './base.ts';
import { type ExplainContext, NOTHING, RECOMMENDED } from './context.ts';
import { mendJunk } from './junk.ts';
import { mendList } from './list.ts';

/** What Linux itself complains about. */
export function checkComplaint(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const { complaint, form } = occurrence;
  if (!complaint) return;
  if (form === 'ranges') {
    if (!isOfOthers(context, occurrence)) drafts.push(rangeComplaint(context, occurrence, complaint));
  } else if (complaint.kind === 'no-size') drafts.push(sizeMissing(context, occurrence, complaint.at));
  else drafts.push(junk(context, occurrence, complaint.at, complaint.text));
}

/** True where Linux stops at a clause for other machines, and no clause is for this one: that is a list without a match. */
export function isOfOthers({ ram }: ExplainContext, { complaint, clauses }: Occurrence): boolean {
  const rounded = roundedRam(ram);
  return complaint?.kind === 'too-large' && !clauses.some((clause) => holds(clause, rounded));
}

/** Whether a clause is for machines with this much RAM. */
export function holds({ from, to }: Clause, ram: bigint): boolean {
  return ram >= from && (to === null || ram < to);
}

function printed(text: string): string {
  return `${NOTHING} and prints ${quote(text)}.`;
}

function sizeMissing({ line, name }: ExplainContext, occurrence: Occurrence, at: number): FindingDraft {
  const { valueStart, end } = occurrence;
  const value = line.slice(valueStart, end);
  const linux = printed(`${name}: memory value expected`);
  const draft = { code: 'size-missing', severity: 'error', start: at, end, linux } as const;
  const blank = /^ +[0-9]/.exec(line.slice(end, end + 32));
  if (value === '' && blank) {
    const fix = [{ start: end, end: end + blank[0].length - 1, text: '' }];
    return { ...draft, end: end + blank[0].length, message: 'there is a blank between = and the size', fix };
  }
  if (value === 'auto') {
    const message = "auto is known to one distribution's kernels only";
    return { ...draft, message, fix: [{ start: valueStart, end, text: RECOMMENDED }] };
  }
  const message = value === '' ? 'there is no size' : `${quote(value)} does not start with a size`;
  const [sign = ''] = /^(?:[-+]|=+)(?=[0-9])/.exec(value) ?? [];
  if (sign !== '') return { ...draft, message, fix: [{ start: valueStart, end: valueStart + sign.length, text: '' }] };
  const point = /^\.[0-9]{1,6}[kmgt]/i.test(value);
  return { ...draft, message, fix: point ? [{ start: valueStart, end: valueStart, text: '0' }] : [] };
}

/** Something follows the size that does not belong there. */
function junk(context: ExplainContext, occurrence: Occurrence, at: number, text: string): FindingDraft {
  const { end } = occurrence;
  const draft = { code: 'junk', severity: 'error', start: at, end, linux: printed(text) } as const;
  return { ...draft, ...mendJunk(context, occurrence, at) };
}

/** Mistakes in the clause of a range list where Linux stops. */
function rangeComplaint(context: ExplainContext, occurrence: Occurrence, { at, kind, text }: Complaint): FindingDraft {
  const { line } = context;
  const { end, clauses } = occurrence;
  const clauseStart = kind === 'too-large' ? at : (clauses.at(-1)?.end ?? occurrence.valueStart - 1) + 1;
  const comma = line.indexOf(',', at);
  const clauseEnd = comma < 0 || comma > end ? end : comma;
  const draft = { code: 'syntax', severity: 'error', start: at, end: clauseEnd, linux: printed(text) } as const;
  if (kind === 'too-large') {
    const stop = at + memparse(line, context.kernel, at).consumed;
    const isOwn = clauses.some((clause) => clause.sizeStart === at && holds(clause, roundedRam(context.ram)));
    const whose = isOwn ? '' : ', though it is for others';
    const message = `${line.slice(at, stop)} is not less than the machine's RAM (${formatSize(context.ram)})${whose}`;
    return { ...draft, code: 'too-large', end: stop, message, fix: [] };
  }
  if (kind === 'no-base') {
    const message = 'there is no address after the @';
    return { ...draft, code: 'base-missing', start: at - 1, end, message, fix: cutPlain(line, at - 1, end) };
  }
  const fix: Edit[] = mendList(line, occurrence) ?? [];
  if (kind === 'reversed') {
    const dash = line.indexOf('-', clauseStart);
    const colon = line.indexOf(':', dash);
    const message = `the range ends at ${line.slice(dash + 1, colon)}, not above its start ${line.slice(clauseStart, dash)}`;
    return { ...draft, code: 'range-reversed', start: clauseStart, end: colon, message, fix };
  }
  if (kind === 'no-dash' && line.charAt(at) === ':') return { ...draft, message: 'a range needs a -', fix };
  if (at >= end && line.charAt(at - 1) === ',')
    return { ...draft, start: at - 1, end: at, message: 'a range must follow the comma', fix };
  const message = `${quote(line.slice(clauseStart, clauseEnd))} is not a range: ${COMPLAINTS[kind]}`;
  return { ...draft, message, fix };
}
