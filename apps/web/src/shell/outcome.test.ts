import { expect, test } from 'vitest';
import type { Failure } from '../features/failure/model.ts';
import { noPlanPages } from '../features/map/model/model.ts';
import type { StrategyResult } from '../worker/protocol.ts';
import { createOutcome } from './outcome.ts';

const failure: Failure = {
  code: 'EINVAL',
  message: 'the map is none',
  hint: '',
  strategy: undefined,
  proof: undefined,
};
const result: StrategyResult = {
  strategy: 'mmu-on',
  map: { marks: [], pages: noPlanPages },
  timeline: { label: '', cells: [], total: 1, totalWithSkipped: 1, profile: undefined },
  proof: [],
  figures: [],
};

test('what a run found, and what it refused, is of before as soon as another begins, and stays so where that is refused', () => {
  const outcome = createOutcome();
  outcome.begin();
  expect(outcome.isStale('mmu-on')).toBe(false);
  outcome.receive({ type: 'result', result });
  outcome.receive({ type: 'refused', strategy: 'mmu-off', failure });
  outcome.receive({ type: 'done' });
  expect((['mmu-on', 'mmu-off', 'kernel'] as const).map(outcome.isStale)).toEqual([false, false, false]);
  outcome.begin();
  expect((['mmu-on', 'mmu-off', 'kernel'] as const).map(outcome.isStale)).toEqual([true, true, false]);
  outcome.receive({ type: 'failed', failure });
  expect(outcome.results()['mmu-on']).toEqual(result);
  expect((['mmu-on', 'mmu-off'] as const).map(outcome.isStale)).toEqual([true, true]);
  outcome.begin();
  outcome.receive({ type: 'refused', strategy: 'mmu-on', failure });
  expect([outcome.results()['mmu-on'], outcome.isStale('mmu-on'), outcome.isStale('mmu-off')]).toEqual([
    undefined,
    false,
    true,
  ]);
});
