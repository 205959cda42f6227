import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateWorkload, stageReboot } from '@kexeckit/reboot';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Host } from '../host.ts';
import { LinuxMachine } from '../machine/machine.ts';
import { withCrashRegion } from '../testing/hosts.ts';
import { KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { askHolder } from './ask.ts';
import { Holder } from './holder.ts';

const request = { ...generateWorkload(100_000, 50_000, 3), cmdline: 'quiet', strategy: 'mmu-on', seed: 1 } as const;

/** A reboot that is staged in pages of this process, on a host that reads as `now` says. */
async function stagedHere(now: (host: Host) => Host = (host) => host) {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-holder-'));
  const kernel = new KexecModel(await hostWith(withCrashRegion));
  const read = async (): Promise<Host> => now(await kernel.read());
  const machine = new LinuxMachine({ kernel, read, runFolder: folder, services: 'none' });
  return { folder, kernel, machine, reboot: await stageReboot(machine, request, { rehearse: false }) };
}

/** Nobody reboots into what is held now, and nobody ends it, until the kernel lets go. */
async function expectHeld(kernel: KexecModel, folder: string): Promise<void> {
  await expect(askHolder('leave', folder)).rejects.toMatchObject({ code: 'ESTALE' });
  expect(await askHolder('check', folder)).toEqual({ isWhole: false });
  await expect(askHolder('unload', folder)).rejects.toMatchObject({ code: 'EPERM' });
  expect([kernel.next !== undefined, kernel.memory.rings > 0]).toEqual([true, true]);
}

test('what the kernel does not let go of is held until it does, and nobody reboots into it', async () => {
  const { folder, kernel, machine, reboot } = await stagedHere();
  const { staged } = reboot;
  kernel.limits.next = 0;
  await expect(staged.discard()).rejects.toMatchObject({ code: 'EPERM' });
  expect(await machine.staged()).toBe(staged);
  const holder = await Holder.keep(staged, folder);
  await expectHeld(kernel, folder);
  kernel.limits.next = -1;
  await askHolder('unload', folder);
  await holder.ended;
  expect([kernel.next, kernel.memory.rings, await machine.staged()]).toEqual([undefined, 0, undefined]);
});

test('why nothing can be held is told, also where the kernel does not let go', async () => {
  const { kernel, machine, reboot } = await stagedHere();
  kernel.limits.next = 0;
  await expect(Holder.start({ machine, reboot }, '/dev/null')).rejects.toMatchObject({
    message: expect.stringMatching(/ENOTDIR.*; what was staged could not be discarded: kexec_load: EPERM/),
  });
  expect([kernel.next !== undefined, await machine.staged()]).toEqual([true, reboot.staged]);
});

describe('a last look that is refused', () => {
  let hasChanged = false;
  const changing = (host: Host): Host => (hasChanged ? { ...host, cpusOnline: undefined, iomem: undefined } : host);
  beforeEach(() => {
    hasChanged = false;
  });

  test('gives up what was held', async () => {
    const { folder, kernel, machine, reboot } = await stagedHere(changing);
    const holder = await Holder.start({ machine, reboot }, folder);
    hasChanged = true;
    await expect(askHolder('leave', folder)).rejects.toThrow();
    await holder.ended;
    expect([kernel.next, kernel.memory.rings]).toEqual([undefined, 0]);
  });

  test('goes on holding what the kernel does not let go of', async () => {
    const { folder, kernel, machine, reboot } = await stagedHere(changing);
    const holder = await Holder.start({ machine, reboot }, folder);
    hasChanged = true;
    kernel.limits.next = 0;
    await expect(askHolder('leave', folder)).rejects.toMatchObject({
      message: expect.stringMatching(/could not be discarded/),
      hint: expect.stringMatching(/goes on holding its pages; unload it: kexeckit unload/),
    });
    await expectHeld(kernel, folder);
    kernel.limits.next = -1;
    await askHolder('unload', folder);
    await holder.ended;
    expect([kernel.next, kernel.memory.rings, await machine.staged()]).toEqual([undefined, 0, undefined]);
  });
});
