import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitReboot, generateWorkload, stageReboot } from '@kexeckit/reboot';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { kdumpAt } from '../capture/kdump.ts';
import { unloadAndRestore } from '../capture/restore.ts';
import { unloadDead } from '../holder/ask.ts';
import { thisProcess } from '../holder/process.ts';
import { readHolder } from '../holder/record.ts';
import { CUT, withCrashRegion, withCut } from '../testing/hosts.ts';
import { beyond, type Failure, KexecModel } from '../testing/kexec-model.ts';
import { hostWith, plant } from '../testing/tree.ts';
import { loadByFiles } from './by-files.ts';
import { rebootIntoLoaded } from './leaving.ts';
import { readLoaded } from './loaded-record.ts';
import { LinuxMachine, type LinuxMachineOptions } from './machine.ts';
import { unloadLoaded, unloadOwnCrash } from './unload-loaded.ts';

// Nobody sees the last call return: here it does at once.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async () => undefined,
}));

const image = { entry: 1n, segments: [] };
/** What kdump's own service loads. */
const theirs = { entry: 2n, segments: [] };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-run-'));
});

/** A host whose kdump service is active, or has none. */
async function hostAt(failures: readonly Failure[] = [], service = 1) {
  const kernel = new KexecModel(await hostWith(withCrashRegion), failures);
  const ran: string[] = [];
  const kdump = kdumpAt(await plant({ '/etc/': '' }), async (command) => {
    ran.push(command.join(' '));
    if (service === 0 && command.includes('reload')) kernel.crash = theirs;
    return service;
  });
  const made = (options: LinuxMachineOptions = {}) =>
    new LinuxMachine({
      ...{ kernel, read: kernel.read, leaveMark: () => {}, kdump, services: 'none', withoutCaptureKernel: true },
      ...{ runFolder: folder, ...options },
    });
  return { kernel, kdump, ran, made };
}

const stage = (machine: LinuxMachine, strategy: 'crash-region' | 'kernel' | 'mmu-on') =>
  stageReboot(
    machine,
    { ...generateWorkload(100_000, 50_000, 3), cmdline: 'quiet', strategy, seed: 1 },
    { rehearse: false },
  );

describe('two loads at once', () => {
  test('of ours: the second is refused, and the first one stays', async () => {
    const { kernel, made } = await hostAt();
    let second: unknown;
    const postGuard = async () => {
      second = await stage(made(), 'kernel').catch((error: unknown) => error);
      return { release: () => {} };
    };
    const held = await stage(made({ postGuard }), 'mmu-on');
    expect(second).toMatchObject({ code: 'EBUSY' });
    expect(readLoaded(folder)?.strategy).toBe('mmu-on');
    await held.staged.discard();
    expect([kernel.next, readLoaded(folder)]).toEqual([undefined, undefined]);
  });

  test.each(['mmu-on', 'kernel', 'crash-region'] as const)(
    '%s leaves what another loader has loaded meanwhile',
    async (strategy) => {
      const { kernel, made } = await hostAt();
      const { read } = kernel;
      // Right behind the last look at the host.
      const late = async () => {
        const host = await read();
        kernel.next = image;
        return { ...host, kexecLoaded: false };
      };
      await expect(stage(made({ read: late }), strategy)).rejects.toMatchObject({
        code: 'EBUSY',
        message: expect.stringContaining('meanwhile'),
      });
      expect([kernel.next, kernel.memory.rings, readLoaded(folder)]).toEqual([image, 0, undefined]);
    },
  );
});

