import { stingray } from '@kexeckit/cost';
import { type Timeline, timedPhases } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import {
  barOf,
  isUnknown,
  longestOf,
  longestRow,
  lookOf,
  publishedRows,
  standsBesidePublished,
  totalText,
} from './model.ts';
import { timelineRow } from './priced.ts';

const timeline: Timeline = {
  label: 'mmu-on',
  strategy: 'mmu-on',
  phases: [
    { phase: 'shutdown', basis: 'published', seconds: 0.25 },
    { phase: 'relocation', basis: 'modelled', seconds: 0.5 },
    { phase: 'checksum', basis: 'skipped', seconds: 2, remark: 'purgatory, caches off' },
    { phase: 'startup', basis: 'published', seconds: 1 },
  ],
};

test('a skipped phase is shown, and counts only in the sum that says so', () => {
  const row = timelineRow(timeline);
  expect(row.total).toBe(1.75);
  expect(row.totalWithSkipped).toBe(3.75);
  expect(row.cells[2]).toEqual({
    phase: 'checksum',
    basis: 'skipped',
    seconds: 2,
    between: undefined,
    note: "what purgatory's SHA-256 would add with caches off",
  });
});

test('a phase that the timeline does not have is a cell without a figure', () => {
  const row = timelineRow({ ...timeline, phases: timeline.phases.slice(0, 2) });
  expect(row.cells.map(({ seconds }) => seconds)).toEqual([0.25, 0.5, undefined, undefined]);
  expect(row.total).toBe(0.75);
});

test('of an unknown machine nothing is drawn, and no number shown', () => {
  const row = timelineRow({
    label: 'mmu-on',
    strategy: 'mmu-on',
    phases: timedPhases.map((phase) => ({ phase, basis: 'unknown', remark: 'unknown machine' })),
  });
  expect(isUnknown(row)).toBe(true);
  expect([row.total, row.totalWithSkipped].map(totalText)).toEqual(['?', '?']);
  expect(row.cells[0]).toMatchObject({ seconds: undefined, note: 'no profile describes this machine' });
  expect(barOf(row, true)).toEqual({ pieces: [], leftOut: [] });
});

test('the picture of another machine is measured by its own rows: no axis of the Stingray', () => {
  const fast = timelineRow({
    ...timeline,
    phases: [{ phase: 'relocation', basis: 'modelled', seconds: 0.01 }],
    profile: { ...stingray, name: 'board' },
  });
  const unknown = timelineRow({
    label: 'mmu-on',
    strategy: 'mmu-on',
    phases: timedPhases.map((phase) => ({ phase, basis: 'unknown', remark: 'unknown machine' })),
  });
  expect(longestOf([fast], false)).toBe(0.01);
  expect(longestOf([unknown, unknown], true)).toBe(1);
  expect(standsBesidePublished([fast])).toBe(false);
  const own = timelineRow({ ...timeline, profile: stingray });
  expect(standsBesidePublished([own, undefined])).toBe(true);
  expect(longestOf([undefined], false)).toBe(Math.max(...publishedRows.map(({ total }) => total ?? 0)));
});

test('what was skipped and nobody knows makes no sum: a profile that lacks the checksum', () => {
  const [shutdown, relocation, , startup] = timeline.phases;
  const checksum = { phase: 'checksum', basis: 'skipped', remark: 'not in the profile' } as const;
  const row = timelineRow({
    ...timeline,
    phases: [shutdown, relocation, checksum, startup].flatMap((each) => each ?? []),
  });
  expect([row.total, row.totalWithSkipped].map(totalText)).toEqual(['1.750', '?']);
  expect(row.cells[2]).toMatchObject({ basis: 'skipped', seconds: undefined });
  expect(barOf(row, true).pieces).toHaveLength(3);
});

test('what of a profile is assumed stands beside what has to be known of its rows', () => {
  const row = timelineRow({ ...timeline, profile: { ...stingray, name: 'board' } });
  expect(row.profile?.findings).toContain('assumed: an instruction takes 2.5e-10 s');
});

test('a figure says between what it lies, and a row whose prices it has', () => {
  const profile = { ...stingray, name: 'board' };
  const [relocation] = [{ phase: 'relocation', basis: 'modelled', seconds: 0.5, low: 0.4, high: 0.75 }] as const;
  const row = timelineRow({ ...timeline, phases: [relocation], profile });
  expect(row.cells[1]?.between).toBe('0.400 to 0.750 s');
  expect(row.profile).toMatchObject({ name: 'board', isPublished: false });
  expect(timelineRow({ ...timeline, profile: stingray }).profile?.isPublished).toBe(true);
});

test('a bar leaves the skipped phase out, or puts it in its place', () => {
  const row = timelineRow(timeline);
  const short = barOf(row, false);
  expect(short.pieces.map(({ phase, from, to }) => [phase, from, to])).toEqual([
    ['shutdown', 0, 0.25],
    ['relocation', 0.25, 0.75],
    ['startup', 0.75, 1.75],
  ]);
  expect(short.leftOut.map(({ phase }) => phase)).toEqual(['checksum']);
  const long = barOf(row, true);
  expect(long.pieces.map(({ phase, from, to }) => [phase, from, to])).toEqual([
    ['shutdown', 0, 0.25],
    ['relocation', 0.25, 0.75],
    ['checksum', 0.75, 2.75],
    ['startup', 2.75, 3.75],
  ]);
  expect(long.leftOut).toEqual([]);
});

test('a piece says between what it ends, and the picture has room for that', () => {
  const phases = [
    { phase: 'shutdown', basis: 'modelled', seconds: 0.1 },
    { phase: 'relocation', basis: 'modelled', seconds: 0.5, low: 0.4, high: 0.75 },
  ] as const;
  const row = timelineRow({ ...timeline, phases, profile: { ...stingray, name: 'board' } });
  expect(barOf(row, false).pieces.map(({ ends }) => ends)).toEqual([undefined, [0.5, 0.85]]);
  expect(longestRow([row], false)).toBe(0.85);
});

test('each phase has a colour of its own, and what the published rows skip is hatched', () => {
  const looks = timedPhases.map(lookOf);
  expect(new Set(looks.map(({ colour }) => colour)).size).toBe(timedPhases.length);
  expect(publishedRows.length).toBeGreaterThan(0);
  expect(timedPhases.filter((phase) => lookOf(phase).isHatched)).toEqual(['checksum']);
});
