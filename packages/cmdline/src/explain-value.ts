import { type FindingDraft, quote } from './finding.ts';
import { roundedRam } from './grammar.ts';
import type { KernelVersion } from './kernel.ts';
import { MAX_U64, memparse } from './number.ts';
import type { Clause, Occurrence } from './occurrence.ts';
import { formatSize } from './size.ts';

/** What the checks need to know besides the occurrence. */
export interface ExplainContext {
  line: string;
  name: string;
  kernel: KernelVersion;
  ram: bigint;
}

const MIB = 0x10_0000n;
const ALIGN = 0x20_0000n;
/** What kdump's tools recommend on arm64 with 4 KiB pages. */
const RECOMMENDED = '2G-4G:256M,4G-64G:320M,64G-:576M';
const NOTHING = 'Linux reserves nothing';

type Check = (context: ExplainContext, occurrence: Occurrence) => FindingDraft[];

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

/** What Linux itself complains about. */
function checkComplaint(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { complaint, form } = occurrence;
  if (!complaint) return [];
  const draft = form === 'ranges' ? rangeComplaint(context, occurrence, complaint.at, complaint.text) : null;
  if (draft) return [draft];
  if (complaint.text.includes('emory value expected')) return [sizeMissing(context, occurrence, complaint.at)];
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
    return { ...draft, end: end + blank[0].length, message: 'a blank stands between = and the size', fix };
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

/** Something stands behind the size that does not belong there. */
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
  const message = `${quote(line.slice(at, stop))} stands behind the size`;
  return { ...draft, message, fix: [{ start: at, end: stop, text: '' }] };
}

/** Mistakes in the clause of a range list where Linux stops. */
function rangeComplaint(context: ExplainContext, occurrence: Occurrence, at: number, text: string): FindingDraft {
  const { line } = context;
  const { end, clauses } = occurrence;
  const clauseStart = (clauses.at(-1)?.end ?? occurrence.valueStart - 1) + 1;
  const comma = line.indexOf(',', at);
  const clauseEnd = comma < 0 || comma > end ? end : comma;
  const draft = { code: 'syntax', severity: 'error', start: at, end: clauseEnd, linux: printed(text) } as const;
  const words = text.slice(text.indexOf(': ') + 2);
  if (words === 'end <= start') {
    const dash = line.indexOf('-', clauseStart);
    const colon = line.indexOf(':', dash);
    const low = line.slice(clauseStart, dash);
    const high = line.slice(dash + 1, colon);
    const message = `the range ends at ${high}, not above its start ${low}`;
    const fix = [{ start: clauseStart, end: colon, text: low === high ? `${low}-` : `${high}-${low}` }];
    return { ...draft, code: 'range-reversed', start: clauseStart, end: colon, message, fix };
  }
  if (words === 'invalid size') {
    const stop = at + memparse(line, context.kernel, at).consumed;
    const message = `${line.slice(at, stop)} is not less than the machine's RAM (${formatSize(context.ram)})`;
    return { ...draft, code: 'too-large', end: stop, message, fix: [smaller(context, at, stop)] };
  }
  if (words === "'-' expected" && line.charAt(at) === ':') {
    return { ...draft, message: 'a range needs a -', fix: [{ start: at, end: at, text: '-' }] };
  }
  if (words === "Memory value expected after '@'") {
    const message = 'no address stands behind the @';
    return { ...draft, code: 'base-missing', start: at - 1, end, message, fix: [{ start: at - 1, end, text: '' }] };
  }
  if (at >= end && line.charAt(at - 1) === ',') {
    const fix = [{ start: at - 1, end: at, text: '' }];
    return { ...draft, start: at - 1, end: at, message: 'a range must follow the comma', fix };
  }
  const message = `${quote(line.slice(clauseStart, clauseEnd))} is no range: ${words}`;
  return { ...draft, message, fix: [withoutClause(occurrence, clauseStart, clauseEnd)] };
}

