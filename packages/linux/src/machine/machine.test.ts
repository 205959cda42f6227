import { setTimeout as sleep } from 'node:timers/promises';
import { findNode, parseFdt } from '@kexeckit/fdt';
import { commitReboot, generateWorkload, lookAgain, minimalDeviceTree, phases, stageReboot } from '@kexeckit/reboot';
import { describe, expect, test, vi } from 'vitest';
import { kdumpAt } from '../capture/kdump.ts';
import { RAM, REGION, withCrashRegion } from '../testing/hosts.ts';
import { type Failure, type HeldImage, KexecModel } from '../testing/kexec-model.ts';
import { jumpedTo, states } from '../testing/strict-host.ts';
import { auxv, type Files, hostWith, plant } from '../testing/tree.ts';
import type { WriteMarkOptions } from '../write-mark.ts';
import { LinuxMachine, type LinuxMachineOptions } from './machine.ts';
import { unloadImages } from './slots.ts';

vi.mock('node:timers/promises', { spy: true });

const workload = generateWorkload(300_000, 100_000, 3);
const request = { ...workload, cmdline: 'quiet crashkernel=128M', strategy: 'crash-region', seed: 1 } as const;

async function machineWith(options: LinuxMachineOptions = {}, failures: readonly Failure[] = [], changes: Files = {}) {
  const kernel = new KexecModel(await hostWith({ ...withCrashRegion, ...changes }), failures);
  const marks: WriteMarkOptions[] = [];
  const leaveMark = (mark: WriteMarkOptions): void => void marks.push(mark);
  // A host without kdump.
  const kdump = kdumpAt(await plant({ '/etc/': '' }), async () => 1);
  const machine = new LinuxMachine({
    kernel,
    read: kernel.read,
    leaveMark,
    kdump,
    services: 'none',
    withoutCaptureKernel: true,
    ...options,
  });
  return { kernel, machine, marks };
}

const stage = (machine: LinuxMachine) => stageReboot(machine, request, { rehearse: false });

function bytesAt(image: HeldImage | undefined, address: bigint, size: number): Uint8Array | undefined {
  const segment = image?.segments.find(({ mem, memsz }) => mem <= address && address < mem + memsz);
  return segment?.bytes.subarray(Number(address - segment.mem), Number(address - segment.mem) + size);
}

