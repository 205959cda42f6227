import { expect, test } from 'vitest';
import { Patience } from './patience.ts';

/** A clock that is set by hand, and hands of 0 to begin with. */
function handClock() {
  const clock = { at: 0, now: () => clock.at, sleep: () => Promise.resolve(), scale: 1 };
  return clock;
}

test('ends when its time is over', () => {
  const clock = handClock();
  const patience = new Patience(clock, 60_000);
  clock.at = 59_999;
  expect(patience.isOver()).toBe(false);
  clock.at = 60_000;
  expect(patience.isOver()).toBe(true);
});

test('of a process that died has begun before', () => {
  const clock = handClock();
  clock.at = 70_000;
  expect(new Patience(clock, 60_000).isOver()).toBe(true);
});

test('does not end because the clock was set forward, or the process stood still', () => {
  const clock = handClock();
  const patience = new Patience(clock, 600_000);
  clock.at = 24 * 3_600_000;
  expect(patience.isOver()).toBe(false);
  clock.at += 299_999;
  expect(patience.isOver()).toBe(false);
  clock.at += 1;
  expect(patience.isOver()).toBe(true);
});

test('does not last longer because the clock was set back', () => {
  const clock = handClock();
  clock.at = 3_600_000;
  const patience = new Patience(clock, 3_660_000);
  clock.at = 0;
  expect(patience.isOver()).toBe(false);
  clock.at = 60_000;
  expect(patience.isOver()).toBe(true);
});

test('does not count what something else took', () => {
  const clock = handClock();
  const patience = new Patience(clock, 60_000);
  clock.at = 50_000;
  patience.excuse();
  clock.at = 100_000;
  expect(patience.isOver()).toBe(false);
});
