import { getProperty, parseFdt, readU64, serializeFdt, setProperty } from '@kexeckit/fdt';
import { findByName, rangeContains } from '@kexeckit/ioport';
import {
  commitReboot,
  generateWorkload,
  minimalDeviceTree,
  phases,
  type RebootRequest,
  stageReboot,
} from '@kexeckit/reboot';
import { emitFlush, regionNodeOf, segmentEnd } from '@kexeckit/relocation';
import { describe, expect, test, vi } from 'vitest';
import { CUT, SMALL, withCut } from '../../testing/hosts.ts';
import { beyond, type Failure, KexecModel } from '../../testing/kexec-model.ts';
import { jumpedTo, store } from '../../testing/strict-host.ts';
import { type Files, hostWith } from '../../testing/tree.ts';
import { LinuxMachine } from '../machine.ts';

const LOWER = { start: 0x4400_0000n, end: 0x45ff_ffffn };
const UPPER = { start: 0x4600_0000n, end: 0x47ff_ffffn };

/** The kernel that a plan booted, in a half of the region. */
const booted = (half: typeof LOWER, dtb: Uint8Array, cmdline: string): Files => {
  const kernel = `  ${(half.start + 0x21_0000n).toString(16)}-${(half.start + 0x25_ffffn).toString(16)} : Kernel code`;
  const ram = (start: bigint, end: bigint): string => `${start.toString(16)}-${end.toString(16)} : System RAM`;
  const map =
    half.start === LOWER.start
      ? [ram(SMALL.start, LOWER.end), kernel, '46000000-47ffffff : reserved']
      : [ram(SMALL.start, LOWER.start - 1n), '44000000-45ffffff : reserved', ram(UPPER.start, UPPER.end), kernel];
  return { '/proc/iomem': `${map.join('\n')}\n`, '/proc/cmdline': `${cmdline}\n`, '/sys/firmware/fdt': dtb };
};

const workload = generateWorkload(300_000, 100_000, 3);
const request = { ...workload, cmdline: 'quiet mem=64M', strategy: 'reserved', seed: 1 } as const;

async function machineWith(files: Files = withCut, failures: readonly Failure[] = []) {
  const memory = beyond(CUT);
  const kernel = new KexecModel(await hostWith(files), failures, memory);
  // The same image each time.
  const entropy = (): Uint8Array => new Uint8Array(32);
  const machine = new LinuxMachine({ kernel, read: kernel.read, leaveMark: () => {}, services: 'none', entropy });
  return { kernel, machine, memory };
}

const stage = (machine: LinuxMachine) => stageReboot(machine, request, { rehearse: false });

