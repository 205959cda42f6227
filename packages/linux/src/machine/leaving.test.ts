import { expect, test, vi } from 'vitest';
import { KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { type LeaveOptions, rebootIntoLoaded } from './leaving.ts';

const done = vi.hoisted((): string[] => []);
// Nobody sees the last call return, and no interface of the host that runs this is touched.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async () => undefined,
}));
vi.mock('./network.ts', () => ({ takeNetworkDown: () => done.push('network down') }));

/** The last steps, in their order. */
async function stepsOf(options: LeaveOptions): Promise<string[]> {
  done.length = 0;
  const model = new KexecModel(await hostWith());
  model.next = { entry: 1n, segments: [] };
  model.synced = true;
  const { architecture } = model;
  const kernel = {
    ...{ architecture, view: model.view, pagemap: model.pagemap, text: model.text, run: model.run },
    call: (...[name, ...args]: Parameters<KexecModel['call']>): bigint => {
      done.push(name);
      return model.call(name, ...args);
    },
  };
  await rebootIntoLoaded(await model.read(), { atOnce: true, kernel, ...options });
  return done;
}

test('file systems are written out before the network goes, and nothing of both where that is wished', async () => {
  expect(await stepsOf({})).toEqual(['sync', 'reboot']);
  expect(await stepsOf({ networkDown: true })).toEqual(['sync', 'network down', 'reboot']);
  expect(await stepsOf({ networkDown: true, sync: false })).toEqual(['network down', 'reboot']);
  expect(await stepsOf({ networkDown: false, sync: false })).toEqual(['reboot']);
});
