import { type Range, rangeSize } from '@kexeckit/ioport';

/** Neighbouring ranges of System RAM, drawn as one row. */
export interface Bank extends Range {
  readonly ram: readonly Range[];
  /** Bytes of System RAM, gaps left out. */
  readonly bytes: number;
}

const GIB = 1n << 30n;

/** Groups sorted ranges into banks: a gap of `apart` bytes or more starts the next one. */
export function banksOf(ram: readonly Range[], apart: bigint = GIB): Bank[] {
  const groups: Range[][] = [];
  for (const range of ram) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (last !== undefined && before !== undefined && range.start - before.end - 1n < apart) last.push(range);
    else groups.push([range]);
  }
  return groups.flatMap((group) => {
    const first = group[0];
    const last = group.at(-1);
    if (first === undefined || last === undefined) return [];
    const bytes = group.reduce((sum, range) => sum + Number(rangeSize(range)), 0);
    return [{ start: first.start, end: last.end, ram: group, bytes }];
  });
}