describe('a reboot into memory that was kept from the kernel', () => {
  test('is written there, and the next kernel is told of the other half', async () => {
    const { kernel, machine, memory } = await machineWith();
    const { plan, staged, digest } = await stage(machine);
    for (const { mem, memsz, name } of plan.stage.placement.segments) {
      expect(rangeContains(LOWER, { start: mem, end: mem + memsz - 1n })).toBe(true);
      const content = name === 'kernel' ? workload.kernel : name === 'initrd' ? workload.initrd : plan.dtb;
      const at = Number(mem - CUT.start);
      expect(memory.bytes.subarray(at, at + content.length)).toEqual(content);
    }
    expect(plan.cmdline).toBe('quiet');
    expect(regionNodeOf(parseFdt(plan.dtb))).toEqual(UPPER);
    expect(kernel.next?.segments.every(({ mem }) => mem < CUT.start)).toBe(true);
    expect(kernel.crash).toBeUndefined();
    expect(await staged.digest()).toBe(digest);
    expect([kernel.mappedBytes, kernel.openFiles]).toEqual([0, 0]);
  });

  test('goes on, generation after generation, from half to half', async () => {
    let files = withCut;
    for (const [half, other] of [
      [LOWER, UPPER],
      [UPPER, LOWER],
      [LOWER, UPPER],
    ] as const) {
      const { machine } = await machineWith(files);
      const { plan } = await stage(machine);
      expect(plan.stage.placement.segments.every(({ mem }) => half.start <= mem && mem <= half.end)).toBe(true);
      const tree = parseFdt(plan.dtb);
      expect(regionNodeOf(tree)).toEqual(other);
      expect(tree.root.children.filter(({ name }) => name === 'reserved-memory')).toHaveLength(1);
      const note = tree.root.children.find(({ name }) => name === 'chosen');
      expect(note && readU64(getProperty(note, 'kexeckit,kexec-region')?.subarray(0, 8) ?? new Uint8Array())).toBe(
        CUT.start,
      );
      files = booted(half, plan.dtb, plan.cmdline);
    }
  });

  test('leaves no line of it in the caches, before what is stored and behind', async () => {
    const { kernel, machine, memory } = await machineWith();
    memory.bytes.fill(0xee);
    const { plan } = await stage(machine);
    const { segments } = plan.stage.placement;
    const places = segments.map(({ mem, memsz }) => ({ start: mem, size: memsz }));
    expect(kernel.flushed.map(({ start, size }) => ({ start, size }))).toEqual([...places, ...places]);
    const all = (from: number): Uint8Array[] =>
      kernel.flushed.slice(from, from + segments.length).map(({ bytes }) => bytes);
    expect(all(0).every((bytes) => bytes.every((byte) => byte === 0xee))).toBe(true);
    for (const [index, bytes] of all(segments.length).entries()) {
      const at = Number((segments[index]?.mem ?? 0n) - CUT.start);
      expect(bytes).toEqual(memory.bytes.subarray(at, at + bytes.length));
    }
    expect(kernel.flushed.every(({ code }) => emitFlush().every((word, at) => word === code[at]))).toBe(true);
  });

  test.each([1, 2] as const)(
    'is verified and entered at EL%i, and not with a byte that is wrong',
    async (exceptionLevel) => {
      for (const wrong of [false, true]) {
        const { kernel, machine, memory } = await machineWith();
        const { plan } = await stage(machine);
        const state = { exceptionLevel, vhe: false } as const;
        const [kernelSegment] = plan.stage.placement.segments;
        const at = Number((kernelSegment?.mem ?? 0n) - CUT.start) + 12345;
        if (wrong) memory.bytes[at] = (memory.bytes[at] ?? 0) ^ 1;
        const strict = jumpedTo(kernel.next?.entry ?? 0n, [kernel.next], state, SMALL);
        for (const segment of plan.stage.placement.segments)
          store(
            strict,
            segment.mem,
            memory.bytes.subarray(Number(segment.mem - CUT.start), Number(segmentEnd(segment) + 1n - CUT.start)),
          );
        const { entry, dtb } = plan.stage.placement;
        strict.cpu.breakAt(entry);
        const ended = strict.cpu.run(50_000_000);
        if (wrong) expect(ended).not.toBe('breakpoint');
        else expect([ended, strict.cpu.registers.get(0)]).toEqual(['breakpoint', dtb]);
      }
    },
  );

  test('is undone by a discard, and loaded again into the same half', async () => {
    const { kernel, machine } = await machineWith();
    const { staged, plan } = await stage(machine);
    await expect(stage(machine)).rejects.toMatchObject({ code: 'EBUSY' });
    await staged.discard();
    expect(kernel.next).toBeUndefined();
    const again = await stage(machine);
    expect(again.plan.stage.placement).toEqual(plan.stage.placement);
  });

  test('is committed where every page is still as it was', async () => {
    const { kernel, machine } = await machineWith();
    const commit = commitReboot(machine, await stage(machine));
    await vi.waitFor(() => expect(kernel.rebooted).toBe(true));
    commit.catch(() => {});
  });

  test('is not committed where a page has changed', async () => {
    const { kernel, machine, memory } = await machineWith();
    const held = await stage(machine);
    const at = Number((held.plan.stage.placement.segments[1]?.mem ?? 0n) - CUT.start);
    memory.bytes[at] = (memory.bytes[at] ?? 0) ^ 1;
    await expect(commitReboot(machine, held)).rejects.toMatchObject({
      code: 'ESTALE',
      message: expect.stringMatching(/have changed/),
    });
    expect([kernel.rebooted, kernel.next, kernel.mappedBytes]).toEqual([false, undefined, 0]);
  });
});

