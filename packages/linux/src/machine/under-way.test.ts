import { generateWorkload, stageReboot } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { withCrashRegion } from '../testing/hosts.ts';
import { KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { LinuxMachine } from './machine.ts';
import { UnderWay } from './under-way.ts';

const request = {
  ...generateWorkload(100_000, 50_000, 3),
  cmdline: 'quiet',
  strategy: 'crash-region',
  seed: 1,
} as const;
const image = { entry: 1n, segments: [] };

/** A crash kernel that a service loads again when it is let. */
async function hostWithService() {
  const kernel = new KexecModel(await hostWith(withCrashRegion));
  kernel.crash = image;
  let letReload = (): void => {};
  let failReload = (_: Error): void => {};
  const mayReload = new Promise<void>((resolve, reject) => {
    letReload = resolve;
    failReload = reject;
  });
  let reloading = (): void => {};
  const reloads = new Promise<void>((resolve) => {
    reloading = resolve;
  });
  const reload = async (): Promise<void> => {
    reloading();
    await mayReload;
    kernel.crash = image;
  };
  const service = async () => ({ unit: 'kdump.service', reload });
  const kdump = { capture: async () => undefined, core: async () => ({ notes: [], loads: [] }), service };
  return { kernel, kdump, letReload, failReload, reloads };
}

/** Cancels a load when both images are loaded; the road waits for its undoing for half a second. */
async function cancelled(fails: boolean) {
  const { kernel, kdump, letReload, failReload, reloads } = await hostWithService();
  const stop = new AbortController();
  const options = { kernel, kdump, read: kernel.read, services: 'none', withoutCaptureKernel: true } as const;
  const machine = new (class extends LinuxMachine {
    override async stage(...args: Parameters<LinuxMachine['stage']>) {
      const staged = await super.stage(...args);
      stop.abort(new Error('stopped'));
      return staged;
    }
  })(options);
  const staged = stageReboot(machine, request, { rehearse: false, signal: stop.signal });
  await expect(staged).rejects.toMatchObject({ code: 'ECANCELED' });
  await reloads;
  const before = [kernel.next, kernel.crash];
  if (fails) failReload(new Error('no service'));
  else letReload();
  return { before, failure: await machine.settled(), kernel };
}

test('whoever has cancelled a load can wait until it is undone', async () => {
  const { before, failure, kernel } = await cancelled(false);
  expect([before, failure, kernel.next, kernel.crash]).toEqual([[undefined, undefined], undefined, undefined, image]);
});

test('and hears what could not be undone', async () => {
  expect((await cancelled(true)).failure).toMatchObject({ message: 'no service' });
});

test('what begins when other work has ended is waited for, too', async () => {
  const underWay = new UnderWay();
  const done: string[] = [];
  const step = async (name: string): Promise<void> => {
    await new Promise(setImmediate);
    done.push(name);
  };
  void underWay.track(step('load')).then(() => underWay.track(step('unload')));
  expect([await underWay.settled(), done]).toEqual([undefined, ['load', 'unload']]);
});

test('a reason to end is no failure', async () => {
  const underWay = new UnderWay();
  const reason = new Error('stopped');
  await underWay.track(Promise.reject(reason), () => reason).catch(() => {});
  expect(await underWay.settled()).toBeUndefined();
});
