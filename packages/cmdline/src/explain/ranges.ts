import { type FindingDraft, quote } from '../finding.ts';
import { roundedRam } from '../grammar.ts';
import { MAX_U64 } from '../number.ts';
import type { Clause, Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import { holds, isOfOthers } from './complaint.ts';
import { type ExplainContext, NOTHING } from './context.ts';
import { mendList } from './list.ts';
import { checkUnits } from './units.ts';

/** What a range list leaves out or never reaches. */
export function checkRanges(context: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  if (occurrence.form !== 'ranges') return;
  checkReach(occurrence, drafts);
  checkUnits(context, occurrence, drafts);
  const { clauses, complaint } = occurrence;
  const matched = clauses.find((clause) => clause.matched);
  const isCut = checkRest(context, occurrence, drafts);
  if (!matched && !isCut && (!complaint || isOfOthers(context, occurrence))) {
    drafts.push(noMatch(context, occurrence));
  }
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
}

/** Clauses that earlier ones cover, so that they never decide. */
function checkReach({ clauses }: Occurrence, drafts: FindingDraft[]): void {
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
        fix: [],
      });
    }
    if (clause.to === null && clause.from < openFrom) openFrom = clause.from;
    if (near.length < 32) near.push(clause);
  }
}

function covers(outer: Clause, inner: Clause): boolean {
  return outer.from <= inner.from && (outer.to === null || (inner.to !== null && inner.to <= outer.to));
}

/** What follows the clauses; true where Linux reads no further and has found no range. */
function checkRest({ line }: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): boolean {
  const { clauses, unread, end, baseAt } = occurrence;
  const last = clauses.at(-1);
  if (!last || occurrence.complaint) return false;
  if (unread) {
    drafts.push(unreadClause(line, occurrence, last.end));
    return false;
  }
  const stop = baseAt >= last.end ? baseAt : end;
  const isBase = line.charAt(last.end) === '@';
  // Clauses behind an offset are not read.
  if (last.end >= stop || (isBase && (baseAt >= 0 || !line.slice(last.end, stop).includes(':')))) return false;
  const message = `${quote(line.slice(last.end, stop))} ends the list${isBase ? ': an offset can only follow the last range' : ''}`;
  const decided = clauses.some((clause) => clause.matched);
  const linux = decided
    ? 'Linux ignores it, without a message.'
    : 'Linux reads no further, finds no range, and reserves nothing.';
  const fix = isBase ? [] : () => mendList(line, occurrence) ?? [];
  const code = decided ? 'junk-ignored' : 'list-cut';
  drafts.push({ code, severity: decided ? 'trap' : 'error', start: last.end, end: stop, message, linux, fix });
  return !decided;
}

/** A clause behind the one that decides here, which other machines stop at. */
function unreadClause(line: string, occurrence: Occurrence, start: number): FindingDraft {
  const { end } = occurrence;
  return {
    code: 'clause-unread',
    severity: 'trap',
    start,
    end,
    message: `${quote(line.slice(start + 1, end)) || 'nothing'} is not a range`,
    linux: 'Linux does not read it on this machine; on one with other RAM it would reserve nothing.',
    fix: () => mendList(line, occurrence) ?? [],
  };
}

/** Whose clause to change, and to what, only the author knows. */
function noMatch({ name, ram }: ExplainContext, { valueStart, end, clauses, complaint }: Occurrence): FindingDraft {
  const below = clauses.every((clause) => clause.from > ram);
  const text = complaint?.text ?? `${name} size resulted in zero bytes`;
  return {
    code: 'no-match',
    severity: 'error',
    start: valueStart,
    end,
    message: `no range holds ${formatSize(ram)} of RAM${below ? ': the machine is too small for all of them' : ''}`,
    linux: `${NOTHING} and prints ${quote(text)}.`,
    fix: [],
  };
}