/** Cuts a clause with one of its commas; the only one is replaced by a working list. */
function withoutClause(occurrence: Occurrence, start: number, end: number): FindingDraft['fix'][number] {
  if (start > occurrence.valueStart) return { start: start - 1, end, text: '' };
  if (end < occurrence.end) return { start, end: end + 1, text: '' };
  return { start, end, text: RECOMMENDED };
}

function smaller({ ram }: ExplainContext, start: number, end: number): FindingDraft['fix'][number] {
  const half = (ram / 2n) & ~(ALIGN - 1n);
  return { start, end, text: formatSize(half > 0n ? half : ram / 2n) };
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
      message: `${quote(match[0])} is no space`,
      linux: 'Linux ends this value only at a space; what follows is read as a part of it.',
      fix: [{ start, end: stop, text: stop === line.length ? '' : ' ' }],
    });
  }
  return drafts;
}

/** Numbers that are not what they look like. */
function checkNumbers(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { line, kernel } = context;
  const drafts: FindingDraft[] = [];
  const starts = [occurrence.valueStart];
  for (const clause of occurrence.clauses)
    starts.push(clause.start, line.indexOf('-', clause.start) + 1, clause.sizeStart);
  if (occurrence.baseAt >= 0) starts.push(occurrence.baseAt + 1);
  for (const start of new Set(starts)) {
    const { value, consumed } = memparse(line, kernel, start);
    const end = start + consumed;
    const text = line.slice(start, end);
    const octal = /^0+[0-7]+/.exec(text);
    if (octal && value !== 0n) drafts.push(octalNumber(start, end, text, value));
    const exact = exactValue(text);
    if (exact !== null && exact > MAX_U64) drafts.push(overflow(start, end, text, value));
  }
  return drafts;
}

function octalNumber(start: number, end: number, text: string, value: bigint): FindingDraft {
  return {
    code: 'octal',
    severity: 'trap',
    start,
    end,
    message: `a leading 0 makes ${text} octal`,
    linux: `Linux reads ${formatSize(value)}.`,
    fix: [{ start, end, text: text.replace(/^0+/, '') }],
  };
}

function overflow(start: number, end: number, text: string, value: bigint): FindingDraft {
  return {
    code: 'overflow',
    severity: 'trap',
    start,
    end,
    message: `${text} does not fit in 64 bits`,
    linux: `Linux reads 0x${value.toString(16)}.`,
    fix: [],
  };
}

const SHIFTS = 'kmgtpe';

/** The number that was written, without a limit; null for a text without digits or one too long to be meant. */
function exactValue(text: string): bigint | null {
  const parts = /^(0x[0-9a-f]+|[0-9]+)([kmgtpe]?)$/i.exec(text);
  const [, digits = '', unit = ''] = parts ?? [];
  if (digits === '' || digits.length > 40) return digits === '' ? null : MAX_U64 + 1n;
  const octal = /^0[0-7]+$/.test(digits);
  return (
    BigInt(octal ? `0o${digits.slice(1)}` : digits) << BigInt(10 * (SHIFTS.indexOf(unit.toLowerCase() || '-') + 1))
  );
}

