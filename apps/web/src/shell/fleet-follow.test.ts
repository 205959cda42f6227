import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { follow, untilAnswered } from './fleet-follow.ts';

/** An answer that never comes; the signal ends the wait, as it does that of `fetch`. */
const silence = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new TypeError('silent'))));
const answer = (state: string, tag: string): Response => new Response(state, { headers: { etag: tag } });
const stateIn = (bytes: ArrayBuffer) => Promise.resolve({ state: new TextDecoder().decode(bytes) });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a rollout that is followed', () => {
  test('is asked for until it has ended, by the tag of what is known', async () => {
    const asked: HeadersInit[] = [];
    const answers = [
      answer('running', 'a'),
      new Response(null, { status: 304 }),
      answer('running', 'b'),
      answer('finished', 'c'),
    ];
    const fail = vi.fn();
    follow(
      (headers) => {
        const next = answers[asked.length];
        asked.push(headers);
        return next === undefined ? Promise.reject(new TypeError('asked once more')) : Promise.resolve(next);
      },
      stateIn,
      fail,
    );
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toEqual([{}, { 'if-none-match': 'a' }, { 'if-none-match': 'a' }, { 'if-none-match': 'b' }]);
    expect(fail).not.toHaveBeenCalled();
  });

  test('of a host that stops answering is said not to answer, and asked for again', async () => {
    const asked: HeadersInit[] = [];
    const fail = vi.fn();
    const end = follow(
      (headers, signal) => {
        asked.push(headers);
        return asked.length === 2 ? silence(signal) : Promise.resolve(answer('running', 'a'));
      },
      stateIn,
      fail,
    );
    await vi.advanceTimersByTimeAsync(30_000);
    expect([asked.length, fail.mock.calls.length]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(fail.mock.calls).toEqual([[new TypeError('silent')]]);
    expect(asked[2], 'what comes next is read').toEqual({});
    end();
  });

  test('is let go when it is no longer wanted, whatever is under way', async () => {
    const fail = vi.fn();
    let signalled: AbortSignal | undefined;
    let asked = 0;
    const end = follow(
      (_, signal) => {
        asked += 1;
        signalled = signal;
        return silence(signal);
      },
      stateIn,
      fail,
    );
    end();
    await vi.advanceTimersByTimeAsync(600_000);
    expect([asked, signalled?.aborted, fail.mock.calls.length]).toEqual([1, true, 0]);
  });
});

test('what a host could not tell at first is asked for again, until it is told', async () => {
  const fail = vi.fn();
  let asked = 0;
  untilAnswered(async () => {
    asked += 1;
    if (asked < 3) throw new TypeError('silent');
  }, fail);
  await vi.advanceTimersByTimeAsync(600_000);
  expect([asked, fail.mock.calls.length]).toEqual([3, 2]);
});
