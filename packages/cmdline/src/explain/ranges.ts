import { type FindingDraft, quote } from '../finding.ts';
import { roundedRam } from '../grammar.ts';
import { MAX_U64 } from '../number.ts';
import type { Clause, Occurrence } from '../occurrence.ts';
import { formatSize } from '../size.ts';
import { type ExplainContext, NOTHING } from './context.ts';

/** What a range list leaves out or never reaches. */
export function checkRanges(context: ExplainContext, occurrence: Occurrence): FindingDraft[] {
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

/** What follows the clauses. */
function checkRest({ line }: ExplainContext, occurrence: Occurrence): FindingDraft[] {
  const { clauses, unread, end, baseAt } = occurrence;
  const last = clauses.at(-1);
  if (!last || occurrence.complaint) return [];
  if (unread) {
    const start = last.end + 1;
    const message = `${quote(line.slice(start, end)) || 'nothing'} is not a range`;
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
