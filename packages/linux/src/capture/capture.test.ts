import { getProperty, parseFdt, readCells, readString, readU64 } from '@kexeckit/fdt';
import { parseIomem, rangesOverlap } from '@kexeckit/ioport';
import { generateWorkload, stageReboot } from '@kexeckit/reboot';
import { chosenOf } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { readHost } from '../host.ts';
import { type CommandLine, unloadAndRestore } from '../index.ts';
import { LinuxMachine, type LinuxMachineOptions } from '../machine/machine.ts';
import { kcoreWith, partsOf } from '../testing/core.ts';
import { mapOf, RAM, REGION, withCrashRegion } from '../testing/hosts.ts';
import { type Failure, type HeldImage, KexecModel } from '../testing/kexec-model.ts';
import { jumpedTo, states } from '../testing/strict-host.ts';
import { type Files, healthy, plant } from '../testing/tree.ts';
import { coreLoads } from './core-contents.ts';
import { kdumpAt } from './kdump.ts';
import { addressMapOf } from './vmcoreinfo.ts';

const LOW = { start: 0x5000_0000n, end: 0x50ff_ffffn };

const iomem = mapOf('50000000-50ffffff : Crash kernel', '70000000-77ffffff : Crash kernel');
const vmcoreinfo =
  'OSRELEASE=6.12\nNUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0x40000000\nNUMBER(kimage_voffset)=0xffff800040000000';
const cpu = (name: string, notes: string): Files => ({
  [`/sys/devices/system/cpu/${name}/crash_notes`]: `${notes}\n`,
  [`/sys/devices/system/cpu/${name}/crash_notes_size`]: '424\n',
});

const next = generateWorkload(300_000, 100_000, 3);
const capture = generateWorkload(200_000, 50_000, 4);
const request = { ...next, cmdline: 'quiet crashkernel=128M', strategy: 'crash-region', seed: 1 } as const;

const files: Files = {
  ...healthy,
  ...withCrashRegion,
  ...cpu('cpu0', '7bf00400'),
  ...cpu('cpu1', '7bf10400'),
  '/proc/iomem': iomem,
  '/proc/cmdline': 'console=ttyAMA0 crashkernel=128M root=/dev/vda1\n',
  '/proc/kcore': kcoreWith(vmcoreinfo),
  '/sys/kernel/vmcoreinfo': '0x0000000046f35000 1024\n',
};
const kdumpTools: Files = {
  '/etc/default/kdump-tools': 'USE_KDUMP=1\n',
  '/boot/vmlinuz-6.12.41-cloud-arm64': capture.kernel,
  '/var/lib/kdump/initrd.img-6.12.41-cloud-arm64': capture.initrd,
};

const before: HeldImage = { entry: 1n, segments: [] };
const reloaded: HeldImage = { entry: 2n, segments: [] };

interface Circumstances {
  readonly changes?: Files;
  readonly failures?: readonly Failure[];
  /** What `kdump-config reload` comes to, where its service is active. */
  readonly reload?: number;
}

async function hostOf(options: LinuxMachineOptions, { changes = {}, failures = [], reload }: Circumstances = {}) {
  const root = await plant({ ...files, ...changes });
  const kernel = new KexecModel(await readHost({ root }), failures);
  const calls: string[] = [];
  const run = async (command: CommandLine): Promise<number> => {
    calls.push(command.join(' '));
    if (reload === undefined) return 1;
    if (command[0] === 'kdump-config' && reload === 0) kernel.crash = reloaded;
    return command[0] === 'kdump-config' ? reload : 0;
  };
  const kdump = kdumpAt(root, run);
  const machine = new LinuxMachine({ kernel, read: kernel.read, leaveMark: () => {}, kdump, ...options });
  return { kernel, machine, kdump, calls };
}

const named: LinuxMachineOptions = { capture: { ...capture, name: '/boot/capture' } };
const stage = (machine: LinuxMachine) => stageReboot(machine, request, { rehearse: false });

/** The device tree that a panic's image hands over. */
function handedTo(image: HeldImage | undefined, address: bigint) {
  const bytes = image?.segments.find(({ mem }) => mem === address)?.bytes ?? new Uint8Array();
  const fdt = parseFdt(bytes.subarray(0, new DataView(bytes.buffer, bytes.byteOffset).getUint32(4)));
  const chosen = chosenOf(fdt);
  return (name: string): Uint8Array => (chosen && getProperty(chosen, name)) ?? new Uint8Array();
}

