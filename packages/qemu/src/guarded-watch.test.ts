import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { GuardedWatch } from './guarded-watch.ts';

const event = { type: 'console', text: 'x' } as const;

/** Work that tells of one event in a callback, and ends by the signal alone. */
function watchThatThrows(onEnd: () => void): Promise<void> {
  const onEvent = (): never => {
    throw new Error('the screen is gone');
  };
  return GuardedWatch.guard({ onEvent }, async (watch) => {
    setImmediate(() => watch.onEvent?.(event));
    await new Promise((resolve) => watch.signal?.addEventListener('abort', resolve));
    onEnd();
    throw new Error('because it was stopped');
  });
}

test('a watcher that throws in a callback ends the work, and is the reason', async () => {
  let ended = false;
  await expect(
    watchThatThrows(() => {
      ended = true;
    }),
  ).rejects.toThrow('the screen is gone');
  expect(ended).toBe(true);
});

test('a watcher that rejects is the reason too, even at the end', async () => {
  const watch = { onEvent: async () => Promise.reject(new Error('the disk is full')) };
  const working = GuardedWatch.guard(watch, async ({ onEvent }) => onEvent?.(event));
  await expect(working).rejects.toThrow('the disk is full');
});

test("the caller's signal reaches the work, and one that is aborted already does", async () => {
  const seen = (signal: AbortSignal) => GuardedWatch.guard({ signal }, async (watch) => watch.signal?.reason);
  expect(await seen(AbortSignal.abort('enough'))).toBe('enough');
  const stop = new AbortController();
  const working = GuardedWatch.guard({ signal: stop.signal }, async (watch) => {
    await nextTurn();
    return watch.signal?.reason;
  });
  stop.abort('later');
  expect(await working).toBe('later');
});
