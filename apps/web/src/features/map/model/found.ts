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

/** The first physical address that a complaint names. */
export function addressIn(message: string): bigint | undefined {
  const found = /\b0x[0-9a-f]{1,16}\b/.exec(message);
  return found === null ? undefined : BigInt(found[0]);
}

/** The mark of a problem: the page that it is about. */
export function problemMark({ of, address, text }: Problem): Mark | undefined {
  if (address === undefined) return undefined;
  const start = address & ~0xfffn;
  return markOf('found', 'found', of, { start, end: start + 0xfffn }, text);
}

/** The id of a problem's mark, for choosing it from a list. */
export const problemId = ({ address }: Problem): string | undefined =>
  address === undefined ? undefined : `found@${hex(address & ~0xfffn)}`;