describe('a reboot through the crash region', () => {
  test('is loaded in place, with a purgatory beside it, and nothing of ours stays mapped', async () => {
    const { kernel, machine } = await machineWith();
    const { plan } = await stage(machine);
    for (const { mem, memsz, name } of plan.stage.placement.segments) {
      expect(mem >= REGION.start && mem + memsz - 1n <= REGION.end).toBe(true);
      const loaded = bytesAt(kernel.crash, mem, Number(memsz));
      const content = name === 'kernel' ? workload.kernel : name === 'initrd' ? workload.initrd : plan.dtb;
      expect(loaded?.subarray(0, content.length)).toEqual(content);
    }
    expect(kernel.next?.segments).toHaveLength(1);
    // Not in the region: the kernel moves it there when it reboots.
    expect(kernel.next?.segments.every(({ mem }) => mem < REGION.start || mem > REGION.end)).toBe(true);
    expect(plan.cmdline).toBe('quiet crashkernel=128M');
    expect(kernel.mappedBytes).toBe(0);
  });

  test('has seeds that nobody knows before', async () => {
    const seedsOf = async (): Promise<Uint8Array[]> => {
      const { machine } = await machineWith();
      const chosen = findNode(parseFdt((await stage(machine)).plan.dtb), '/chosen');
      return chosen?.properties.filter(({ name }) => name.endsWith('-seed')).map(({ value }) => value) ?? [];
    };
    const [one, other] = [await seedsOf(), await seedsOf()];
    expect(one.map(({ length }) => length)).toEqual([8, 128]);
    for (const [index, seed] of one.entries()) expect(seed).not.toEqual(other[index]);
  });

  test.each(states)('is verified and entered at %s, whatever the host was taken for', async (_, state) => {
    for (const assumed of [1, 2] as const) {
      const { kernel, machine } = await machineWith({ exceptionLevel: assumed });
      const { plan } = await stage(machine);
      const strict = jumpedTo(kernel.next?.entry ?? 0n, [kernel.crash, kernel.next], state, RAM);
      const { entry, dtb } = plan.stage.placement;
      strict.cpu.breakAt(entry);
      expect(strict.cpu.run(50_000_000)).toBe('breakpoint');
      expect([strict.cpu.pc, strict.cpu.registers.get(0)]).toEqual([entry, dtb]);
      expect(strict.cpu.system.effective.mmu).toBe(false);
    }
  });

  test('takes a device tree that is given', async () => {
    const { kernel, machine } = await machineWith();
    const dtb = minimalDeviceTree([], 7);
    const held = await stageReboot(machine, { ...request, dtb }, { rehearse: false });
    expect(held.plan.notes.join()).toMatch(/stands in the place of the machine's own.*names no memory: \d+ MiB/);
    expect(bytesAt(kernel.crash, held.plan.stage.placement.dtb, held.plan.dtb.length)).toEqual(held.plan.dtb);
    // The last look finds the machine that the plan was made for.
    await lookAgain(machine, held);
    await held.staged.discard();
    expect(kernel.next).toBeUndefined();
  });

  const LOW = { start: 0x5000_0000n, end: 0x57ff_ffffn };
  const lowToo = String(withCrashRegion['/proc/iomem']).replace('  70', '  50000000-57ffffff : Crash kernel\n  70');

  test.each(['134217728', '268435456'])('is loaded into the upper one of two regions (%s)', async (size) => {
    const changes = { '/proc/iomem': lowToo, '/sys/kernel/kexec_crash_size': `${size}\n` };
    const { kernel, machine } = await machineWith({}, [], changes);
    await stage(machine);
    const places = [...(kernel.crash?.segments ?? []), ...(kernel.next?.segments ?? [])];
    expect(kernel.crash?.segments.every(({ mem }) => mem >= REGION.start && mem <= REGION.end)).toBe(true);
    expect(places.some(({ mem }) => mem >= LOW.start && mem <= LOW.end)).toBe(false);
  });

  test.each([
    ['77fff7ff', '70000000-77fff7ff'],
    ['77fff7ff', '70000800-77fff7ff'],
  ])('is loaded into the whole pages of one that ends at %s (%s)', async (end, region) => {
    const [start = ''] = region.split('-');
    const changes = {
      '/proc/iomem': String(withCrashRegion['/proc/iomem']).replace('70000000-77ffffff', region),
      '/sys/kernel/kexec_crash_size': `${BigInt(`0x${end}`) - BigInt(`0x${start}`) + 1n}\n`,
    };
    const { kernel, machine } = await machineWith({}, [], changes);
    await stage(machine);
    const [first, last] = [BigInt(`0x${start}`), BigInt(`0x${end}`)];
    expect(kernel.crash?.segments.every(({ mem, memsz }) => mem >= first && mem + memsz - 1n <= last)).toBe(true);
  });

  test('is refused where no region is the one that Linux loads into', async () => {
    const { kernel, machine } = await machineWith({}, [], { '/sys/kernel/kexec_crash_size': '4194304\n' });
    await expect(stage(machine)).rejects.toMatchObject({ code: 'ENOSPC', name: 'RebootError' });
    expect(kernel.calls).toBe(0);
  });

  test.each([
    ['quiet', 'quiet crashkernel=131072K'],
    ['crashkernel=512M,high crashkernel=256M,low', 'crashkernel=512M,high crashkernel=256M,low'],
    ['crashkernel=512M quiet', 'crashkernel=512M quiet'],
    // Where the next kernel will live.
    ['crashkernel=64M@0x70000000 quiet', 'quiet crashkernel=131072K'],
    ['crashkernel=64M,cma', 'crashkernel=131072K crashkernel=64M,cma'],
    ['crashkernel', 'crashkernel=131072K'],
  ])('has what %s asks for the kernel after it', async (cmdline, told) => {
    const { machine } = await machineWith();
    const { plan } = await stageReboot(machine, { ...request, cmdline }, { rehearse: false });
    expect(plan.cmdline).toBe(told);
  });

  test('is rehearsed first, by default', async () => {
    const { kernel, machine } = await machineWith();
    const { rehearsal } = await stageReboot(machine, { ...request, breadcrumbs: false });
    expect(rehearsal?.runs.map(({ configuration }) => configuration)).toEqual(['as the machine says']);
    expect(kernel.next).toBeDefined();
  });

  test('reads the host once for the plan, once for the load, and again right before the point of no return', async () => {
    const { kernel } = await machineWith();
    let reads = 0;
    const read = async () => {
      reads += 1;
      return await kernel.read();
    };
    const { machine } = await machineWith({ kernel, read });
    const held = await stage(machine);
    expect(reads).toBe(2);
    const commit = commitReboot(machine, held);
    await vi.waitFor(() => expect(kernel.rebooted).toBe(true));
    // The last look, and once more behind it: reading back takes its time.
    expect(reads).toBe(4);
    commit.catch(() => {});
  });

  test('is undone by a discard', async () => {
    const { kernel, machine } = await machineWith();
    const { staged } = await stage(machine);
    await staged.discard();
    expect([kernel.next, kernel.crash, await machine.staged()]).toEqual([undefined, undefined, undefined]);
  });

  test('is committed by a reboot into the image that stands there', async () => {
    const { kernel, machine, marks } = await machineWith();
    const held = await stage(machine);
    const commit = commitReboot(machine, held);
    await vi.waitFor(() => expect(kernel.rebooted).toBe(true));
    expect(marks).toEqual([{ strategy: 'crash-region', checks: true }]);
    commit.catch(() => {});
  });

  test('is not committed where somebody has unloaded it', async () => {
    const { kernel, machine } = await machineWith();
    const held = await stage(machine);
    kernel.next = undefined;
    await expect(commitReboot(machine, held)).rejects.toMatchObject({ code: 'ESTALE' });
    expect([kernel.rebooted, kernel.crash]).toEqual([false, undefined]);
  });
});

describe('a reboot that stops services first', () => {
  const asked = (failure?: Error) => {
    const asks: string[] = [];
    const rebootIntoLoaded = async (): Promise<void> => {
      asks.push('reboot');
      if (failure !== undefined) throw failure;
    };
    return { asks, services: { name: 'systemd', rebootIntoLoaded } };
  };

  test('asks whoever runs them, writes out file systems before, and leaves the last call to them', async () => {
    const { asks, services } = asked();
    const { kernel, machine } = await machineWith({ services });
    const held = await stage(machine);
    const stop = new AbortController();
    const leaving = commitReboot(machine, held, {
      signal: stop.signal,
      onEvent: ({ type }) => {
        if (type === 'committing') expect([kernel.synced, asks]).toEqual([true, []]);
      },
    });
    await vi.waitFor(() => expect(asks).toEqual(['reboot']));
    expect([kernel.rebooted, kernel.next !== undefined]).toEqual([false, true]);
    // The service manager ends this process, too: that is how it should be.
    stop.abort('SIGTERM');
    await expect(leaving).rejects.toMatchObject({ code: 'ECANCELED', phase: phases.shutdown });
    expect([kernel.rebooted, kernel.next !== undefined]).toEqual([false, true]);
  });

  test('is no success where nothing comes of it', async () => {
    vi.mocked(sleep).mockResolvedValueOnce(false);
    const { services } = asked();
    const { machine } = await machineWith({ services });
    const held = await stage(machine);
    await expect(commitReboot(machine, held)).rejects.toMatchObject({ code: 'ETIMEDOUT', phase: phases.shutdown });
  });

  test('says so where they refuse', async () => {
    const { services } = asked(new Error('Failed to start kexec.target: Access denied'));
    const { kernel, machine } = await machineWith({ services });
    const held = await stage(machine);
    await expect(commitReboot(machine, held)).rejects.toMatchObject({
      code: 'EIO',
      message: expect.stringContaining('Access denied'),
      hint: expect.stringContaining('--force'),
      phase: phases.shutdown,
    });
    expect(kernel.rebooted).toBe(false);
  });

  test('is given up where file systems cannot be written out', async () => {
    const { kernel, machine } = await machineWith({}, [{ call: 'sync', time: 1, errno: 'EIO' }]);
    const held = await stage(machine);
    await expect(commitReboot(machine, held)).rejects.toMatchObject({ phase: phases.quiesce });
    expect([kernel.next, kernel.crash, kernel.rebooted]).toEqual([undefined, undefined, false]);
  });
});

describe('what goes wrong leaves nothing loaded', () => {
  test.each<[failure: Failure, code: string, message: RegExp]>([
    [{ call: 'kexec_load', time: 1, errno: 'EPERM' }, 'EPERM', /kexec_load: EPERM: the kernel does not allow it/],
    [{ call: 'kexec_load', time: 1, errno: 'EBUSY' }, 'EBUSY', /another process is loading/],
    [{ call: 'kexec_load', time: 2, errno: 'ENOMEM' }, 'ENOMEM', /the kernel finds no free pages .*keeps copies/],
    [{ call: 'kexec_load', time: 2, errno: 'EADDRNOTAVAIL' }, 'EIO', /a segment lies outside/],
    [{ call: 'mmap', time: 3, errno: 'ENOMEM' }, 'ENOMEM', /mmap: ENOMEM/],
    [{ call: 'mmap', time: 7, errno: 'ENOMEM' }, 'ENOMEM', /mmap: ENOMEM/],
  ])('%j', async (failure, code, message) => {
    const { kernel, machine } = await machineWith({}, [failure]);
    const error: unknown = await stage(machine).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, phase: phases.stage, message: expect.stringMatching(message) });
    expect([kernel.next, kernel.crash, kernel.mappedBytes]).toEqual([undefined, undefined, 0]);
  });

  test('or says what is left, where that cannot be unloaded', async () => {
    const { kernel, machine } = await machineWith({}, [
      { call: 'kexec_load', time: 2, errno: 'ENOMEM' },
      { call: 'kexec_load', time: 3, errno: 'EPERM' },
      { call: 'kexec_file_load', time: 1, errno: 'EPERM' },
    ]);
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'ENOMEM',
      message: expect.stringMatching(/ENOMEM: .*; and what a panic starts could not be unloaded \(kexec_load: EPERM/),
      hint: expect.stringMatching(/^unload it: kexeckit unload; then /),
    });
    expect(kernel.next).toBeUndefined();
    expect(kernel.crash).toBeDefined();
  });

  test.each<[errnos: string[], call: Failure['call']]>([
    [['EBUSY', 'EBUSY'], 'kexec_load'],
    [['EPERM', 'EBUSY'], 'kexec_file_load'],
  ])('whoever is busy for a moment is waited for: %j', async ([third = '', fourth = ''], call) => {
    const { kernel, machine } = await machineWith({}, [
      { call: 'kexec_load', time: 2, errno: 'ENOMEM' },
      { call: 'kexec_load', time: 3, errno: third },
      { call, time: call === 'kexec_load' ? 4 : 1, errno: fourth },
    ]);
    await expect(stage(machine)).rejects.toMatchObject({ code: 'ENOMEM', message: expect.not.stringMatching(/; and/) });
    expect([kernel.next, kernel.crash]).toEqual([undefined, undefined]);
  });

  test.each(['EBUSY', 'EPERM'])('a load that is refused with %s loses no crash kernel', async (errno) => {
    const failures: Failure[] = [{ call: 'kexec_load', time: 1, errno }];
    const { kernel, machine } = await machineWith({ loseCrashKernel: true }, failures);
    const other: HeldImage = { entry: 1n, segments: [] };
    kernel.crash = other;
    await expect(stage(machine)).rejects.toMatchObject({ code: errno });
    expect(kernel.crash).toBe(other);
  });

  test('a host that is locked down after the load lets go all the same', async () => {
    const { kernel, machine } = await machineWith({}, [
      { call: 'kexec_load', time: 3, errno: 'EPERM' },
      { call: 'kexec_load', time: 4, errno: 'EPERM' },
    ]);
    const { staged } = await stage(machine);
    await staged.discard();
    expect([kernel.next, kernel.crash]).toEqual([undefined, undefined]);
  });

  test.each<[why: string, changes: Files, message: RegExp]>([
    ['loading is off', { '/proc/sys/kernel/kexec_load_disabled': '1\n' }, /kexec_load_disabled is 1/],
    ['lockdown', { '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' }, /lockdown is integrity/],
    ['an ITS without UEFI', { '/sys/firmware/devicetree/base/its/compatible': 'arm,gic-v3-its\0' }, /GIC has an ITS/],
    ['pages of 64 KiB', { '/proc/self/auxv': auxv(65536) }, /pages of 64 KiB/],
    ['no privilege', { '/proc/self/status': 'Name:\tnode\nCapEff:\t0000000000000000\n' }, /CAP_SYS_BOOT/],
  ])('what preflight finds is refused before any call: %s', async (_, changes, message) => {
    const { kernel, machine } = await machineWith({}, [], changes);
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'EPERM',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
    expect(kernel.calls).toBe(0);
  });

  const LIMIT = '/proc/sys/kernel/kexec_load_limit';
  const other: HeldImage = { entry: 1n, segments: [] };
  const theirs: HeldImage = { entry: 2n, segments: [] };

  test.each(['kernel', 'crash-region'] as const)(
    'a load that could not be undone any more is refused: %s',
    async (strategy) => {
      for (const left of ['0', '1']) {
        const { kernel, machine } = await machineWith({}, [], { [`${LIMIT}_reboot`]: `${left}\n` });
        await expect(stageReboot(machine, { ...request, strategy }, { rehearse: false })).rejects.toMatchObject({
          code: 'EPERM',
          message: expect.stringContaining(`kernel.kexec_load_limit_reboot is ${left}`),
        });
        expect(kernel.calls).toBe(0);
      }
    },
  );

  test.each<[what: string, left: number, needed: number, loaded: HeldImage | undefined, service: number]>([
    ['load and unload', 1, 2, undefined, 1],
    ['them, and the reload of kdump', 3, 4, other, 0],
    ['them, where what is loaded may be lost', 1, 2, other, 1],
  ])('nothing is lost for a panic where the limit does not carry %s', async (_, left, needed, loaded, service) => {
    const reloads: KexecModel[] = [];
    const kdump = kdumpAt(await plant({ '/etc/': '' }), async (command) => {
      if (command.includes('reload')) for (const kernel of reloads) kernel.crash = theirs;
      return service;
    });
    const options = { kdump, loseCrashKernel: true };
    const few = await machineWith(options, [], { [`${LIMIT}_panic`]: `${left}\n` });
    few.kernel.crash = loaded;
    await expect(stage(few.machine)).rejects.toMatchObject({
      code: 'EPERM',
      message: expect.stringMatching(new RegExp(`limit_panic is ${left}, and .* takes ${needed}: `)),
    });
    expect([few.kernel.next, few.kernel.crash, few.kernel.limits.crash]).toEqual([undefined, loaded, left]);

    const enough = await machineWith(options, [], { [`${LIMIT}_panic`]: `${needed}\n`, [`${LIMIT}_reboot`]: '2\n' });
    enough.kernel.crash = loaded;
    reloads.push(enough.kernel);
    const { staged } = await stage(enough.machine);
    await staged.discard();
    const { next, crash, limits } = enough.kernel;
    // What is left is for kdump's own unload and load.
    expect([next, crash, limits]).toEqual([
      undefined,
      service === 0 ? theirs : undefined,
      { next: 0, crash: needed - 2 },
    ]);
  });

  test('a process that is killed, at any call, leaves nothing that a reboot would start half', async () => {
    const { kernel: whole, machine: first } = await machineWith();
    await stage(first);
    const { calls } = whole;
    expect(calls).toBeGreaterThan(10);
    for (let diesAt = 1; diesAt <= calls; diesAt++) {
      const { kernel, machine } = await machineWith();
      kernel.diesAt = diesAt;
      await expect(stage(machine)).rejects.toThrow();
      // What a reboot starts leads to what stands in the region.
      if (kernel.next !== undefined) expect(kernel.crash).toBeDefined();
      kernel.diesAt = Infinity;
      await unloadImages(await kernel.read(), kernel);
      expect([kernel.next, kernel.crash]).toEqual([undefined, undefined]);
      await stage(new LinuxMachine({ kernel, read: kernel.read, services: 'none', withoutCaptureKernel: true }));
      expect([kernel.next, kernel.crash]).not.toContain(undefined);
    }
  });

  test.each(
    (['kernel', 'crash-region', 'mmu-on'] as const).flatMap((strategy) =>
      ['EPERM', 'ENOMEM'].map((errno) => ({ strategy, errno })),
    ),
  )('memory that the kernel does not take back ($errno) is no failure of a load: $strategy', async (how) => {
    const failures = Array.from(
      { length: 200 },
      (_, at): Failure => ({ call: 'munmap', time: at + 1, errno: how.errno }),
    );
    const { kernel, machine } = await machineWith({}, failures);
    const held = await stageReboot(machine, { ...request, strategy: how.strategy }, { rehearse: false });
    expect([kernel.next !== undefined, await machine.staged()]).toEqual([true, held.staged]);
    await held.staged.discard();
    expect([kernel.next, kernel.crash]).toEqual([undefined, undefined]);
  });

  test.each<[why: string, changes: Files, code: string]>([
    ['something is loaded', { '/sys/kernel/kexec_loaded': '1\n' }, 'EBUSY'],
    ['the kernel does not say', { '/sys/kernel/kexec_loaded': null }, 'EBUSY'],
    ['loading is off', { '/proc/sys/kernel/kexec_load_disabled': '1\n' }, 'EPERM'],
  ])('nothing is planned where %s', async (_, changes, code) => {
    const host = await hostWith({ ...withCrashRegion, ...changes });
    const { machine } = await machineWith({ read: async () => host });
    const seen: string[] = [];
    const onEvent = ({ type }: { readonly type: string }): void => void seen.push(type);
    await expect(stageReboot(machine, request, { onEvent })).rejects.toMatchObject({ code, phase: phases.stage });
    expect(seen).not.toContain('planned');
  });

  test('an image that is loaded already is left alone', async () => {
    const { kernel, machine } = await machineWith();
    const other: HeldImage = { entry: 1n, segments: [] };
    kernel.next = other;
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'EBUSY',
      hint: expect.stringContaining('kexeckit unload'),
    });
    expect(kernel.next).toBe(other);
    kernel.next = undefined;
    kernel.crash = other;
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'EBUSY',
      message: expect.stringMatching(/crash kernel is loaded/),
    });
    expect(kernel.crash).toBe(other);
  });

  test.each([{ '/sys/kernel/kexec_loaded': null }, { '/sys/kernel/kexec_crash_loaded': null }])(
    'nothing is loaded where the kernel does not say what is: %j',
    async (changes) => {
      const { kernel, machine } = await machineWith({}, [], changes);
      const read = async () => ({ ...(await kernel.read()), ...(await hostWith({ ...withCrashRegion, ...changes })) });
      const blind = new LinuxMachine({ kernel, read, services: 'none', withoutCaptureKernel: true });
      await expect(stage(blind)).rejects.toMatchObject({ code: 'EBUSY', message: expect.stringMatching(/not known/) });
      expect(await machine.staged()).toBeUndefined();
      expect([kernel.next, kernel.crash]).toEqual([undefined, undefined]);
    },
  );

  test('nothing is loaded that a panic would start, unless that was said', async () => {
    const { machine } = await machineWith({ withoutCaptureKernel: false });
    await expect(stage(machine)).rejects.toMatchObject({ hint: expect.stringContaining('--no-capture-kernel') });
  });
});
