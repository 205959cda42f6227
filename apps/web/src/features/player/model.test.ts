import { describe, expect, test } from 'vitest';
import type { EntryTable, Finding, PlayerFacts } from './facts.ts';
import {
  changedRegisters,
  entriesAround,
  flagWords,
  outcomeWords,
  pageCounts,
  partAt,
  placeWords,
  rateAt,
} from './model.ts';
import { sabotageOf } from './sabotages.ts';

const table: EntryTable = {
  words: BigUint64Array.of(0x8000_0001n, 0x9000_0008n, 0xa000_01d8n, 0xb000_0002n, 4n),
  addresses: BigUint64Array.of(0x1000n, 0x1008n, 0x1010n, 0x1018n, 0xb000_0000n),
};

const finding: Finding = {
  ...{ by: 'machine', name: 'stale-tlb', detail: 'x', hint: '', count: 1 },
  ...{ step: 1234, pc: 0x40n, instruction: 'nop', address: 0x80n },
};

const facts: PlayerFacts = {
  ...{ strategy: 'mmu-on', sabotage: undefined, program: [], entries: table, standing: [], possible: [] },
  pages: {
    ...{ sources: new Float64Array(), destinations: new Float64Array() },
    ...{ sourceRanks: new Uint32Array(), destinationRanks: new Uint32Array() },
  },
  ...{ total: 5000, findings: [], jumps: true, stops: true },
  marks: [
    { part: 'enter', step: 0 },
    { part: 'copy', step: 40 },
    { part: 'leave', step: 4000 },
  ],
};

describe('an entry list in words', () => {
  test('says what each word is, and of how many pages', () => {
    expect(entriesAround(table, 2, 4).map(({ kind, page }) => `${kind} ${page}`.trim())).toEqual([
      'destination 0x80000000',
      'source 0x90000000',
      '30 sources from 0xa0000000',
      'goes on at 0xb0000000',
      'done',
    ]);
  });

  test.each([
    [-1, [0, 1, 2]],
    [0, [0, 1, 2]],
    [2, [1, 2, 3]],
    [4, [2, 3, 4]],
  ])('shows those around %i', (entry, shown) => {
    expect(entriesAround(table, entry, 1).map(({ index }) => index)).toEqual(shown);
  });
});

test('a step is in the part that was entered last', () => {
  expect([0, 39, 40, 3999, 4000].map((step) => partAt(facts, step))).toEqual([
    ...['enter', 'enter', 'copy', 'copy', 'leave'],
  ]);
});

test('flags that are set have their letters', () => {
  expect([0, 8, 6, 15].map(flagWords)).toEqual(['none', 'N', 'Z C', 'N Z C V']);
});

test('pages are counted by their state', () => {
  expect(pageCounts(Uint8Array.of(0, 0, 1, 4, 4, 4, 2))).toEqual({
    ...{ waiting: 2, underWay: 1, dirty: 1, unfinished: 0, clean: 3 },
  });
});

test('registers have changed that hold something else', () => {
  expect([...changedRegisters(BigUint64Array.of(1n, 2n, 3n), BigUint64Array.of(1n, 9n, 3n))]).toEqual([1]);
  expect(changedRegisters(BigUint64Array.of(1n), undefined).size).toBe(0);
});

test('the slider goes from one instruction a second to a hundred million', () => {
  expect([0, 0.5, 1].map(rateAt)).toEqual([1, 10_000, 100_000_000]);
});

test('an outcome is told by who found it', () => {
  expect(outcomeWords(facts)).toMatch(/^Arrives after 5,000 instructions/);
  expect(outcomeWords({ ...facts, findings: [finding], jumps: false })).toMatch(/before the jump/);
  expect(outcomeWords({ ...facts, findings: [{ ...finding, by: 'arrival' }] })).toMatch(/is stopped there/);
  expect(outcomeWords({ ...facts, sabotage: 'clean', findings: [{ ...finding, by: 'proof' }] })).toMatch(/proof alone/);
  expect(placeWords(finding)).toBe('step 1,234 at 0x40 (nop), address 0x80');
  expect(placeWords({ ...finding, step: undefined })).toBe('page 0x80');
  expect(placeWords({ ...finding, step: undefined, address: undefined })).toBe('');
});

test('only sabotages are taken from an address', () => {
  expect(['tlbi', 'banana', undefined, 'constructor'].map(sabotageOf)).toEqual(['tlbi', ...Array(3).fill(undefined)]);
});