describe('a capture kernel beside the next one', () => {
  test.each(states)('is entered by a panic at %s, with its own device tree', async (_, state) => {
    const { kernel, machine } = await hostOf(named);
    const { plan } = await stage(machine);
    const strict = jumpedTo(kernel.crash?.entry ?? 0n, [kernel.crash], state, RAM);
    const entry = kernel.crash?.segments.find(
      ({ mem, bytes }) => mem !== plan.stage.placement.entry && bytes[56] === 0x41 && bytes[57] === 0x52,
    );
    strict.cpu.breakAt(entry?.mem ?? 0n);
    expect(strict.cpu.run(10_000)).toBe('breakpoint');
    expect(entry?.bytes.subarray(0, capture.kernel.length)).toEqual(capture.kernel);
    const read = handedTo(kernel.crash, strict.cpu.registers.get(0));
    expect(readString(read('bootargs'))).toBe('console=ttyAMA0 root=/dev/vda1 nr_cpus=1 reset_devices');
    expect([1, 2, 3].map((register) => strict.cpu.registers.get(register))).toEqual([0n, 0n, 0n]);
    expect(strict.cpu.system.effective.mmu).toBe(false);
  });

  test('with an initramfs that Linux would not unpack is refused, unless it is wanted', async () => {
    const noise = { capture: { ...capture, initrd: capture.kernel, name: '/boot/capture' } };
    const { kernel, machine } = await hostOf(noise);
    await expect(stage(machine)).rejects.toMatchObject({
      name: 'LinuxError',
      code: 'EINVAL',
      message: expect.stringContaining('the initramfs of /boot/capture: no initramfs'),
      hint: expect.stringContaining('--force'),
    });
    expect([kernel.crash, kernel.next]).toEqual([undefined, undefined]);
    const wanted = await hostOf({ ...noise, anyInitrd: true });
    await stage(wanted.machine);
    expect(wanted.kernel.crash).toBeDefined();
  });

  test('stays in the whole pages of a region that ends in the middle of one', async () => {
    const changes = {
      '/proc/iomem': iomem.replace('70000000-77ffffff', '70000000-77fff7ff'),
      '/sys/kernel/kexec_crash_size': '134215680\n',
    };
    const { kernel, machine } = await hostOf(named, { changes });
    await stage(machine);
    expect(kernel.crash?.segments.every(({ mem, memsz }) => mem + memsz - 1n <= 0x77ff_efffn)).toBe(true);
  });

  test('is told its memory, its initramfs and the core header', async () => {
    const { kernel, machine } = await hostOf(named);
    const { plan } = await stage(machine);
    const trees = (kernel.crash?.segments ?? []).filter(({ bytes }) => bytes[0] === 0xd0 && bytes[1] === 0x0d);
    const address = trees.find(({ mem }) => mem !== plan.stage.placement.dtb)?.mem ?? 0n;
    const read = handedTo(kernel.crash, address);
    // The region that it stands in first: old kernels read no other.
    expect(readCells(read('linux,usable-memory-range'))).toEqual([
      0, 0x7000_0000, 0, 0x800_0000, 0, 0x5000_0000, 0, 0x100_0000,
    ]);
    const at = (name: string): bigint => readU64(read(name).subarray(0, 8));
    const segment = (mem: bigint) => kernel.crash?.segments.find((each) => each.mem === mem)?.bytes ?? new Uint8Array();
    const [start, end] = [at('linux,initrd-start'), at('linux,initrd-end')];
    expect(segment(start).subarray(0, Number(end - start))).toEqual(capture.initrd);
    const header = segment(at('linux,elfcorehdr')).subarray(0, Number(readU64(read('linux,elfcorehdr').subarray(8))));
    const parts = partsOf(header);
    expect(parts.filter(({ type }) => type === 'NOTE').map(({ physical, fileSize }) => [physical, fileSize])).toEqual([
      [0x7bf0_0400n, 424n],
      [0x7bf1_0400n, 424n],
      [0x46f3_5000n, 0x1024n],
    ]);
    const loads = parts.filter(({ type }) => type === 'LOAD');
    expect(
      loads.map(({ physical, memorySize, virtual }) => ({ address: physical, size: memorySize, virtual })),
    ).toEqual(coreLoads(parseIomem(iomem), addressMapOf(vmcoreinfo)));
    const ram = loads
      .slice(1)
      .map(({ physical, memorySize }) => ({ start: physical, end: physical + memorySize - 1n }));
    expect(ram.filter((range) => rangesOverlap(range, REGION) || rangesOverlap(range, LOW))).toEqual([]);
  });

  test('shares no page with the next one, and leaves the region nowhere', async () => {
    const { kernel, machine } = await hostOf(named);
    const { plan } = await stage(machine);
    const ranges = (kernel.crash?.segments ?? []).map(({ mem, memsz }) => ({ start: mem, end: mem + memsz - 1n }));
    expect(ranges).toHaveLength(8);
    for (const [index, range] of ranges.entries()) {
      expect(range.start >= REGION.start && range.end <= REGION.end && range.start % 4096n === 0n).toBe(true);
      expect(ranges.slice(0, index).some((other) => rangesOverlap(range, other))).toBe(false);
    }
    // A reboot goes to the next kernel all the same.
    const strict = jumpedTo(kernel.next?.entry ?? 0n, [kernel.crash, kernel.next], states[0][1], RAM);
    strict.cpu.breakAt(plan.stage.placement.entry);
    expect(strict.cpu.run(50_000_000)).toBe('breakpoint');
    expect(strict.cpu.registers.get(0)).toBe(plan.stage.placement.dtb);
  });

  test('is what kdump is configured with, where nobody names one', async () => {
    const { machine } = await hostOf({ captureAppend: 'panic=10' }, { changes: kdumpTools });
    await stage(machine);
    expect(machine.forPanic).toBe('/boot/vmlinuz-6.12.41-cloud-arm64 (named by /etc/default/kdump-tools)');
  });

  test('is refused where there is none, and nobody says so', async () => {
    const { machine, kernel } = await hostOf({});
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'EBUSY',
      hint: expect.stringMatching(/--capture-kernel.*--no-capture-kernel/),
    });
    expect(kernel.calls).toBe(0);
  });

  test('is refused where the region is too small for two, with the sizes', async () => {
    const small = iomem.replace('70000000-77ffffff', '77a00000-77ffffff').replace(/ {2}5.*\n/, '');
    const { machine, kernel } = await hostOf(named, { changes: { '/proc/iomem': small } });
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'ENOSPC',
      message:
        /region has 6\.0 MiB, and no room for two kernels: the next one takes \d+\.\d MiB, the capture kernel \d+\.\d MiB/,
    });
    expect(kernel.calls).toBe(0);
  });

  test('a kernel that cannot be one is refused', async () => {
    const { machine } = await hostOf({ capture: { kernel: new Uint8Array(5000) } });
    await expect(stage(machine)).rejects.toMatchObject({ name: 'BootImageError' });
  });
});

