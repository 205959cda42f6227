import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWorkload, stageReboot } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { readHost } from '../host.ts';
import { withoutRegion } from '../testing/hosts.ts';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { healthy, plant } from '../testing/tree.ts';
import { loadByFiles } from './by-files.ts';
import { LinuxMachine } from './machine.ts';

const workload = generateWorkload(300_000, 100_000, 3);
const request = { ...workload, cmdline: 'quiet', strategy: 'kernel', seed: 1 } as const;
const someones = { entry: 1n, segments: [] };

async function loadedHost(failures: readonly Failure[] = []) {
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
  return { root, kernel, stage, load };
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

  test('and is loaded still where it cannot be unloaded', async () => {
    const { kernel, stage } = await loadedHost([
      { call: 'kexec_load', time: 1, errno: 'EPERM' },
      { call: 'kexec_file_load', time: 1, errno: 'EPERM' },
    ]);
    await expect(stage(true)).rejects.toMatchObject({ code: 'EPERM' });
    expect(kernel.next).toBe(someones);
  });
});