describe.each(['kernel', 'crash-region'] as const)('where the kernel does not go, by %s', (strategy) => {
  test('it is asked again while another process loads', async () => {
    const { kernel, made } = await hostAt([{ call: 'reboot', time: 1, errno: 'EBUSY' }]);
    const machine = made();
    await commitReboot(machine, await stage(machine, strategy));
    expect(kernel.rebooted).toBe(true);
  });

  test('what stays loaded is told', async () => {
    const { made } = await hostAt([{ call: 'reboot', time: 1, errno: 'ENOMEM' }]);
    const machine = made();
    const what =
      strategy === 'kernel' ? /the image is still loaded:/ : /still loaded, and so is what a panic starts now:/;
    await expect(commitReboot(machine, await stage(machine, strategy))).rejects.toMatchObject({
      ...{ code: 'ENOMEM', hint: expect.stringMatching(what) },
    });
  });
});

describe('a reboot into what was loaded before', () => {
  const leaving = async (strategy: 'crash-region' | 'kernel') => {
    const { kernel, made } = await hostAt();
    await stage(made(), strategy);
    const marks: unknown[] = [];
    const leave = async (changes: object = {}) =>
      await rebootIntoLoaded(
        { ...(await kernel.read()), ...changes },
        { atOnce: true, kernel, folder, leaveMark: (mark) => void marks.push(mark) },
      );
    return { kernel, marks, leave };
  };

  test.each(['crash-region', 'kernel'] as const)('leaves the mark of %s', async (strategy) => {
    const { kernel, marks, leave } = await leaving(strategy);
    kernel.synced = true;
    await leave();
    expect([kernel.rebooted, marks]).toEqual([true, [{ strategy, checks: true }]]);
  });

  test('is refused where the crash slot is empty, or the region another one', async () => {
    const { kernel, marks, leave } = await leaving('crash-region');
    await expect(leave({ kexecCrashSize: 0n })).rejects.toMatchObject({ code: 'ESTALE' });
    kernel.crash = undefined;
    await expect(leave()).rejects.toMatchObject({ code: 'ESTALE', message: expect.stringContaining('crash region') });
    expect([kernel.rebooted, marks]).toEqual([false, []]);
  });

  test('is refused where the process has died that holds it, whichever note says so', async () => {
    const { kernel, leave } = await leaving('kernel');
    const note = join(folder, 'loaded.json');
    const ofDead = { ...JSON.parse(readFileSync(note, 'utf8')), isHeld: true, started: 1 };
    writeFileSync(note, JSON.stringify(ofDead));
    await expect(leave()).rejects.toMatchObject({ code: 'ESTALE', message: expect.stringContaining('has died') });
    // It lives, and cannot be asked.
    writeFileSync(note, JSON.stringify({ ...ofDead, started: thisProcess().started }));
    await expect(leave()).rejects.toMatchObject({ code: 'ESTALE', message: expect.stringContaining('not noted') });
    expect(kernel.rebooted).toBe(false);
  });

  test('is refused where the kernel has taken the memory that was kept', async () => {
    const { kernel, leave } = await leaving('kernel');
    const note = join(folder, 'loaded.json');
    writeFileSync(
      note,
      JSON.stringify({ ...JSON.parse(readFileSync(note, 'utf8')), kept: [{ place: '50000000-50000fff', sha256: '' }] }),
    );
    await expect(leave()).rejects.toMatchObject({ code: 'ESTALE', message: expect.stringContaining('0x50000000') });
    expect(kernel.rebooted).toBe(false);
  });
});

