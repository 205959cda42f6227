import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Journey, SimulatedMachine } from './host.ts';
import type { HostEvent } from './ledger.ts';

const ROLLOUTS = ['r1', 'r2'] as const;
const PLAN = '/plan';
const KERNEL = '/kernel';

function machine(): { readonly it: SimulatedMachine; readonly told: { at: number; event: HostEvent }[] } {
  const told: { at: number; event: HostEvent }[] = [];
  const it = new SimulatedMachine({ seed: 1, name: 'h', now: 0, release: 'old', isForgetful: false }, (at, event) => {
    told.push({ at, event });
  });
  return { it, told };
}

const good: Journey = { ms: 100, end: 'up', release: 'new', isOtherMachine: false };

const journeys = fc.record({
  ms: fc.integer({ min: 0, max: 50 }),
  end: fc.constantFrom('up', 'up', 'up', 'dead', 'panicked'),
  release: fc.constantFrom('old', 'new'),
  isOtherMachine: fc.boolean(),
});

/** Anything that a worker, or two of them, could do; boot ids that are right, or were once, or never. */
const deeds = fc.oneof(
  fc.record({ do: fc.constantFrom('write', 'load', 'unload', 'drain', 'restore') }),
  fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 0, max: 60 }) }),
  fc.record({
    do: fc.constant('leave'),
    rollout: fc.constantFrom(...ROLLOUTS),
    boot: fc.constantFrom('this', 'first', 'none'),
    journey: fc.option(journeys, { nil: undefined }),
  }),
);

test('no sequence of commands gets two commits of one rollout into a host, nor one into a boot that was not meant', () => {
  fc.assert(
    fc.property(fc.array(deeds, { maxLength: 60 }), (sequence) => {
      const { it, told } = machine();
      const first = it.bootId;
      let now = 0;
      for (const deed of sequence) {
        it.settle(now);
        if (deed.do === 'wait' && 'ms' in deed) now += deed.ms;
        // Nobody reaches a host that is not up.
        if (it.power.state !== 'up') continue;
        const before = { boot: it.bootId, loaded: it.loaded, commits: count(told, 'commit') };
        if (deed.do === 'write') for (const path of [PLAN, KERNEL]) it.write(path, now);
        if (deed.do === 'load') it.load([PLAN, KERNEL], now);
        if (deed.do === 'unload') it.unload(now);
        if (deed.do === 'drain') it.drain(now);
        if (deed.do === 'restore') it.restore(now, true);
        if (deed.do !== 'leave' || !('rollout' in deed)) continue;
        const asked = { this: it.bootId, first, none: 'no such boot' }[deed.boot];
        const code = it.leave(deed.rollout, asked, now, deed.journey);
        const hasLeft = count(told, 'commit') > before.commits;
        expect(hasLeft).toBe(code === undefined && deed.journey !== undefined);
        if (!hasLeft) continue;
        expect(asked).toBe(before.boot);
        expect(before.loaded).toBe(PLAN);
        expect(it.loaded).toBeUndefined();
      }
      for (const rollout of ROLLOUTS) {
        expect(told.filter(({ event }) => event.event === 'commit' && event.rollout === rollout).length).toBeLessThan(
          2,
        );
        expect(told.filter(({ event }) => event.event === 'claim' && event.rollout === rollout).length).toBeLessThan(2);
      }
      const boots = told.flatMap(({ event }) => (event.event === 'up' ? [event.boot] : []));
      expect(new Set([first, ...boots]).size).toBe(boots.length + 1);
    }),
    { numRuns: 500, seed: 19 },
  );
});

const count = (told: readonly { event: HostEvent }[], kind: HostEvent['event']): number =>
  told.filter(({ event }) => event.event === kind).length;

function loaded(): ReturnType<typeof machine> {
  const made = machine();
  made.it.write(PLAN, 1);
  made.it.write(KERNEL, 1);
  made.it.load([PLAN, KERNEL], 2);
  return made;
}

test('a good reboot ends in a new boot of the next kernel, on the same machine', () => {
  const { it, told } = loaded();
  const { bootId, machineId } = it;
  expect(it.leave('r1', bootId, 10, good)).toBeUndefined();
  it.settle(109);
  expect(it.power.state).toBe('rebooting');
  it.settle(500);
  expect(it.power).toEqual({ state: 'up', since: 110 });
  expect(it.bootId).not.toBe(bootId);
  expect(it.machineId).toBe(machineId);
  expect(it.release).toBe('new');
  expect(it.claimOf('r1')).toEqual({ rollout: 'r1', boot: bootId });
  expect(told.at(-1)).toEqual({ at: 110, event: { event: 'up', boot: it.bootId, release: 'new', machineId } });
});

test('files and drains outlive a reboot, and what is loaded does not', () => {
  const { it } = loaded();
  it.drain(3);
  it.leave('r1', it.bootId, 10, good);
  it.settle(110);
  expect(it.isDrained).toBe(true);
  expect(it.has(KERNEL)).toBe(true);
  expect(it.loaded).toBeUndefined();
});

test.each(['dead', 'panicked'] as const)('a reboot can end %s, for good', (end) => {
  const { it, told } = loaded();
  it.leave('r1', it.bootId, 10, { ...good, end });
  it.settle(1e9);
  expect(it.power.state).toBe(end);
  it.settle(2e9);
  expect(count(told, 'down')).toBe(1);
});

test('why a commit is refused', () => {
  const { it, told } = machine();
  expect(it.leave('r1', it.bootId, 1, good)).toBe('ENOENT');
  expect(it.load([PLAN, KERNEL], 2)).toBe('ENOENT');
  it.write(PLAN, 3);
  it.write(KERNEL, 3);
  expect(it.load([PLAN, KERNEL], 4)).toBeUndefined();
  expect(it.leave('r1', 'another boot', 5, good)).toBe('ESTALE');
  expect(it.claimOf('r1')).toBeUndefined();
  const { bootId } = it;
  // It claims, and stays.
  expect(it.leave('r1', bootId, 6, undefined)).toBeUndefined();
  expect(it.power.state).toBe('up');
  expect(it.leave('r1', bootId, 7, good)).toBe('EEXIST');
  expect(told.filter(({ event }) => event.event === 'exec-refused').map(({ event }) => event)).toEqual([
    { event: 'exec-refused', rollout: 'r1', code: 'ENOENT' },
    { event: 'exec-refused', rollout: 'r1', code: 'ESTALE' },
    { event: 'exec-refused', rollout: 'r1', code: 'EEXIST' },
  ]);
  // Another rollout is another claim.
  expect(it.leave('r2', bootId, 8, good)).toBeUndefined();
});

test('what changes nothing is not told', () => {
  const { it, told } = loaded();
  const before = told.length;
  it.write(PLAN, 5);
  expect(told.length).toBe(before);
  it.unload(6);
  it.unload(7);
  expect(told.length).toBe(before + 1);
});
