import type { Proof } from '@kexeckit/relocation';
import { hex } from '../../../shared/format.ts';
import { type Mark, markOf } from './marks.ts';

/** Something that is wrong, and where: plain data. */
export interface Problem {
  readonly from: 'proof' | 'rehearsal';
  /** The invariant, or the run of the rehearsal. */
  readonly of: string;
  readonly address: bigint | undefined;
  readonly text: string;
}

/** What a proof found. */
export const problemsOf = ({ violations }: Proof): Problem[] =>
  violations.map(({ invariant, address, owners, detail }) => ({
    from: 'proof',
    of: invariant,
    address,
    text: `${owners.join(', ')}: ${detail}`,
  }));

/** The address that a complaint is about: the one that it calls so, or the first one that it names. */
export function addressIn(message: string): bigint | undefined {
  const found = /\baddress (0x[0-9a-f]{1,16})\b/.exec(message) ?? /\b(0x[0-9a-f]{1,16})\b/.exec(message);
  return found?.[1] === undefined ? undefined : BigInt(found[1]);
}

const pageOf = (address: bigint): bigint => address & ~0xfffn;

/** Marks for problems: one for each page that something is wrong with, which says all of it. */
export function problemMarks(problems: readonly Problem[]): Mark[] {
  const byPage = new Map<bigint, Problem[]>();
  for (const problem of problems) {
    if (problem.address === undefined) continue;
    const page = pageOf(problem.address);
    byPage.set(page, [...(byPage.get(page) ?? []), problem]);
  }
  return [...byPage].map(([start, found]) =>
    markOf(
      'found',
      'found',
      [...new Set(found.map(({ of }) => of))].join(', '),
      { start, end: start + 0xfffn },
      found.map(({ text }) => text).join('; '),
    ),
  );
}

/** The id of a problem's mark, for choosing it from a list. */
export const problemId = ({ address }: Problem): string | undefined =>
  address === undefined ? undefined : `found@${hex(pageOf(address))}`;
