import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ensureNode,
  getProperty,
  parseFdt,
  readCells,
  readString,
  serializeFdt,
  setProperty,
  stringValue,
} from '@kexeckit/fdt';
import { generateWorkload, minimalDeviceTree, phases, stageReboot } from '@kexeckit/reboot';
import { chosenOf } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { kdumpAt } from '../capture/kdump.ts';
import { readHost } from '../host.ts';
import { kcoreWith } from '../testing/core.ts';
import { mapOf, RAM, REGION, withCrashRegion } from '../testing/hosts.ts';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { jumpedTo, states } from '../testing/strict-host.ts';
import { type Files, healthy, plant } from '../testing/tree.ts';
import { loadCaptureByFiles } from './by-files.ts';
import { loadCapture, type NamedCapture } from './load-capture.ts';
import { LinuxMachine } from './machine.ts';
import { unloadCrash } from './unload-loaded.ts';

const capture = generateWorkload(200_000, 50_000, 4);
const files: Files = {
  ...healthy,
  ...withCrashRegion,
  '/sys/devices/system/cpu/cpu0/crash_notes': '7bf00400\n',
  '/sys/devices/system/cpu/cpu0/crash_notes_size': '424\n',
  '/proc/kcore': kcoreWith(
    'NUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0x40000000\nNUMBER(kimage_voffset)=0xffff800040000000',
  ),
  '/sys/kernel/vmcoreinfo': '0x0000000046f35000 1024\n',
};

async function hostWith(changes: Files = {}, failures: readonly Failure[] = []) {
  const root = await plant({ ...files, ...changes });
  const kernel = new KexecModel(await readHost({ root }), failures);
  const kdump = kdumpAt(root, async () => 1);
  const load = async (named: Partial<NamedCapture> = {}): Promise<unknown> =>
    await loadCapture(
      await kernel.read(),
      { ...capture, name: '/boot/capture', cmdline: 'console=ttyAMA0 irqpoll', ...named },
      { kernel, kdump, folder: join(root, 'run') },
    ).catch((error: unknown) => error);
  return { root, kernel, kdump, load, folder: join(root, 'run') };
}

/** The image that a panic starts, by what it is: the device tree that it hands over, and where it goes on. */
function started(kernel: KexecModel, state: (typeof states)[number][1]) {
  const strict = jumpedTo(kernel.crash?.entry ?? 0n, [kernel.crash], state, RAM);
  const image = kernel.crash?.segments.find(({ bytes }) => bytes[56] === 0x41 && bytes[57] === 0x52);
  strict.cpu.breakAt(image?.mem ?? 0n);
  expect(strict.cpu.run(10_000)).toBe('breakpoint');
  const address = strict.cpu.registers.get(0);
  const tree = kernel.crash?.segments.find(({ mem }) => mem === address)?.bytes ?? new Uint8Array();
  const chosen = chosenOf(parseFdt(tree.subarray(0, new DataView(tree.buffer).getUint32(4))));
  return { image, chosen: (name: string) => (chosen && getProperty(chosen, name)) ?? new Uint8Array() };
}