describe('a reboot into memory that was kept, through /dev/mem', () => {
  async function loaded(failures: readonly Failure[] = []) {
    const memory = beyond(CUT);
    const kernel = new KexecModel(await hostWith(withCut), failures, memory);
    const machine = new LinuxMachine({ kernel, read: kernel.read, services: 'none', runFolder: folder });
    const wishes = { cmdline: 'quiet mem=64M', strategy: 'reserved', seed: 1 } as const;
    const { plan } = await stageReboot(
      machine,
      { ...generateWorkload(100_000, 50_000, 3), ...wishes },
      { rehearse: false },
    );
    kernel.synced = true;
    const marks: unknown[] = [];
    const leave = async () =>
      await rebootIntoLoaded(await kernel.read(), {
        ...{ atOnce: true, kernel, folder },
        leaveMark: (mark) => void marks.push(mark),
      });
    return { kernel, memory, plan, marks, leave };
  }

  test('reads it back first', async () => {
    const { kernel, marks, leave } = await loaded();
    await leave();
    expect([kernel.rebooted, marks.length, kernel.mappedBytes, kernel.openFiles]).toEqual([true, 1, 0, 0]);
  });

  test.each(['kernel', 'initrd', 'dtb'] as const)('is refused where a bit of its %s has changed', async (name) => {
    const { kernel, memory, plan, marks, leave } = await loaded();
    const segment = plan.stage.placement.segments.find((each) => each.name === name);
    const at = Number((segment?.mem ?? 0n) + (segment?.memsz ?? 0n) - 1n - CUT.start);
    memory.bytes[at] = (memory.bytes[at] ?? 0) ^ 1;
    await expect(leave()).rejects.toMatchObject({
      code: 'ESTALE',
      message: expect.stringMatching(/^what stands at 0x4.* is not what was loaded there$/),
    });
    expect([kernel.rebooted, marks, kernel.mappedBytes, kernel.openFiles]).toEqual([false, [], 0, 0]);
  });

  test('is refused where it cannot be read back any more', async () => {
    const { kernel, leave } = await loaded([{ call: 'openat', time: 3, errno: 'EPERM' }]);
    // Once to write, once for the digest of what is staged.
    await expect(leave()).rejects.toMatchObject({ code: 'EPERM' });
    expect(kernel.rebooted).toBe(false);
  });
});

