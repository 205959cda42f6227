import { commitReboot, generateWorkload, phases, stageReboot } from '@kexeckit/reboot';
import { pfnOf } from '@kexeckit/relocation';
import { describe, expect, test, vi } from 'vitest';
import { RAM, withCrashRegion } from '../../testing/hosts.ts';
import { type Failure, type HeldImage, KexecModel } from '../../testing/kexec-model.ts';
import { jumpedTo, states } from '../../testing/strict-host.ts';
import { type Files, hostWith } from '../../testing/tree.ts';
import { LinuxMachine } from '../machine.ts';

const workload = generateWorkload(300_000, 100_000, 3);
const request = { ...workload, cmdline: 'quiet', strategy: 'kernel', seed: 1 } as const;
/** What kdump has loaded. */
const kdump: HeldImage = { entry: 1n, segments: [] };

async function machineWith(failures: readonly Failure[] = [], changes: Files = {}) {
  const kernel = new KexecModel(await hostWith({ ...withCrashRegion, ...changes }), failures);
  kernel.crash = kdump;
  const machine = new LinuxMachine({ kernel, read: kernel.read, leaveMark: () => {} });
  return { kernel, machine };
}

const stage = (machine: LinuxMachine) => stageReboot(machine, request, { rehearse: false });

describe('a reboot through the relocation of the kernel', () => {
  test('is one load of all segments and a purgatory, and what a panic would start stays', async () => {
    const { kernel, machine } = await machineWith();
    const { plan } = await stage(machine);
    const loaded = kernel.next?.segments ?? [];
    for (const { mem, memsz, name } of plan.stage.placement.segments) {
      const held = loaded.find((segment) => segment.mem === mem);
      const content = name === 'kernel' ? workload.kernel : name === 'initrd' ? workload.initrd : plan.dtb;
      expect(held?.memsz).toBe(memsz);
      expect(held?.bytes.subarray(0, content.length)).toEqual(content);
    }
    expect(loaded).toHaveLength(4);
    expect(plan.stage.placement.segments.map(({ placement }) => placement)).toEqual(Array(3).fill('delivered'));
    expect(plan.cmdline).toBe('quiet');
    expect([kernel.crash, kernel.mappedBytes]).toEqual([kdump, 0]);
  });

  test.each(states)('is verified and entered at %s; a bit that is wrong stops it', async (_, state) => {
    for (const isRight of [true, false]) {
      const { kernel, machine } = await machineWith();
      const { plan } = await stage(machine);
      // What the relocation does: every page to where it must stand, clean.
      const strict = jumpedTo(kernel.next?.entry ?? 0n, [kernel.next], state, RAM);
      const { entry, dtb, segments } = plan.stage.placement;
      const wrong = strict.memory.frame(pfnOf(segments[1]?.mem ?? 0n))?.bytes();
      if (!isRight && wrong !== undefined) wrong[100] = (wrong[100] ?? 0) ^ 1;
      strict.cpu.breakAt(entry);
      expect(strict.cpu.run(50_000_000)).toBe(isRight ? 'breakpoint' : 'waiting');
      if (isRight) expect([strict.cpu.pc, strict.cpu.registers.get(0)]).toEqual([entry, dtb]);
    }
  });

  test('is committed, or undone, with the crash kernel left alone', async () => {
    const { kernel, machine } = await machineWith();
    const held = await stage(machine);
    await held.staged.discard();
    expect([kernel.next, kernel.crash]).toEqual([undefined, kdump]);
    const again = await stage(machine);
    const commit = commitReboot(machine, again);
    await vi.waitFor(() => expect(kernel.rebooted).toBe(true));
    expect(kernel.crash).toBe(kdump);
    commit.catch(() => {});
  });

  test('is rehearsed first, by default', async () => {
    const { kernel, machine } = await machineWith();
    const { rehearsal } = await stageReboot(machine, request);
    expect(rehearsal?.runs.map(({ configuration }) => configuration)).toEqual(['as the machine says']);
    expect(kernel.next).toBeDefined();
  });
});

describe('what goes wrong leaves nothing loaded, and says why', () => {
  test.each<[errno: string, changes: Files, code: string, message: RegExp]>([
    ['EINVAL', { '/proc/meminfo': 'MemTotal: 512 kB\n' }, 'EINVAL', /no more than half of its RAM, 256 KiB/],
    ['EINVAL', {}, 'EINVAL', /two overlap/],
    ['ENOMEM', {}, 'ENOMEM', /keeps copies of the segments .* and of its own page tables \(1 MiB\)/],
    ['EADDRNOTAVAIL', {}, 'EIO', /a segment lies outside/],
    ['EBUSY', {}, 'EBUSY', /another process/],
    ['ENOSYS', { '/proc/kallsyms': null }, 'EIO', /CONFIG_KEXEC/],
  ])('%s %#', async (errno, changes, code, message) => {
    const { kernel, machine } = await machineWith([{ call: 'kexec_load', time: 1, errno }], changes);
    const error: unknown = await stage(machine).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, phase: phases.stage, message: expect.stringMatching(message) });
    expect([kernel.next, kernel.crash, kernel.mappedBytes]).toEqual([undefined, kdump, 0]);
  });
});