describe('a capture kernel alone in the region', () => {
  test.each(states)(
    'is entered by a panic at %s with the command line that was given, and no more',
    async (_, state) => {
      const { kernel, load } = await hostWith();
      expect(await load()).toBeUndefined();
      const { image, chosen } = started(kernel, state);
      expect(image?.bytes.subarray(0, capture.kernel.length)).toEqual(capture.kernel);
      expect(readString(chosen('bootargs'))).toBe('console=ttyAMA0 irqpoll');
      expect(readCells(chosen('linux,usable-memory-range'))).toEqual([0, 0x7000_0000, 0, 0x800_0000]);
      expect(
        kernel.crash?.segments.every(({ mem, memsz }) => mem >= REGION.start && mem + memsz - 1n <= REGION.end),
      ).toBe(true);
      expect(kernel.next).toBeUndefined();
    },
  );

  test('has the whole region: two of this size would not fit', async () => {
    const big = generateWorkload(70 << 20, 1 << 20, 1);
    const { kernel, load } = await hostWith();
    expect(await load(big)).toBeUndefined();
    expect(kernel.crash).toBeDefined();
    const { kernel: other, load: again } = await hostWith();
    expect(await again(generateWorkload(130 << 20, 1 << 20, 1))).toMatchObject({
      code: 'ENOSPC',
      message: expect.stringMatching(/has 128\.0 MiB, and no room for \/boot\/capture, which takes 13\d\.\d MiB/),
    });
    expect(other.calls).toBe(0);
  });

  test('takes a device tree that is given', async () => {
    const fdt = parseFdt(minimalDeviceTree([RAM], 4));
    setProperty(ensureNode(fdt, '/chosen'), 'stdout-path', stringValue('/given'));
    const { kernel, load } = await hostWith();
    expect(await load({ dtb: serializeFdt(fdt) })).toBeUndefined();
    expect(readString(started(kernel, states[0][1]).chosen('stdout-path'))).toBe('/given');
  });

  test('is refused without a region, with an initramfs that is none, and with a line that is too long', async () => {
    const none = await hostWith({ '/proc/iomem': mapOf(), '/sys/kernel/kexec_crash_size': '0\n' });
    expect(await none.load()).toMatchObject({
      code: 'ENOSPC',
      message: expect.stringContaining('no memory is reserved'),
    });
    const { kernel, load } = await hostWith();
    expect(await load({ initrd: capture.kernel })).toMatchObject({ code: 'EINVAL' });
    expect(await load({ cmdline: 'x'.repeat(3000) })).toMatchObject({ code: 'EINVAL' });
    expect(kernel.calls).toBe(0);
    expect(await load({ initrd: capture.kernel, anyInitrd: true })).toBeUndefined();
  });

  test('says what a refusal means', async () => {
    const { load } = await hostWith({}, [{ call: 'kexec_load', time: 1, errno: 'EPERM' }]);
    expect(await load()).toMatchObject({ code: 'EPERM', phase: phases.stage });
  });
});

describe('what stands in the slot of a panic', () => {
  const next = generateWorkload(300_000, 100_000, 3);
  const request = { ...next, cmdline: 'quiet', strategy: 'crash-region', seed: 1 } as const;

  test('is not taken from a reboot that stands in the region', async () => {
    const { kernel, kdump, load, folder } = await hostWith();
    const machine = new LinuxMachine({
      kernel,
      read: kernel.read,
      kdump,
      runFolder: folder,
      withoutCaptureKernel: true,
    });
    await stageReboot(machine, request, { rehearse: false });
    const before = kernel.crash;
    expect(await load()).toMatchObject({ code: 'EBUSY', message: expect.stringContaining('stands in the region') });
    const byFiles = loadCaptureByFiles(await kernel.read(), { kernel: '/bin/sh', cmdline: '' }, { kernel, folder });
    await expect(byFiles).rejects.toMatchObject({ code: 'EBUSY' });
    expect(kernel.crash).toBe(before);
  });

  test('is loaded by files, too, and unloaded, and a reboot stays as it is', async () => {
    const { root, kernel, folder } = await hostWith();
    const image = join(root, 'Image');
    writeFileSync(image, capture.kernel);
    kernel.next = { entry: 1n, segments: [] };
    const host = await kernel.read();
    await loadCaptureByFiles(host, { kernel: image, cmdline: 'quiet' }, { kernel, folder });
    expect(kernel.crashFiles).toMatchObject({ cmdline: 'quiet', flags: 2n | 4n });
    await unloadCrash(await kernel.read(), { kernel, folder });
    expect([kernel.crashFiles, kernel.crash, kernel.next?.entry]).toEqual([undefined, undefined, 1n]);
    const calls = kernel.calls;
    await unloadCrash({ ...host, kexecCrashSize: 0n }, { kernel, folder });
    expect(kernel.calls).toBe(calls);
  });
});
