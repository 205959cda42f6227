import { phaseOrder, phases } from '@kexeckit/reboot';
import { strategies } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { defaultWishes, doingText, endedText, isChanged, progressAt, seedOf, seedText } from './model.ts';

const order = strategies.map(({ name }) => name);

describe('progress', () => {
  test('every phase of every strategy is one step further than the last', () => {
    const steps = order.flatMap((strategy) => phaseOrder.map(({ name }) => progressAt(order, strategy, name)));
    expect(steps.map(({ done }) => done)).toEqual(steps.map((_, index) => index));
    expect(new Set(steps.map(({ total }) => total))).toEqual(new Set([steps.length]));
  });

  test('it is told in the words of the table', () => {
    const state = { wishes: defaultWishes, running: true, failed: false };
    expect(doingText({ ...state, progress: undefined })).toBe('starting');
    expect(doingText({ ...state, progress: progressAt(order, 'reserved', 'prove') })).toBe(
      `reserved: ${phases.prove.doing}`,
    );
  });
});

describe('the end', () => {
  const state = { wishes: { exceptionLevel: 1, seed: 7 }, running: false, failed: false, progress: undefined } as const;

  test('says what the results are from, and that other values wait', () => {
    expect(endedText(state, false)).toBe('done: EL1, seed 7');
    expect(endedText(state, true)).toBe('done: EL1, seed 7 · press Run for the new values');
    expect(endedText({ ...state, failed: true }, true)).toBe('stopped');
  });

  test('values are changed when one of them is', () => {
    expect(isChanged(state, { exceptionLevel: 1, seed: 7 })).toBe(false);
    expect(isChanged(state, { exceptionLevel: 2, seed: 7 })).toBe(true);
    expect(isChanged(state, { exceptionLevel: 1, seed: 8 })).toBe(true);
    expect(isChanged({ ...state, wishes: undefined }, defaultWishes)).toBe(true);
    const file = { name: 'board.json', text: '{}' };
    expect(isChanged(state, { exceptionLevel: 1, seed: 7, profile: file })).toBe(true);
    expect(isChanged(state, { exceptionLevel: 1, seed: 7, map: file })).toBe(true);
  });
});

test('a seed is what was typed, and nothing is not 0', () => {
  expect(['7', ' -3 ', '1.5', '', ' '].map(seedOf)).toEqual([7, -3, 1.5, Number.NaN, Number.NaN]);
  expect([7, Number.NaN].map(seedText)).toEqual(['7', '']);
});