describe('what was loaded for a panic before', () => {
  test('is loaded again by its service, when what was staged is discarded', async () => {
    const { kernel, machine, calls } = await hostOf(named, { reload: 0 });
    kernel.crash = before;
    const { staged } = await stage(machine);
    expect(kernel.crash).not.toBe(before);
    await staged.discard();
    expect([kernel.next, kernel.crash, calls.at(-1)]).toEqual([undefined, reloaded, 'kdump-config reload']);
    expect(machine.forPanic).toBeUndefined();
  });

  test.each<Failure>([
    { call: 'kexec_load', time: 1, errno: 'ENOMEM' },
    { call: 'kexec_load', time: 2, errno: 'ENOMEM' },
    { call: 'mmap', time: 10, errno: 'ENOMEM' },
  ])('is loaded again where staging fails: %j', async (failure) => {
    const { kernel, machine } = await hostOf(named, { reload: 0, failures: [failure] });
    kernel.crash = before;
    await expect(stage(machine)).rejects.toMatchObject({ code: 'ENOMEM' });
    expect([kernel.next, kernel.crash]).toEqual([undefined, reloaded]);
  });

  test('is not lost, nor loaded again, where staging fails before it would be', async () => {
    const { kernel, machine } = await hostOf(named, {
      ...{ reload: 0, failures: [{ call: 'mmap', time: 3, errno: 'ENOMEM' }] },
    });
    kernel.crash = before;
    await expect(stage(machine)).rejects.toMatchObject({ code: 'ENOMEM' });
    expect([kernel.next, kernel.crash]).toEqual([undefined, before]);
  });

  test('is told of where its service does not load it again', async () => {
    const failures = [{ call: 'kexec_load', time: 2, errno: 'ENOMEM' }] as const;
    const { kernel, machine } = await hostOf(named, { reload: 1, failures });
    kernel.crash = before;
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'EIO',
      message: expect.stringMatching(
        /ENOMEM.*; and no crash kernel is loaded any more.*kdump-config reload failed \(1\)/,
      ),
    });
  });

  test('is left alone where nobody could load it again, unless it may be lost', async () => {
    const { kernel, machine } = await hostOf(named);
    kernel.crash = before;
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'EBUSY',
      hint: expect.stringMatching(/--lose-crash-kernel/),
    });
    expect([kernel.crash, kernel.calls]).toEqual([before, 0]);
    const bold = await hostOf({ ...named, loseCrashKernel: true });
    bold.kernel.crash = before;
    const { staged } = await stage(bold.machine);
    await staged.discard();
    expect(bold.kernel.crash).toBeUndefined();
  });

  test('is loaded again when an image of another process is unloaded', async () => {
    const { kernel, machine, kdump } = await hostOf(named, { reload: 0 });
    await stage(machine);
    expect(await unloadAndRestore(await kernel.read(), { kernel, kdump })).toBe('kdump-tools.service');
    expect([kernel.next, kernel.crash]).toEqual([undefined, reloaded]);
  });
});