const NO_RAWIO: Files = { '/proc/self/status': 'CapEff:\t000001fffffdffff\nSeccomp:\t0\n' };

describe('what goes wrong leaves nothing loaded', () => {
  test.each<[failure: Failure, changes: Files, code: string, message: RegExp]>([
    [{ call: 'openat', time: 1, errno: 'EACCES' }, {}, 'EPERM', /may not open \/dev\/mem/],
    [{ call: 'openat', time: 1, errno: 'EPERM' }, {}, 'EPERM', /: the control group .* has no \/dev\/mem/],
    [{ call: 'openat', time: 1, errno: 'EPERM' }, NO_RAWIO, 'EPERM', /no CAP_SYS_RAWIO .*CapEff/],
    [{ call: 'openat', time: 1, errno: 'ENOENT' }, {}, 'ENODEV', /CONFIG_DEVMEM/],
    [{ call: 'mmap', time: 3, errno: 'EPERM' }, {}, 'EPERM', /CONFIG_STRICT_DEVMEM/],
    [{ call: 'mmap', time: 3, errno: 'ENOMEM' }, {}, 'ENOMEM', /no memory/],
    [{ call: 'mprotect', time: 2, errno: 'EACCES' }, {}, 'EPERM', /cleans the caches/],
    [{ call: 'kexec_load', time: 1, errno: 'ENOMEM' }, {}, 'ENOMEM', /finds no free pages/],
  ])('%j', async (failure, changes, code, message) => {
    const { kernel, machine } = await machineWith({ ...withCut, ...changes }, [failure]);
    const error: unknown = await stage(machine).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, phase: phases.stage, message: expect.stringMatching(message) });
    expect([kernel.next, kernel.mappedBytes, kernel.openFiles]).toEqual([undefined, 0, 0]);
  });

  test.each<[why: string, changes: Files]>([
    ['the kernel has all memory', { '/proc/iomem': '40000000-47ffffff : System RAM\n', '/proc/cmdline': 'quiet\n' }],
    ['nobody said mem=', { '/proc/cmdline': 'quiet\n' }],
    ['UEFI has another map of memory', { '/sys/firmware/efi/': '' }],
  ])('there is no region: %s', async (_, changes) => {
    const { kernel, machine } = await machineWith({ ...withCut, ...changes });
    await expect(stage(machine)).rejects.toMatchObject({ code: 'ENODEV', hint: expect.stringMatching(/--reserve/) });
    expect(kernel.calls).toBe(0);
  });

  test('a process that is killed, at any call, leaves nothing that a reboot would start half', async () => {
    const whole = await machineWith();
    await stage(whole.machine);
    for (let diesAt = 1; diesAt <= whole.kernel.calls; diesAt++) {
      const { kernel, machine, memory } = await machineWith();
      kernel.diesAt = diesAt;
      await expect(stage(machine)).rejects.toThrow();
      // The last call but those that give memory back loads what a reboot starts.
      if (kernel.next !== undefined) expect(Buffer.compare(memory.bytes, whole.memory.bytes)).toBe(0);
    }
  });

  test('the kernel took the region for itself although its tree has the node', async () => {
    const { machine } = await machineWith();
    const { plan } = await stage(machine);
    const files = { ...booted(LOWER, plan.dtb, plan.cmdline), '/proc/iomem': '40000000-47ffffff : System RAM\n' };
    const next = await machineWith(files);
    expect(findByName((await next.machine.describe()).memory, 'Kexec kernel')).toEqual([]);
    await expect(stage(next.machine)).rejects.toMatchObject({ code: 'ENODEV' });
  });
});