/** What follows an @. */
function checkBase(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { baseAt, baseEnd, base, end, form, complaint } = occurrence;
  if (baseAt < 0 || complaint) return [];
  const { line } = context;
  const draft = { severity: 'trap', start: baseAt, end } as const;
  if (baseEnd === baseAt + 1) {
    const message = `${quote(line.slice(baseAt, end))} holds no address`;
    const linux = 'Linux takes it for address 0, that is anywhere, without a message.';
    return [{ ...draft, code: 'base-missing', message, linux, fix: [{ start: baseAt, end, text: '' }] }];
  }
  const drafts: FindingDraft[] = [];
  if (baseEnd < end) {
    const unread = line.slice(baseEnd, end);
    const list = form === 'ranges' || unread.includes(':');
    const message = `${quote(unread)} stands behind the address${list ? ': an offset ends the list' : ''}`;
    const linux = 'Linux ignores it, without a message.';
    drafts.push({
      ...draft,
      code: 'base-junk',
      start: baseEnd,
      message,
      linux,
      fix: [{ start: baseEnd, end, text: '' }],
    });
  }
  if (base === 0n) {
    const linux = 'Linux chooses the place itself.';
    const fix = [{ start: baseAt, end: baseEnd, text: '' }];
    drafts.push({
      ...draft,
      code: 'base-zero',
      severity: 'note',
      end: baseEnd,
      message: '@0 means anywhere',
      linux,
      fix,
    });
  } else if (base % ALIGN !== 0n) {
    const aligned = base - (base % ALIGN) + ALIGN;
    const message = `0x${base.toString(16)} is no multiple of 2 MiB, as arm64 needs`;
    const linux = 'arm64 Linux refuses it when it reserves, and boots without.';
    const fix = [{ start: baseAt + 1, end: baseEnd, text: `0x${aligned.toString(16)}` }];
    drafts.push({ ...draft, code: 'base-misaligned', end: baseEnd, message, linux, fix });
  }
  return drafts;
}

/** What a range list leaves out or never reaches. */
function checkRanges(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  if (occurrence.form !== 'ranges') return [];
  const drafts = [...checkReach(occurrence), ...checkRest(context, occurrence)];
  const { clauses, complaint } = occurrence;
  const matched = clauses.find((clause) => clause.matched);
  const cut = drafts.some(({ code }) => code === 'list-cut');
  if (!matched && !complaint && !cut) drafts.push(noMatch(context, occurrence));
  if (matched && !holds(matched, context.ram)) {
    const rounded = formatSize(roundedRam(context.ram));
    drafts.push({
      code: 'rounded-ram',
      severity: 'note',
      start: matched.start,
      end: matched.end,
      message: `this range holds ${rounded}, not ${formatSize(context.ram)}`,
      linux: `Linux rounds RAM up to a multiple of 128M, here to ${rounded}, before it looks.`,
      fix: [],
    });
  }
  return drafts;
}

function holds({ from, to }: Clause, ram: bigint): boolean {
  return ram >= from && (to === null || ram < to);
}

/** Clauses that earlier ones cover, so that they never decide. */
function checkReach({ clauses }: Occurrence): FindingDraft[] {
  const drafts: FindingDraft[] = [];
  let openFrom = MAX_U64 + 1n;
  // Enough for any list that people write, and linear for the others.
  const near: Clause[] = [];
  for (const clause of clauses) {
    const covered = clause.from >= openFrom || near.some((other) => covers(other, clause));
    if (covered) {
      drafts.push({
        code: 'clause-unreachable',
        severity: 'trap',
        start: clause.start,
        end: clause.end,
        message: 'an earlier range covers this one',
        linux: 'Linux uses the first range that holds the RAM: never this one.',
        fix: [{ start: clause.start - 1, end: clause.end, text: '' }],
      });
    }
    if (clause.to === null && clause.from < openFrom) openFrom = clause.from;
    if (near.length < 32) near.push(clause);
  }
  return drafts;
}

function covers(outer: Clause, inner: Clause): boolean {
  return outer.from <= inner.from && (outer.to === null || (inner.to !== null && inner.to <= outer.to));
}

