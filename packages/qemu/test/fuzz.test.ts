import { print } from '@kexeckit/a64';
import { whyNoQemu } from '@kexeckit/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { accepted, reasonFor } from './fuzz/accepted.ts';
import { type Outcome, runCases } from './fuzz/both.ts';
import { differences } from './fuzz/compare.ts';
import type { Case } from './fuzz/driver.ts';
import { MOST_CASES } from './fuzz/layout.ts';
import { randomCase } from './fuzz/random-case.ts';
import { Random } from './random.ts';
import { trickyValue } from './random-program.ts';

const CASES = 40_000;
/** Each run has its seed, and SCTLR.A clear or set. */
const RUNS = [
  { seed: 1, alignment: false },
  { seed: 2, alignment: false },
  { seed: 3, alignment: true },
];

/** What the runs came to, for the test behind them. */
const reasons = new Map<string, number>();
const faults = new Set<string>();
let compared = 0;

const hex = (value: bigint): string => `0x${value.toString(16)}`;

function described({ word, registers }: Case, found: ReadonlyMap<string, string>): string {
  const base = (word >>> 5) & 31;
  return `${hex(BigInt(word))} ${print(word)}, with ${hex(registers[base] ?? 0n)} in x${base}: ${[...found.values()].join('; ')}`;
}

/** Exception class, and for aborts the fault status. */
function faultOf({ esr }: Outcome): string {
  const exceptionClass = Number(esr >> 26n);
  return exceptionClass === 0x25 || exceptionClass === 0x21
    ? `0x${exceptionClass.toString(16)}:0x${(esr & 0x3fn).toString(16)}`
    : `0x${exceptionClass.toString(16)}`;
}

describe('random words, with random registers and faults, end alike here and on QEMU', () => {
  beforeEach(({ skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
  });

  test.for(RUNS)('seed $seed', { timeout: 120_000 }, async ({ seed, alignment }) => {
    expect(CASES).toBeLessThanOrEqual(MOST_CASES);
    const random = new Random(seed);
    const start = new BigUint64Array(192).map(() => trickyValue(random));
    const cases = Array.from({ length: CASES }, (_, at) => randomCase(at, seed * CASES + at, random));
    const { ours, theirs } = await runCases(cases, alignment, start);
    expect([ours.length, theirs.length]).toEqual([CASES, CASES]);
    const wrong: string[] = [];
    for (const [at, each] of cases.entries()) {
      const [mine, their] = [ours[at], theirs[at]];
      if (mine === undefined || their === undefined) continue;
      compared += 1;
      if (mine.rule === undefined) faults.add(faultOf(mine));
      const found = differences(mine, their);
      if (found.size === 0) continue;
      const reason = reasonFor(each, mine, their, new Set(found.keys()));
      if (reason === undefined) wrong.push(described(each, found));
      else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    expect({ wrong: wrong.length, first: wrong.slice(0, 5) }).toEqual({ wrong: 0, first: [] });
  });

  test('100 000 and more were compared, with faults of every kind, and every accepted difference was met', () => {
    expect(compared).toBeGreaterThanOrEqual(100_000);
    // UNDEFINED, SVC, BRK, alignment of pc and SP; fetches and accesses: translation, access flag, permission, alignment.
    for (const fault of ['0x0', '0x15', '0x3c', '0x22', '0x26', '0x21:0x4', '0x21:0x7', '0x21:0xb', '0x21:0xf'])
      expect(faults).toContain(fault);
    for (const fault of ['0x25:0x4', '0x25:0x7', '0x25:0xb', '0x25:0xf', '0x25:0x21']) expect(faults).toContain(fault);
    expect(accepted.filter(({ reason }) => !reasons.has(reason)).map(({ reason }) => reason)).toEqual([]);
    // They are few: the rest agrees in every bit.
    expect([...reasons.values()].reduce((sum, count) => sum + count, 0)).toBeLessThan(compared / 10);
  });
});

test('a difference in any part of an outcome is seen', () => {
  const outcome: Outcome = {
    registers: Array.from({ length: 32 }, () => 0n),
    ...{ esr: 0x9600_0004n, far: 0n, elr: 0n, spsr: 0n, memory: 0n, simd: 0n, rule: undefined },
  };
  expect(differences(outcome, outcome).size).toBe(0);
  for (const part of ['esr', 'far', 'elr', 'memory', 'simd'] as const)
    expect([...differences(outcome, { ...outcome, [part]: 1n }).keys()]).toEqual([part]);
  expect([...differences(outcome, { ...outcome, spsr: 1n << 31n }).keys()]).toEqual(['spsr']);
  const registers = outcome.registers.map((value, at) => (at === 7 ? 1n : value));
  expect([...differences(outcome, { ...outcome, registers }).keys()]).toEqual(['x7']);
  expect([...differences({ ...outcome, rule: 'stale-tlb' }, outcome).keys()]).toEqual(['rule']);
});
