import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWorkload, stageReboot } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { readHost } from '../host.ts';
import { withoutRegion } from '../testing/hosts.ts';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { healthy, plant } from '../testing/tree.ts';
import { loadByFiles } from './by-files.ts';
import { readLoaded, writeLoaded } from './loaded-record.ts';
import { LinuxMachine } from './machine.ts';

const workload = generateWorkload(300_000, 100_000, 3);
const request = { ...workload, cmdline: 'quiet', strategy: 'kernel', seed: 1 } as const;
const someones = { entry: 1n, segments: [] };

const RECORD = {
  ...{ strategy: 'kernel', checks: true, byFiles: false, isHeld: false },
  ...{ takesCrash: false, crashSize: undefined, kept: [] },
};

async function loadedHost(failures: Failure[] = []) {
  const root = await plant({ ...healthy, ...withoutRegion, '/boot/Image': workload.kernel });
  const kernel = new KexecModel(await readHost({ root }), failures);
  kernel.next = someones;
  const folder = join(root, 'run');
  const stage = (replaces: boolean) =>
    stageReboot(new LinuxMachine({ kernel, read: kernel.read, runFolder: folder, replaces }), request, {
      rehearse: false,
    });
  const load = async (kernelFile = join(root, 'boot/Image'), replaces = true) =>
    await loadByFiles(
      await kernel.read(),
      { kernel: kernelFile, cmdline: 'quiet' },
      { kernel, folder, read: kernel.read, replaces },
    );
  return { root, kernel, stage, load, folder, failures };
}

describe('what is loaded is replaced where that is wished', () => {
  test('by a plan, again and again', async () => {
    const { kernel, stage } = await loadedHost();
    await expect(stage(false)).rejects.toMatchObject({ code: 'EBUSY' });
    expect(kernel.next).toBe(someones);
    const { plan } = await stage(true);
    expect(kernel.next?.segments.map(({ mem }) => mem)).toContain(plan.stage.placement.entry);
    const before = kernel.next;
    await stage(true);
    expect(kernel.next).not.toBe(before);
  });

  test('by files', async () => {
    const { kernel, load } = await loadedHost();
    await expect(load(undefined, false)).rejects.toMatchObject({ code: 'EBUSY' });
    await load();
    expect([kernel.next, kernel.files?.cmdline]).toEqual([undefined, 'quiet']);
  });

  test('and stays where nothing comes to take its place', async () => {
    const { root, kernel, stage, load } = await loadedHost();
    await expect(load(join(root, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
    writeFileSync(join(root, 'noise'), 'noise');
    await expect(
      stageReboot(
        new LinuxMachine({ kernel, read: kernel.read, replaces: true }),
        { ...request, kernel: new Uint8Array(5000) },
        {},
      ),
    ).rejects.toMatchObject({ code: 'ENOEXEC' });
    expect(kernel.next).toBe(someones);
    await stage(true);
  });

  test('in the call itself: the earlier image, and what was noted of it, stays where that fails', async () => {
    const first = await loadedHost();
    await first.stage(true);
    const [image, noted] = [first.kernel.next, readLoaded(first.folder)];
    expect(noted).toMatchObject({ strategy: 'kernel', byFiles: false });
    const noMemory = (call: Failure['call']): Failure => ({
      call,
      time: first.kernel.times(call) + 1,
      errno: 'ENOMEM',
    });
    first.failures.push(noMemory('kexec_load'), noMemory('kexec_file_load'));
    await expect(first.stage(true)).rejects.toMatchObject({ code: 'ENOMEM' });
    await expect(first.load()).rejects.toMatchObject({ code: 'ENOMEM' });
    expect(first.kernel.next).toBe(image);
    expect(readLoaded(first.folder)).toEqual(noted);
    await first.load();
    expect(readLoaded(first.folder)).toMatchObject({ byFiles: true });
  });

  test('and is unloaded first where a process holds it', async () => {
    const { kernel, load, folder } = await loadedHost();
    writeLoaded(folder, { ...RECORD, isHeld: true });
    const before = kernel.times('kexec_load');
    await load();
    expect(kernel.times('kexec_load')).toBe(before + 1);
    expect(kernel.files?.cmdline).toBe('quiet');
  });

  test('and is loaded still where it cannot be unloaded', async () => {
    const { kernel, stage } = await loadedHost([
      { call: 'kexec_load', time: 1, errno: 'EPERM' },
      { call: 'kexec_file_load', time: 1, errno: 'EPERM' },
    ]);
    await expect(stage(true)).rejects.toMatchObject({ code: 'EPERM' });
    expect(kernel.next).toBe(someones);
  });
});
