import { expect, test } from 'vitest';
import { measure, spreadOf } from './measure.ts';

/** A clock that each piece of work moves by what it takes. */
function fakeClock(): { now: () => number; spend: (ms: number) => () => void } {
  let time = 0;
  return {
    now: () => time,
    spend: (ms) => () => {
      time += ms;
    },
  };
}

test('time is per operation, the ratio pair by pair', () => {
  const { now, spend } = fakeClock();
  const benchmark = {
    name: 'b',
    setup: () => spend(2),
    operations: 4,
    reference: { name: 'naive', setup: () => spend(20) },
  };
  const measured = measure('p', benchmark, { samples: 3, sampleMs: 30, now });
  expect(measured.time).toEqual({ median: 500_000, min: 500_000, max: 500_000 });
  expect(measured.reference).toEqual({ name: 'naive', time: { median: 5_000_000, min: 5_000_000, max: 5_000_000 } });
  expect(measured.ratio?.median).toBe(10);
});

test('a program outside times itself; without one there is no comparison', () => {
  const { now, spend } = fakeClock();
  const benchmark = (program: () => (() => number) | undefined) => ({
    name: 'b',
    setup: () => spend(2),
    operations: 1,
    reference: { name: 'C', program },
  });
  const measured = measure(
    'p',
    benchmark(() => () => 500_000),
    { samples: 3, sampleMs: 30, now },
  );
  expect(measured.ratio?.median).toBe(0.25);
  expect(
    measure(
      'p',
      benchmark(() => undefined),
      { samples: 3, sampleMs: 30, now },
    ).reference,
  ).toBeUndefined();
});

test('where samples take seconds a benchmark may want fewer, never more', () => {
  const { now, spend } = fakeClock();
  const runsWith = (samples: number): number => {
    let runs = 0;
    const setup = () => () => {
      runs += 1;
      spend(1000)();
    };
    measure('p', { name: 'b', setup, operations: 1, samples }, { samples: 5, sampleMs: 8, now });
    return runs;
  };
  // One run warms up.
  expect([2, 50].map(runsWith)).toEqual([1 + 2, 1 + 5]);
});

test('what starting a program outside costs our next runs is not counted', () => {
  const { now, spend } = fakeClock();
  let cold = 0;
  const setup = () => () => {
    spend(cold > 0 ? 200 : 100)();
    cold -= 1;
  };
  const program = () => () => {
    cold = 2;
    return 1;
  };
  const benchmark = { name: 'b', setup, operations: 1, reference: { name: 'C', program } };
  expect(measure('p', benchmark, { samples: 3, sampleMs: 800, now }).time).toEqual({ median: 1e8, min: 1e8, max: 1e8 });
});

test('setup happens once, before the clock is looked at', () => {
  const { now, spend } = fakeClock();
  let setups = 0;
  const setup = (): (() => void) => {
    setups += 1;
    spend(1000)();
    return spend(1);
  };
  expect(measure('p', { name: 'b', setup, operations: 1 }, { samples: 5, sampleMs: 8, now }).time.median).toBe(1e6);
  expect(setups).toBe(1);
});

test('a spread is median, least and most', () => {
  expect(spreadOf([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
  expect(spreadOf([1, 2, 3, 10])).toEqual({ median: 2.5, min: 1, max: 10 });
});
