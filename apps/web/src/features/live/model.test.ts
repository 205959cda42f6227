import { phaseOrder } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import type { LiveEvent, LiveReport } from './events.ts';
import { eventOf } from './events.ts';
import { after, type LiveState, nothingYet, phaseLines, verdictOf } from './model.ts';

const told = (...events: readonly LiveEvent[]): LiveState => events.reduce(after, nothingYet);

const report: LiveReport = {
  strategy: 'mmu-on',
  timeline: [
    { phase: 'shutdown', basis: 'skipped', seconds: 0, remark: 'no old kernel' },
    { phase: 'relocation', basis: 'measured', seconds: 1, remark: 'emulated' },
  ],
  destinations: [],
  proof: { checks: [] },
  breadcrumbs: '',
  jump: '0x40000000',
  nextKernel: { reached: 'Run /init as init process' },
};

const begun: readonly LiveEvent[] = [
  { type: 'phase', phase: 'inputs', seconds: 0 },
  { type: 'phase', phase: 'describe', seconds: 1 },
  { type: 'phase', phase: 'relocation', seconds: 3 },
];

const error = {
  code: 'EIO',
  message: 'it panicked',
  hint: 'see the console',
  phase: 'startup',
  console: ['x'],
} as const;

const lineOf = (state: LiveState, now: number, name: string) =>
  phaseLines(state, now).find(({ phase }) => phase === name);

test('all phases are there in their order before anything is told', () => {
  const lines = phaseLines(nothingYet, 0);
  expect(lines.map(({ phase }) => phase)).toEqual(phaseOrder.map(({ name }) => name));
  expect(new Set(lines.map(({ standing }) => standing))).toEqual(new Set(['waits']));
  // The point of no return lies before one of them.
  expect(lines.filter((line) => line.isFirstOfNoReturn).map(({ phase }) => phase)).toEqual(['shutdown']);
});

test('a phase lasts until the next one begins; those between were skipped', () => {
  const state = told(...begun);
  expect(lineOf(state, 4, 'inputs')).toMatchObject({ standing: 'done', seconds: 1, bars: [{ from: 0, to: 0.25 }] });
  expect(lineOf(state, 4, 'describe')).toMatchObject({ standing: 'done', seconds: 2 });
  expect(lineOf(state, 4, 'plan')).toMatchObject({ standing: 'skipped', seconds: undefined, bars: [] });
  expect(lineOf(state, 4, 'relocation')).toMatchObject({
    standing: 'lasts',
    seconds: 1,
    bars: [{ from: 0.75, to: 1 }],
  });
  expect(lineOf(state, 4, 'startup')?.standing).toBe('waits');
  // A clock that is behind what was told makes no time run backwards.
  expect(lineOf(state, 2, 'relocation')?.seconds).toBe(0);
});

test('the last phase ends when the next kernel is up, not when the machine ends', () => {
  const up = told(...begun, { type: 'phase', phase: 'startup', seconds: 5 }, { type: 'up', report, seconds: 9 });
  expect(up.isUp).toBe(true);
  // It runs on, and all that it came to is known: what was skipped says why.
  expect(up.report).toEqual(report);
  expect(lineOf(up, 60, 'shutdown')).toMatchObject({ standing: 'skipped', remark: 'no old kernel' });
  const end = after(up, { type: 'end', how: 'arrived', report, seconds: 60 });
  expect(end.isUp).toBe(false);
  expect(lineOf(end, 60, 'startup')).toMatchObject({ standing: 'done', seconds: 4 });
  expect(lineOf(end, 60, 'shutdown')).toMatchObject({ standing: 'skipped', remark: 'no old kernel' });
});

test('where it failed is the phase that lasted then', () => {
  const state = told(...begun, { type: 'end', how: 'failed', error, seconds: 4 });
  expect(lineOf(state, 9, 'relocation')).toMatchObject({ standing: 'failed', seconds: 1 });
  expect(lineOf(state, 9, 'describe')?.standing).toBe('done');
  expect(lineOf(state, 9, 'startup')?.standing).toBe('waits');
});

test('says how it stands in words', () => {
  const { nextKernel: _, ...jumped } = report;
  expect(verdictOf(nothingYet)).toBe('The files are sent');
  expect(verdictOf(told(...begun))).toBe('Relocating …');
  expect(verdictOf(told({ type: 'up', report, seconds: 1 }))).toBe('The next kernel is up');
  const ended = (event: LiveEvent): string => verdictOf(told(...begun, event));
  expect(ended({ type: 'end', how: 'arrived', report, seconds: 4 })).toBe('The next kernel arrived');
  expect(ended({ type: 'end', how: 'arrived', report: jumped, seconds: 4 })).toMatch(/reached its jump/);
  expect(ended({ type: 'end', how: 'failed', error, seconds: 4 })).toBe('It did not arrive');
  expect(ended({ type: 'end', how: 'cancelled', error, seconds: 4 })).toBe('Ended before it arrived');
});

test('reads what the host sends', () => {
  expect(eventOf('phase', '{"phase":"load","seconds":1.5}')).toEqual({ type: 'phase', phase: 'load', seconds: 1.5 });
  expect(told(eventOf('planned', '{"notes":["a guess"],"seconds":2}')).notes).toEqual(['a guess']);
  expect(after(nothingYet, eventOf('console', '{"text":"x"}'))).toBe(nothingYet);
});
