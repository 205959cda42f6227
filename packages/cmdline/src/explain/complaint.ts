import { type FindingDraft, quote } from '../finding.ts';
import { COMPLAINTS } from '../grammar.ts';
import { memparse } from '../number.ts';
import type { Complaint, Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import { type ExplainContext, NOTHING, RECOMMENDED } from './context.ts';
import { smaller } from './size.ts';

/** What Linux itself complains about. */
export function checkComplaint(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { complaint, form } = occurrence;
  if (!complaint) return [];
  if (form === 'ranges') return [rangeComplaint(context, occurrence, complaint)];
  if (complaint.kind === 'no-size') return [sizeMissing(context, occurrence, complaint.at)];
  return [junk(context, occurrence, complaint.at, complaint.text)];
}

function printed(text: string): string {
  return `${NOTHING} and prints ${quote(text)}.`;
}

function sizeMissing({ line, name }: ExplainContext, occurrence: Occurrence, at: number): FindingDraft {
  const { valueStart, end, suffix } = occurrence;
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
  const sign = /^[-+]([0-9].*)$/.exec(value);
  const text = sign?.[1] ?? `256M${suffix ?? ''}`;
  return { ...draft, message, fix: [{ start: valueStart, end, text }] };
}

/** Something follows the size that does not belong there. */
function junk({ line }: ExplainContext, occurrence: Occurrence, at: number, text: string): FindingDraft {
  const { end, suffix, valueStart } = occurrence;
  const draft = { code: 'junk', severity: 'error', start: at, end, linux: printed(text) } as const;
  const rest = line.slice(at, end);
  if (!suffix && /^,(high|low|cma)$/i.test(rest)) {
    const message = `${quote(rest)} must be in lower case`;
    if (rest !== rest.toLowerCase()) return { ...draft, message, fix: [{ start: at, end, text: rest.toLowerCase() }] };
    return { ...draft, message: `this kernel does not know ${rest}`, fix: [{ start: at, end, text: '' }] };
  }
  const keep = suffix ? end - suffix.length : end;
  if (suffix && line.slice(valueStart, keep).includes(':')) {
    const message = `a range list cannot have ${suffix}`;
    return { ...draft, code: 'ranges-with-suffix', message, fix: [{ start: keep, end, text: '' }] };
  }
  if (suffix && line.charAt(at) === '@') {
    const message = `${suffix} and an offset exclude each other`;
    return { ...draft, message, fix: [{ start: at, end: keep, text: '' }] };
  }
  const base = suffix ? -1 : line.slice(at, end).search(/@[0-9]/);
  const stop = base < 0 ? Math.max(keep, at) : at + base;
  const whole = wholeSize(line.slice(valueStart, stop));
  if (whole !== undefined)
    return { ...draft, message: 'a size has no fraction', fix: [{ start: valueStart, end: stop, text: whole }] };
  const message = `${quote(line.slice(at, stop))} follows the size`;
  return { ...draft, message, fix: [{ start: at, end: stop, text: '' }] };
}

const MIB = 1n << 20n;

/** What a size with a fraction means, as Linux can read it: rounded up to whole MiB, so that it is not less than was asked for. */
function wholeSize(text: string): string | undefined {
  const [, whole = '', part = '', unit = ''] = /^(\d{1,6})\.(\d{1,6})([KMGTPE])B?$/i.exec(text) ?? [];
  if (unit === '') return undefined;
  const bytes = BigInt(whole + part) << BigInt(10 * ('KMGTPE'.indexOf(unit.toUpperCase()) + 1));
  const divisor = 10n ** BigInt(part.length) * MIB;
  const size = ((bytes + divisor - 1n) / divisor) * MIB;
  return size === 0n ? undefined : formatSize(size);
}

/** Mistakes in the clause of a range list where Linux stops. */
function rangeComplaint(context: ExplainContext, occurrence: Occurrence, { at, kind, text }: Complaint): FindingDraft {
  const { line } = context;
  const { end, clauses } = occurrence;
  const clauseStart = (clauses.at(-1)?.end ?? occurrence.valueStart - 1) + 1;
  const comma = line.indexOf(',', at);
  const clauseEnd = comma < 0 || comma > end ? end : comma;
  const draft = { code: 'syntax', severity: 'error', start: at, end: clauseEnd, linux: printed(text) } as const;
  if (kind === 'reversed') {
    const dash = line.indexOf('-', clauseStart);
    const colon = line.indexOf(':', dash);
    const low = line.slice(clauseStart, dash);
    const high = line.slice(dash + 1, colon);
    const message = `the range ends at ${high}, not above its start ${low}`;
    const fix = [{ start: clauseStart, end: colon, text: low === high ? `${low}-` : `${high}-${low}` }];
    return { ...draft, code: 'range-reversed', start: clauseStart, end: colon, message, fix };
  }
  if (kind === 'too-large') {
    const stop = at + memparse(line, context.kernel, at).consumed;
    const message = `${line.slice(at, stop)} is not less than the machine's RAM (${formatSize(context.ram)})`;
    return { ...draft, code: 'too-large', end: stop, message, fix: [smaller(context, at, stop)] };
  }
  if (kind === 'no-dash' && line.charAt(at) === ':') {
    return { ...draft, message: 'a range needs a -', fix: [{ start: at, end: at, text: '-' }] };
  }
  if (kind === 'no-base') {
    const message = 'there is no address after the @';
    return { ...draft, code: 'base-missing', start: at - 1, end, message, fix: [{ start: at - 1, end, text: '' }] };
  }
  if (at >= end && line.charAt(at - 1) === ',') {
    const fix = [{ start: at - 1, end: at, text: '' }];
    return { ...draft, start: at - 1, end: at, message: 'a range must follow the comma', fix };
  }
  const message = `${quote(line.slice(clauseStart, clauseEnd))} is not a range: ${COMPLAINTS[kind]}`;
  return { ...draft, message, fix: [withoutClause(occurrence, clauseStart, clauseEnd)] };
}

/** Cuts a clause with one of its commas; the only one is replaced by a working list. */
function withoutClause(occurrence: Occurrence, start: number, end: number): FindingDraft['fix'][number] {
  if (start > occurrence.valueStart) return { start: start - 1, end, text: '' };
  if (end < occurrence.end) return { start, end: end + 1, text: '' };
  return { start, end, text: RECOMMENDED };
}
