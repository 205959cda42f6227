import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitReboot, generateWorkload, stageReboot } from '@kexeckit/reboot';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Kdump, kdumpAt } from '../capture/kdump.ts';
import { LinuxError } from '../error.ts';
import { thisProcess } from '../holder/process.ts';
import { unloadLeft } from '../holder/watcher.ts';
import { kexecLoad } from '../syscalls/kexec.ts';
import { withCrashRegion } from '../testing/hosts.ts';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { hostWith, plant } from '../testing/tree.ts';
import { rebootByFiles } from './by-files.ts';
import { readCrash, writeCrash } from './crash-record.ts';
import { type NewRecord, readLoaded, writeLoaded } from './loaded-record.ts';
import { LinuxMachine } from './machine.ts';
import { ownSlots } from './own-slots.ts';
import { unloadLoaded } from './unload-loaded.ts';

const theirs = { entry: 0x7777n, segments: [] };
const page = [{ content: new Uint8Array(8), mem: 0x7000_0000n, memsz: 4096n }];
const record: NewRecord = {
  ...{ strategy: 'kernel', checks: true, byFiles: false, isHeld: false },
  ...{ takesCrash: false, crashSize: undefined, kept: [] },
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-own-'));
});

/** What another process has noted that lives. */
const byAnother = (changes: Partial<NewRecord> = {}): void =>
  writeFileSync(join(folder, 'loaded.json'), JSON.stringify({ ...thisProcess(), pid: 1, ...record, ...changes }));

async function hostAt(failures: readonly Failure[] = [], changes: Partial<Kdump> = {}) {
  const kernel = new KexecModel(await hostWith(withCrashRegion), failures);
  const kdump = { ...kdumpAt(await plant({ '/etc/': '' }), async () => 1), ...changes };
  const options = { kernel, read: kernel.read, leaveMark: () => {}, kdump, services: 'none' } as const;
  return { kernel, kdump, machine: new LinuxMachine({ ...options, withoutCaptureKernel: true, runFolder: folder }) };
}

const stage = (machine: LinuxMachine, strategy: 'crash-region' | 'kernel') =>
  stageReboot(
    machine,
    { ...generateWorkload(100_000, 50_000, 3), cmdline: 'quiet', strategy, seed: 1 },
    { rehearse: false },
  );

describe('what another process has loaded since', () => {
  test.each(['kernel', 'crash-region'] as const)('is not unloaded by a discard of %s', async (strategy) => {
    let reloads = 0;
    const reload = async (): Promise<void> => {
      reloads += 1;
    };
    const { kernel, machine } = await hostAt([], { service: async () => ({ unit: 'kdump.service', reload }) });
    kernel.crash = theirs;
    const { staged } = await stage(machine, strategy);
    byAnother();
    kernel.next = theirs;
    kernel.crash = theirs;
    // Whoever unloads removes the note.
    if (strategy === 'crash-region') writeFileSync(join(folder, 'crash.json'), '');
    await staged.discard();
    expect([kernel.next, kernel.crash, readLoaded(folder)?.pid, reloads]).toEqual([theirs, theirs, 1, 0]);
  });

  test('is not rebooted into', async () => {
    const { kernel, machine } = await hostAt();
    const reboot = await stage(machine, 'kernel');
    byAnother();
    kernel.next = theirs;
    await expect(commitReboot(machine, reboot)).rejects.toMatchObject({ code: 'ESTALE' });
    expect([kernel.next, kernel.rebooted]).toEqual([theirs, false]);
  });

  describe('also where it has no note, and ours was seen to be gone', () => {
    /** kexec -u and kexec -l of others, and between them somebody of ours who looks. */
    async function replaced(strategy: 'crash-region' | 'kernel') {
      const host = await hostAt();
      const { kernel, kdump, machine } = host;
      const reboot = await stage(machine, strategy);
      kernel.next = undefined;
      kernel.crash = undefined;
      await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
      expect(readLoaded(folder)).toBeUndefined();
      kernel.next = theirs;
      kernel.crash = theirs;
      return { ...host, reboot };
    }

    test.each(['kernel', 'crash-region'] as const)('it is not unloaded by a discard of %s', async (strategy) => {
      const { kernel, reboot } = await replaced(strategy);
      await reboot.staged.discard();
      expect([kernel.next, kernel.crash]).toEqual([theirs, theirs]);
    });

    test.each(['kernel', 'crash-region'] as const)('it is not rebooted into by %s', async (strategy) => {
      const { kernel, machine, reboot } = await replaced(strategy);
      await expect(reboot.staged.digest()).rejects.toMatchObject({ code: 'ESTALE' });
      await expect(commitReboot(machine, reboot)).rejects.toMatchObject({ code: 'ESTALE' });
      expect([kernel.next, kernel.crash, kernel.rebooted]).toEqual([theirs, theirs, false]);
      const again = await replaced(strategy);
      await expect(again.reboot.staged.commit()).rejects.toMatchObject({ code: 'ESTALE' });
      expect([again.kernel.next, again.kernel.rebooted]).toEqual([theirs, false]);
    });

    test('it is not unloaded by the watcher of a holder', async () => {
      const { kernel } = await replaced('kernel');
      await unloadLeft(kernel, folder, process.pid);
      expect(kernel.next).toBe(theirs);
    });

    test('and what this process loads then is its own again', async () => {
      const { kernel } = await replaced('kernel');
      kernel.next = undefined;
      writeLoaded(folder, record);
      kernel.next = theirs;
      await unloadLeft(kernel, folder, process.pid);
      expect(kernel.next).toBeUndefined();
    });

    test('it is not unloaded by files, nor rebooted into', async () => {
      const { kernel, kdump } = await hostAt();
      const file = join(folder, 'Image');
      writeFileSync(file, new Uint8Array(4096));
      const host = { ...(await kernel.read()), kexecCalls: { kexecLoad: true, kexecFileLoad: true } };
      const read = async () => {
        kernel.files = undefined;
        await unloadLoaded({ ...host, kexecLoaded: false }, { kernel, kdump, folder });
        kernel.next = theirs;
        return { ...host, kexecLoaded: true };
      };
      const options = { kernel, folder, read, leaveMark: () => {}, atOnce: true };
      const rebooting = rebootByFiles(host, { kernel: file, cmdline: '' }, options);
      await expect(rebooting).rejects.toMatchObject({ code: 'ESTALE' });
      expect([kernel.next, kernel.rebooted]).toEqual([theirs, false]);
    });
  });

  test('is not rebooted into by files, nor unloaded', async () => {
    const { kernel } = await hostAt();
    const file = join(folder, 'Image');
    writeFileSync(file, new Uint8Array(4096));
    const host = { ...(await kernel.read()), kexecCalls: { kexecLoad: true, kexecFileLoad: true } };
    const read = async () => {
      byAnother();
      return { ...host, kexecLoaded: true };
    };
    const options = { kernel, folder, read, leaveMark: () => {}, atOnce: true };
    await expect(rebootByFiles(host, { kernel: file, cmdline: '' }, options)).rejects.toMatchObject({ code: 'ESTALE' });
    expect([kernel.files === undefined, kernel.rebooted, readLoaded(folder)?.pid]).toEqual([false, false, 1]);
  });

  test.each<[when: string, failures: Failure[]]>([
    ['it comes', []],
    ['it waits', [{ call: 'kexec_load', time: 1, errno: 'EBUSY' }]],
  ])('is not unloaded by the watcher of a holder that has died, before %s', async (_, failures) => {
    const { kernel } = await hostAt(failures);
    kernel.next = theirs;
    if (failures.length === 0) byAnother();
    else setTimeout(byAnother);
    await unloadLeft(kernel, folder, 2);
    expect([kernel.next, readLoaded(folder)?.pid]).toEqual([theirs, 1]);
  });
});

