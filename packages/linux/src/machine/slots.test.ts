import { expect, test } from 'vitest';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { emptySlot, unloadImages } from './slots.ts';

const times = (call: Failure['call'], count: number, errno: string): Failure[] =>
  Array.from({ length: count }, (_, index) => ({ call, time: index + 1, errno }));

async function emptied(failures: readonly Failure[]) {
  const kernel = new KexecModel(await hostWith(), failures);
  kernel.next = { entry: 1n, segments: [] };
  let pauses = 0;
  const pause = async (): Promise<void> => {
    pauses += 1;
  };
  const error: unknown = await emptySlot(kernel, 'next', { pause }).catch((thrown: unknown) => thrown);
  return { error, pauses, isLoaded: kernel.next !== undefined };
}

test.each<[what: string, failures: Failure[], pauses: number]>([
  ['at once', [], 0],
  ['when nobody else loads any more', times('kexec_load', 3, 'EBUSY'), 3],
  ['by the other call', times('kexec_load', 1, 'EPERM'), 0],
  ['by the other call, later', [...times('kexec_load', 3, 'ENOSYS'), ...times('kexec_file_load', 2, 'EBUSY')], 2],
])('a slot is emptied %s', async (_, failures, pauses) => {
  expect(await emptied(failures)).toEqual({ error: undefined, pauses, isLoaded: false });
});

test.each<[what: string, failures: Failure[], code: string]>([
  ['busy for ever', times('kexec_load', 1000, 'EBUSY'), 'EBUSY'],
  ['permitted to nobody', [...times('kexec_load', 1, 'EPERM'), ...times('kexec_file_load', 1, 'ENOSYS')], 'EPERM'],
  ['something else', times('kexec_load', 1, 'EINVAL'), 'EINVAL'],
])('or stays as it is: %s', async (_, failures, code) => {
  expect(await emptied(failures)).toMatchObject({ error: { call: 'kexec_load', code }, isLoaded: true });
});

test.each([
  [5, 1],
  [1, 0],
])('with %i calls left, waiting for another process leaves %i', async (limit, left) => {
  const kernel = new KexecModel(await hostWith(), times('kexec_load', 1000, 'EBUSY'));
  kernel.next = { entry: 1n, segments: [] };
  kernel.limits.next = limit;
  const pause = async (): Promise<void> => {};
  await expect(emptySlot(kernel, 'next', { pause })).rejects.toMatchObject({ code: 'EBUSY' });
  expect(kernel.limits.next).toBe(left);
});

test('where calls are limited, the lock is asked for without one', async () => {
  const kernel = new KexecModel(await hostWith());
  kernel.next = { entry: 1n, segments: [] };
  kernel.limits.next = 1;
  let locked = 3;
  const text = (path: string): string | undefined =>
    path === '/sys/kernel/kexec_crash_size' && locked > 0 ? undefined : kernel.text(path);
  const pause = async (): Promise<void> => {
    locked -= 1;
  };
  const busy = { architecture: 'arm64', call: kernel.call.bind(kernel), text } as const;
  await emptySlot({ ...busy, view: kernel.view, pagemap: kernel.pagemap, run: kernel.run }, 'next', { pause });
  expect([locked, kernel.next, kernel.limits.next]).toEqual([0, undefined, 0]);
});

test('what a panic starts stays where it cannot be unloaded, and that is said', async () => {
  const host = await hostWith({ '/sys/kernel/kexec_crash_size': '1048576\n' });
  const kernel = new KexecModel(host, [
    { call: 'kexec_load', time: 2, errno: 'EPERM' },
    { call: 'kexec_file_load', time: 1, errno: 'EPERM' },
  ]);
  const image = { entry: 1n, segments: [] };
  kernel.next = image;
  kernel.crash = image;
  await expect(unloadImages(await kernel.read(), kernel)).rejects.toMatchObject({
    code: 'EPERM',
    message: expect.stringMatching(
      /nothing is loaded for a reboot any more, but what a panic starts stays: kexec_load: EPERM/,
    ),
  });
  expect([kernel.next, kernel.crash]).toEqual([undefined, image]);
});
