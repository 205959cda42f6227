import type { FindingDraft } from '../finding.ts';
import type { Clause, Occurrence } from '../occurrence.ts';
import type { ExplainContext } from './context.ts';
import { hasUnit } from './plain.ts';
import { MIB, MOST, tiny } from './size.ts';

/** Numbers of a range list that are too small to be meant, on whatever machine: a unit was left out. */
export function checkUnits({ line }: ExplainContext, occurrence: Occurrence, drafts: FindingDraft[]): void {
  const { clauses } = occurrence;
  for (let i = 0; i < clauses.length && i < MOST; i++) {
    const clause = clauses[i];
    if (!clause) return;
    const { from, to, size, matched } = clause;
    if (isTiny(from) || (to !== null && isTiny(to))) drafts.push(...tinyBounds(line, occurrence, clause));
    // That of the clause that decides is checked with all other sizes, unless something else is wrong.
    if (isTiny(size) && (!matched || occurrence.complaint)) drafts.push(tiny(line, occurrence, clause));
  }
}

const isTiny = (bytes: bigint): boolean => bytes > 0n && bytes < MIB;

function tinyBounds(line: string, { used }: Occurrence, { start, sizeStart, from, to }: Clause): FindingDraft[] {
  const dash = line.indexOf('-', start);
  const bounds = [
    { value: from, start, end: dash },
    { value: to ?? 0n, start: dash + 1, end: sizeStart - 1 },
  ];
  return bounds
    .filter(({ value }) => isTiny(value))
    .map(({ value, ...place }) => ({
      ...place,
      code: 'bound-tiny',
      severity: used ? 'trap' : 'note',
      message: boundSaid(line.slice(place.start, place.end), value),
      linux: `Linux compares RAM with ${value} bytes: every machine has more.`,
      fix: [],
    }));
}

function boundSaid(text: string, value: bigint): string {
  const reason = hasUnit(text) ? 'less than any machine has' : 'no unit';
  return `the range's bound ${text} is ${value} bytes: ${reason}`;
}
