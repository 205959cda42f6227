import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Clock, realClock, scaledClock } from './clock.ts';

const START = Date.UTC(2030, 0, 1);
const DAY_MS = 24 * 3600 * 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const fast = (scale: number): Clock =>
  scaledClock({ scale, start: 5000, realStart: performance.timeOrigin + performance.now() });

/** What has become of a sleep so far. */
function watched(sleeping: Promise<void>): { state: 'asleep' | 'awake' | Error } {
  const watch: { state: 'asleep' | 'awake' | Error } = { state: 'asleep' };
  sleeping.then(
    () => {
      watch.state = 'awake';
    },
    (reason) => {
      watch.state = reason;
    },
  );
  return watch;
}

test('the real clock is the one on the wall', async () => {
  expect(realClock.now()).toBe(START);
  expect(realClock.scale).toBe(1);
  const watch = watched(realClock.sleep(100));
  await vi.advanceTimersByTimeAsync(99);
  expect(watch.state).toBe('asleep');
  await vi.advanceTimersByTimeAsync(1);
  expect(watch.state).toBe('awake');
});

test('a scaled clock goes as much faster as it is told', async () => {
  const clock = fast(0.01);
  expect(clock.now()).toBeCloseTo(5000, 3);
  const watch = watched(clock.sleep(10_000));
  await vi.advanceTimersByTimeAsync(99);
  expect(watch.state).toBe('asleep');
  expect(clock.now()).toBeCloseTo(5000 + 9900, 3);
  await vi.advanceTimersByTimeAsync(1);
  expect(watch.state).toBe('awake');
});

test('two clocks of the same numbers say the same', async () => {
  const settings = { scale: 0.001, start: 0, realStart: performance.timeOrigin + performance.now() - 7 };
  expect(scaledClock(settings).now()).toBeCloseTo(7000, 3);
  await vi.advanceTimersByTimeAsync(5);
  expect(scaledClock(settings).now()).toBeCloseTo(12_000, 3);
});

test('a sleep that is aborted rejects with the reason, and leaves no timer', async () => {
  const stop = new AbortController();
  const watch = watched(realClock.sleep(1000, stop.signal));
  await vi.advanceTimersByTimeAsync(1);
  const reason = new Error('enough');
  stop.abort(reason);
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.state).toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
});

test('a sleep with a signal that is aborted already does not begin', async () => {
  const reason = new Error('too late');
  await expect(realClock.sleep(1000, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
});

test('a sleep that ends well lets go of its signal', async () => {
  const { signal } = new AbortController();
  const removed = vi.spyOn(signal, 'removeEventListener');
  const watch = watched(realClock.sleep(10, signal));
  await vi.advanceTimersByTimeAsync(10);
  expect(watch.state).toBe('awake');
  expect(removed).toHaveBeenCalledOnce();
});

test('a sleep may be longer than a timer', async () => {
  const watch = watched(realClock.sleep(60 * DAY_MS));
  await vi.advanceTimersByTimeAsync(60 * DAY_MS - 1);
  expect(watch.state).toBe('asleep');
  await vi.advanceTimersByTimeAsync(1);
  expect(watch.state).toBe('awake');
});

test.each([0, -5])('a sleep of %d ms ends', async (ms) => {
  const watch = watched(realClock.sleep(ms));
  await vi.advanceTimersByTimeAsync(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(watch.state).toBe('awake');
});