test('what a dead holder has left is unloaded by its watcher', async () => {
  const { kernel } = await hostAt();
  kernel.next = theirs;
  byAnother({ isHeld: true });
  await unloadLeft(kernel, folder, 1);
  expect([kernel.next, readLoaded(folder)]).toEqual([undefined, undefined]);
});

describe('the note of the crash slot', () => {
  test.each(['load', 'unload'] as const)('goes when it is seen empty by %s', async (by) => {
    const { kernel, kdump, machine } = await hostAt();
    writeCrash(folder);
    if (by === 'load') await stage(machine, 'kernel');
    else await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
    expect(readCrash(folder)).toBeUndefined();
  });

  test('is not there before the load, and not after one that is refused', async () => {
    const seen: boolean[] = [];
    const service = async (): Promise<undefined> => void seen.push(existsSync(join(folder, 'crash.json')));
    const { kernel, machine } = await hostAt([], { service });
    kernel.crash = theirs;
    await expect(stage(machine, 'crash-region')).rejects.toMatchObject({ code: 'EBUSY' });
    expect([seen, readCrash(folder), readLoaded(folder)]).toEqual([[false], undefined, undefined]);
  });
});

test('a crash kernel that somebody has loaded meanwhile is not lost', async () => {
  const { kernel } = await hostAt();
  kernel.crash = theirs;
  const own = ownSlots(kernel, { folder, record, crashLoaded: false, hasOurs: false });
  expect(() => kexecLoad(own, 0n, page, 'crash')).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  expect([kernel.crash, own.state('crash'), readCrash(folder)]).toEqual([theirs, 'as before', undefined]);
});

test('the note of a reboot goes with its image, also where kdump does not load its own again', async () => {
  const reload = async (): Promise<void> => {
    throw new LinuxError('EIO', 'kdump does not load', 'see its log');
  };
  const { kernel, machine } = await hostAt([], { service: async () => ({ unit: 'kdump.service', reload }) });
  kernel.crash = theirs;
  const { staged } = await stage(machine, 'crash-region');
  await expect(staged.discard()).rejects.toMatchObject({ code: 'EIO' });
  expect([kernel.next, readLoaded(folder), readCrash(folder)]).toEqual([undefined, undefined, undefined]);
});

test('files are unloaded by the call that took them, which the last call of a limit is kept for', async () => {
  const { kernel, kdump } = await hostAt([{ call: 'kexec_load', time: 1, errno: 'EACCES' }]);
  kernel.next = theirs;
  kernel.limits.next = 1;
  writeLoaded(folder, { ...record, byFiles: true });
  await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
  expect([kernel.next, kernel.limits.next, readLoaded(folder)]).toEqual([undefined, 0, undefined]);
});
