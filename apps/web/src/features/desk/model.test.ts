import { phaseOrder, phases } from '@kexeckit/reboot';
import { strategies } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { progressAt, type RunState, stateText } from './model.ts';

const order = strategies.map(({ name }) => name);

test('every phase of every strategy is one step further than the last', () => {
  const steps = order.flatMap((strategy) => phaseOrder.map(({ name }) => progressAt(order, strategy, name)));
  expect(steps.map(({ done }) => done)).toEqual(steps.map((_, index) => index));
  expect(new Set(steps.map(({ total }) => total))).toEqual(new Set([steps.length]));
});

const idle: RunState = { running: false, failed: false, of: undefined, changed: false, progress: undefined };

test.each<[string, Partial<RunState>]>([
  ['', {}],
  ['starting', { running: true }],
  [`reserved: ${phases.prove.doing}`, { running: true, progress: progressAt(order, 'reserved', 'prove') }],
  ['stopped', { failed: true, of: 'EL1' }],
  ['done: EL1', { of: 'EL1' }],
  ['done: EL1 · press Run for what is on the desk now', { of: 'EL1', changed: true }],
])('it is told as "%s"', (text, state) => {
  expect(stateText({ ...idle, ...state })).toBe(text);
});
