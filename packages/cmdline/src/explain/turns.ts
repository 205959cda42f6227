import { roundedRam } from '../grammar.ts';
import { cutTo } from '../limit.ts';
import { findOccurrences } from '../occurrence.ts';
import type { ExplainJob } from './context.ts';
import type { Meant } from './plain.ts';

/** The smallest machine, and the largest, that lines are judged on. */
export const SMALLEST: bigint = 256n << 20n;
export const LARGEST: bigint = 16n << 40n;

/**
 * The RAM, in bytes, from which on Linux may make something else of a line than with less, in any order: in between, and from
 * {@link SMALLEST} to {@link LARGEST}, it makes the same of it.
 */
export function turnsOf(line: string, { name, kernel, max }: ExplainJob): bigint[] {
  const occurrences = findOccurrences(cutTo(line, max), name, LARGEST, kernel);
  const turns = occurrences.flatMap(({ size, clauses }) => [afterSize(size), ...clauses.flatMap(turnsOfClause)]);
  return turns.filter(isMachine);
}

/** The same for what was meant. */
export function turnsOfMeant(meant: readonly Meant[]): bigint[] {
  return meant.flatMap(turnsOfClause).filter(isMachine);
}

function turnsOfClause({ from, to, size }: { from: bigint; to: bigint | null; size: bigint }): bigint[] {
  const own = [reaching(from), reaching(size + 1n), afterSize(size)];
  return to === null ? own : [...own, reaching(to)];
}

/** A size has to be less than RAM. */
const afterSize = (size: bigint): bigint => size + 1n;

/** The least RAM that is a bound or more when it is rounded up. */
function reaching(bound: bigint): bigint {
  return roundedRam(bound) - UNIT + 1n;
}

/** RAM is rounded up to multiples of this: 128 MiB. */
const UNIT = 128n << 20n;

const isMachine = (ram: bigint): boolean => ram > SMALLEST && ram <= LARGEST;