/** What stands behind the clauses. */
function checkRest({ line }: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { clauses, unread, end, baseAt } = occurrence;
  const last = clauses.at(-1);
  if (!last || occurrence.complaint) return [];
  if (unread) {
    const start = last.end + 1;
    const message = `${quote(line.slice(start, end)) || 'nothing'} is no range`;
    const linux = 'Linux does not read it on this machine; on one with other RAM it would reserve nothing.';
    return [
      {
        code: 'clause-unread',
        severity: 'trap',
        start: last.end,
        end,
        message,
        linux,
        fix: [{ start: last.end, end, text: '' }],
      },
    ];
  }
  const stop = baseAt >= last.end ? baseAt : end;
  if (last.end >= stop || line.charAt(last.end) === '@') return [];
  const message = `${quote(line.slice(last.end, stop))} ends the list`;
  const decided = clauses.some((clause) => clause.matched);
  const linux = decided
    ? 'Linux ignores it, without a message.'
    : 'Linux reads no further, finds no range, and reserves nothing.';
  const fix = [{ start: last.end, end: junkEnd(line, last.end, stop), text: '' }];
  const code = decided ? 'junk-ignored' : 'list-cut';
  return [{ code, severity: decided ? 'trap' : 'error', start: last.end, end: stop, message, linux, fix }];
}

/** Up to the next comma: what follows may be a good clause. */
function junkEnd(line: string, from: number, stop: number): number {
  const comma = line.indexOf(',', from);
  return comma < 0 || comma > stop ? stop : comma;
}

function noMatch({ name, ram, line }: ExplainContext, occurrence: Occurrence): FindingDraft {
  const { valueStart, end, clauses } = occurrence;
  const last = clauses.at(-1);
  const fix = last?.to
    ? [{ start: last.end, end: last.end, text: `,${formatSize(last.to)}-:${line.slice(last.sizeStart, last.end)}` }]
    : [];
  const below = clauses.every((clause) => clause.from > ram);
  return {
    code: 'no-match',
    severity: 'error',
    start: valueStart,
    end,
    message: `no range holds ${formatSize(ram)} of RAM${below ? ': the machine is too small for all of them' : ''}`,
    linux: `${NOTHING} and prints ${quote(`${name} size resulted in zero bytes`)}.`,
    fix: below ? [] : fix,
  };
}

/** Sizes that are nothing, tiny, or more than there is. */
function checkSize(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { size, complaint, form, clauses, suffix, valueStart } = occurrence;
  if (complaint) return [];
  const clause = clauses.find(({ matched }) => matched);
  if (form === 'ranges' && !clause) return [];
  const start = clause?.sizeStart ?? valueStart;
  const end = clause?.end ?? occurrence.sizeEnd;
  const text = context.line.slice(start, end);
  const draft = { severity: 'error', start, end } as const;
  if (size === 0n) return suffix === ',low' ? [] : [zeroSize(context, occurrence, start, end)];
  if (size >= context.ram && suffix !== ',low' && suffix !== ',cma') {
    const message = `${text} is not less than the machine's RAM (${formatSize(context.ram)})`;
    const linux =
      context.kernel === '6.1' ? 'Linux fails to reserve it, with a message.' : `${NOTHING}, without a message.`;
    return [{ ...draft, code: 'too-large', message, linux, fix: [smaller(context, start, end)] }];
  }
  if (size < MIB) {
    const message = `${text} is ${size} bytes: no unit, no room for a kernel`;
    const linux = `Linux reserves a page multiple of just that.`;
    return [{ ...draft, code: 'tiny', severity: 'trap', message, linux, fix: withUnit(text, start, end) }];
  }
  return [];
}

function withUnit(text: string, start: number, end: number): FindingDraft['fix'] {
  return /^[1-9][0-9]{1,4}$/.test(text) ? [{ start, end, text: `${text}M` }] : [];
}

function zeroSize(context: ExplainContext, { form, suffix }: Occurrence, start: number, end: number): FindingDraft {
  const message = form === 'ranges' ? 'this range asks for 0 bytes' : 'the size is 0';
  const prints =
    form === 'ranges' ? ` and prints ${quote(`${context.name} size resulted in zero bytes`)}` : ', without a message';
  return {
    code: 'zero',
    severity: suffix === ',cma' ? 'note' : 'error',
    start,
    end,
    message,
    linux: `${NOTHING}${prints}.`,
    fix: [],
  };
}
