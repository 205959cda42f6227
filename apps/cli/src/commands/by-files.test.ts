import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Context } from '../context.ts';
import { plainPage } from '../render/page.ts';
import { rebootFiles } from './by-files.ts';

const calls: string[] = [];

// A machine that goes: nothing that stands behind that is seen by anybody.
vi.mock('@kexeckit/linux', async (original) => ({
  ...(await original<typeof import('@kexeckit/linux')>()),
  readHost: async () => ({}),
  rebootByFiles: async () => void calls.push('reboot'),
}));

test('a reboot by files says before it goes that nothing of ours has planned or proved it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kexeckit-cli-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kernel = join(folder, 'Image');
  writeFileSync(kernel, 'x');
  let said = '';
  const context: Context = {
    io: {
      out: () => {},
      err: (text) => {
        said += text;
        calls.push('err');
      },
      page: plainPage,
      errPage: plainPage,
      isTerminal: false,
      undisturbed: (work) => {
        calls.push('undisturbed');
        return work();
      },
    },
    ...{ args: [], hold: undefined, phase: undefined },
  };
  await rebootFiles({ kernel, append: 'quiet', strategy: 'kernel' }, 'lockdown is integrity', context);
  expect(calls).toEqual(['err', 'undisturbed', 'reboot']);
  expect(said).toContain(kernel);
  expect(said).toMatch(/lockdown is integrity\n.*there is no plan of ours, no proof and no purgatory\n$/);
});