describe('unload', () => {
  test('leaves a crash kernel that somebody has loaded', async () => {
    const { kernel, kdump, ran, made } = await hostAt();
    kernel.crash = image;
    await stage(made(), 'kernel');
    await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
    expect([kernel.next, kernel.crash, ran, readLoaded(folder)]).toEqual([undefined, image, [], undefined]);
    // Of what was not noted, too.
    kernel.next = image;
    await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
    expect([kernel.next, kernel.crash]).toEqual([undefined, image]);
  });

  test.each(['kernel', 'mmu-on', 'by files', 'kernel that fails', 'crash-region'])(
    'takes what we have loaded for a panic, whatever was loaded since: %s',
    async (second) => {
      const fails = second.endsWith('fails');
      const { kernel, kdump, made } = await hostAt(fails ? [{ call: 'kexec_load', time: 3, errno: 'ENOMEM' }] : []);
      await stage(made(), 'crash-region');
      const ours = kernel.crash;
      // kexec -u: it knows the one slot only.
      kernel.next = undefined;
      const machine = made();
      if (second === 'by files') {
        const files = { kernel: join(await plant({ '/Image': 'x' }), 'Image'), cmdline: '' };
        await loadByFiles(await kernel.read(), files, { kernel, folder, read: kernel.read });
      } else if (fails) await expect(stage(machine, 'kernel')).rejects.toMatchObject({ code: 'ENOMEM' });
      else {
        await stage(machine, second === 'kernel' || second === 'mmu-on' ? second : 'crash-region');
        expect(machine.forPanic).toMatch(second === 'crash-region' ? /nobody writes a dump/ : /earlier load of ours/);
      }
      if (second !== 'crash-region') expect(kernel.crash).toBe(ours);
      await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
      expect([kernel.next, kernel.files, kernel.crash, readLoaded(folder)]).toEqual(Array(4).fill(undefined));
      // What somebody loads for a panic afterwards is theirs.
      kernel.crash = image;
      await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
      expect(kernel.crash).toBe(image);
    },
  );

  test('takes it behind a holder, too, and nothing that is not ours', async () => {
    const { kernel, kdump, made } = await hostAt();
    kernel.crash = image;
    await unloadOwnCrash(await kernel.read(), { kernel, kdump, folder });
    expect(kernel.crash).toBe(image);
    kernel.crash = undefined;
    await stage(made(), 'crash-region');
    kernel.next = undefined;
    await unloadOwnCrash(await kernel.read(), { kernel, kdump, folder });
    expect(kernel.crash).toBeUndefined();
  });

  test('says so where a service ends well, and loads nothing again', async () => {
    const { kernel, made } = await hostAt();
    const kdump = kdumpAt(await plant({ '/etc/': '' }), async () => 0);
    const lost = {
      code: 'EIO',
      message: expect.stringMatching(/kdump-tools\.service did not load it again: its reload ended well/),
      hint: expect.stringMatching(/a panic leaves no dump/),
    };
    kernel.crash = image;
    const { staged } = await stage(made({ kdump }), 'crash-region');
    await expect(staged.discard()).rejects.toMatchObject(lost);
    expect([kernel.next, kernel.crash]).toEqual([undefined, undefined]);
    for (const unload of [unloadLoaded, unloadOwnCrash]) {
      await stage(made(), 'crash-region');
      kernel.next = undefined;
      await expect(unload(await kernel.read(), { kernel, kdump, folder })).rejects.toMatchObject(lost);
    }
    kernel.crash = image;
    await expect(unloadAndRestore(await kernel.read(), { kernel, kdump })).rejects.toMatchObject(lost);
  });

  test('needs no lock where nobody can have one any more', async () => {
    const { kernel, kdump, made } = await hostAt();
    await stage(made(), 'crash-region');
    rmSync(join(folder, 'lock'));
    mkdirSync(join(folder, 'lock'));
    await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
    expect([kernel.next, kernel.crash]).toEqual([undefined, undefined]);
    kernel.crash = image;
    writeFileSync(join(folder, 'crash.json'), JSON.stringify(thisProcess()));
    await unloadOwnCrash(await kernel.read(), { kernel, kdump, folder });
    expect(kernel.crash).toBeUndefined();
    kernel.next = image;
    writeFileSync(join(folder, 'holder.json'), JSON.stringify({ ...thisProcess(), strategy: 'mmu-on', started: 1 }));
    expect(await unloadDead(await kernel.read(), kernel, folder)).toBeDefined();
    expect(kernel.next).toBeUndefined();
  });

  test('leaves what somebody else has loaded for a panic where our load was refused', async () => {
    const { kernel, kdump, made } = await hostAt([{ call: 'kexec_load', time: 1, errno: 'EBUSY' }]);
    kernel.crash = image;
    await expect(stage(made({ loseCrashKernel: true }), 'crash-region')).rejects.toMatchObject({ code: 'EBUSY' });
    await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
    expect(kernel.crash).toBe(image);
  });

  test('takes what we have loaded for a panic', async () => {
    const { kernel, kdump, made } = await hostAt();
    await stage(made(), 'crash-region');
    await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
    expect([kernel.next, kernel.crash, readLoaded(folder)]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['alone', undefined],
    ['beside an unnoted one for a reboot', image],
  ])('leaves an unnoted image for a panic, whatever service there is: %s', async (_, next) => {
    const { kernel, kdump, ran } = await hostAt([], 0);
    kernel.crash = image;
    kernel.next = next;
    await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
    expect([kernel.next, kernel.crash, ran]).toEqual([undefined, image, []]);
  });

  test('takes it where no notes are kept and a service loads its own again', async () => {
    const { kernel, kdump, ran } = await hostAt([], 0);
    kernel.crash = image;
    await unloadLoaded(await kernel.read(), { kernel, kdump });
    expect([kernel.crash, ran.at(-1)]).toEqual([theirs, 'kdump-config reload']);
    kernel.crash = image;
    kernel.limits.crash = 2;
    await unloadLoaded(await kernel.read(), { kernel, kdump });
    expect([kernel.crash, ran.filter((command) => command.endsWith('reload'))]).toEqual([
      image,
      ['kdump-config reload'],
    ]);
  });
});

describe('an image of ours in the crash slot', () => {
  /** After a load into the crash region, of which somebody has unloaded the part for a reboot. */
  async function left(failures: readonly Failure[] = [], service = 1) {
    const host = await hostAt(failures, service);
    await stage(host.made(), 'crash-region');
    host.kernel.next = undefined;
    return { ...host, ours: host.kernel.crash };
  }
  const unload = async ({ kernel, kdump }: Awaited<ReturnType<typeof left>>): Promise<void> =>
    await unloadLoaded(await kernel.read(), { kernel, kdump, folder });
  const notes = (): string[] => readdirSync(folder).filter((name) => ['loaded.json', 'crash.json'].includes(name));

  test('stays when what was loaded beside it is discarded', async () => {
    const host = await left();
    await (await stage(host.made(), 'kernel')).staged.discard();
    expect([host.kernel.next, host.kernel.crash, notes()]).toEqual([undefined, host.ours, ['crash.json']]);
    await unload(host);
    expect(host.kernel.crash).toBeUndefined();
  });

  test('is replaced by the next load into the crash region, and leaves with it', async () => {
    const host = await left();
    const held = await stage(host.made(), 'crash-region');
    expect(host.kernel.crash).not.toBe(host.ours);
    await held.staged.discard();
    expect([host.kernel.crash, notes()]).toEqual([undefined, []]);
  });

  test.each([
    ['EBUSY', true],
    ['ENOMEM', false],
  ])('after such a load was refused with %s: %s', async (errno, isThere) => {
    const host = await left([{ call: 'kexec_load', time: 3, errno }]);
    await expect(stage(host.made(), 'crash-region')).rejects.toMatchObject({ code: errno });
    expect([host.kernel.crash === host.ours, notes()]).toEqual([isThere, isThere ? ['crash.json'] : []]);
  });

  test('is none of ours any more once the slot was empty', async () => {
    const host = await left();
    host.kernel.crash = undefined;
    const machine = host.made();
    await stage(machine, 'kernel');
    expect(machine.forPanic).toBeUndefined();
    await (await machine.staged())?.discard();
    host.kernel.crash = image;
    await stage(host.made(), 'kernel');
    await unload(host);
    expect(host.kernel.crash).toBe(image);
  });

  test('a crash kernel that was not lost is not taken for one', async () => {
    const host = await hostAt([{ call: 'kexec_load', time: 1, errno: 'EBUSY' }], 0);
    host.kernel.crash = image;
    await expect(stage(host.made(), 'crash-region')).rejects.toMatchObject({ code: 'EBUSY' });
    expect([host.kernel.crash, notes()]).toEqual([image, []]);
  });
});

describe('what a dead holder has left', () => {
  const note = (name: string, changes: object): void =>
    writeFileSync(join(folder, name), JSON.stringify({ ...thisProcess(), strategy: 'mmu-on', ...changes }));

  test('is unloaded by the next load', async () => {
    const { kernel, made } = await hostAt();
    kernel.next = image;
    note('holder.json', { started: 1 });
    await stage(made(), 'kernel');
    expect(readLoaded(folder)?.strategy).toBe('kernel');
  });

  test.each([
    ['of another boot', { boot: 'another', started: 1 }],
    ['of another namespace', { namespace: 'pid:[1]', started: 1 }],
  ])('%s is not', async (_, holder) => {
    const { kernel } = await hostAt();
    kernel.next = image;
    note('holder.json', holder);
    expect(await unloadDead(await kernel.read(), kernel, folder)).toBeUndefined();
    expect(kernel.next).toBe(image);
  });

  test('stays where another process has loaded since', async () => {
    const { kernel, made } = await hostAt();
    await stage(made(), 'kernel');
    const { next } = kernel;
    note('holder.json', { started: 1 });
    expect(await unloadDead(await kernel.read(), kernel, folder)).toBeUndefined();
    expect([kernel.next, readHolder(folder)]).toEqual([next, undefined]);
  });
});