describe('the first region of a host', () => {
  const CRASH = { start: 0x4600_0000n, end: 0x46ff_ffffn };
  const files: Files = {
    ...withCut,
    '/proc/iomem': [
      '40000000-47ffffff : System RAM',
      '  40210000-415fffff : Kernel code',
      '  46000000-46ffffff : Crash kernel',
      '  47f00000-47ffffff : reserved',
      '',
    ].join('\n'),
    '/proc/cmdline': 'console=ttyAMA0\n',
    '/sys/kernel/kexec_crash_size': '16777216\n',
  };
  const plain = { ...workload, cmdline: 'quiet', strategy: 'crash-region', seed: 1 } as const;
  const first = { ...plain, reserve: '15M' } as const;

  async function planned(changes: Files = {}, wanted: RebootRequest = first) {
    const kernel = new KexecModel(await hostWith({ ...files, ...changes }));
    const options = {
      kernel,
      read: kernel.read,
      leaveMark: () => {},
      services: 'none',
      withoutCaptureKernel: true,
    } as const;
    return await stageReboot(new LinuxMachine(options), wanted, { rehearse: false });
  }

  test('is kept by the tree of the next kernel, in whole halves, out of the way of everything', async () => {
    const { plan } = await planned();
    const region = regionNodeOf(parseFdt(plan.dtb));
    expect(region).toEqual({ start: 0x4500_0000n, end: 0x45ff_ffffn });
    expect(plan.stage.placement.segments.every(({ mem }) => rangeContains(CRASH, { start: mem, end: mem }))).toBe(true);
    const next = await machineWith({
      ...withCut,
      '/proc/iomem': [
        '40000000-44ffffff : System RAM',
        '45000000-45ffffff : reserved',
        '46000000-47ffffff : System RAM',
        '  46010000-4624ffff : Kernel code',
        '',
      ].join('\n'),
      '/proc/cmdline': `${plan.cmdline}\n`,
      '/sys/firmware/fdt': plan.dtb,
    });
    const { plan: after } = await stage(next.machine);
    expect(after.generation).toMatchObject({ region, half: 'lower', parameter: 'kexec-region@45800000' });
  });

  test('leaves ACPI on where the tree is a stub', async () => {
    const stub = parseFdt(minimalDeviceTree([SMALL], 1));
    stub.root.children = [{ name: 'chosen', properties: [], children: [] }];
    setProperty(stub.root.children[0] ?? stub.root, 'linux,uefi-mmap-start', new Uint8Array(8));
    const acpi = { '/sys/firmware/fdt': serializeFdt(stub), '/sys/firmware/efi/': '' };
    expect((await planned(acpi)).plan.cmdline).toBe('quiet crashkernel=16384K acpi=force');
    expect((await planned(acpi, plain)).plan.cmdline).toBe('quiet crashkernel=16384K');
    expect((await planned(acpi, { ...first, cmdline: 'acpi=on' })).plan.cmdline).toBe('acpi=on crashkernel=16384K');
  });

  test.each<[why: string, changes: Files, wishes: Partial<RebootRequest>, message: RegExp]>([
    ['a region is there', withCut, {}, /the machine has its region/],
    ['the strategy needs one now', withCut, { strategy: 'reserved' }, /needs it now/],
    ['that is no size', {}, { reserve: '15M@0x45000000' }, /no size/],
    ['nothing is no size', {}, { reserve: '0' }, /no size/],
    ['there is no room', {}, { reserve: '1G' }, /no 1G of RAM in a row/],
  ])('is refused: %s', async (_, changes, wishes, message) => {
    const crash = { '/proc/iomem': `${withCut['/proc/iomem']}  43000000-43ffffff : Crash kernel\n` };
    await expect(planned({ ...changes, ...(changes === withCut && crash) }, { ...first, ...wishes })).rejects.toThrow(
      message,
    );
  });
});
