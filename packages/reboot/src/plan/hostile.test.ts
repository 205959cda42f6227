import { encodeImageHeader } from '@kexeckit/boot-image';
import { memoryRanges, parseFdt } from '@kexeckit/fdt';
import { parseIomem, type Range } from '@kexeckit/ioport';
import { loadImage, prove, type StrategyName } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { phases } from '../phases.ts';
import { featuresOf } from '../reality/features.ts';
import type { Reality } from '../reality/reality.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { proveReboot, reboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import type { SimulatedOptions } from '../simulated/options.ts';
import { runLoaded } from '../testing/run-loaded.ts';
import { generateWorkload } from '../workload.ts';
import { draftDeviceTree, minimalDeviceTree } from './device-tree.ts';
import { placeSegments } from './place.ts';
import { planReboot } from './plan.ts';
import type { RebootRequest } from './request.ts';

const files = generateWorkload(70_000, 9_000, 6);
const request: RebootRequest = { ...files, cmdline: 'console=ttyAMA0', strategy: 'mmu-on', seed: 1 };
const magic = (): StrategyName => JSON.parse('"magic"');
const three = (): 1 | 2 => JSON.parse('3');

/** What a caller without types gives for it. */
const given = <T>(json: string): T => JSON.parse(json);

/** A kernel whose header asks for so many bytes. */
function kernelAsking(imageSize: bigint): Uint8Array {
  const kernel = files.kernel.slice();
  kernel.set(encodeImageHeader({ imageSize }));
  return kernel;
}

describe('a request that makes no sense', () => {
  test.each<[what: string, change: Partial<RebootRequest>, error: object]>([
    [
      'an empty initramfs',
      { initrd: new Uint8Array() },
      { code: 'EINVAL', phase: phases.inputs, message: 'the initramfs is empty' },
    ],
    ['a kernel of 2^60 bytes', { kernel: kernelAsking(1n << 60n) }, { code: 'ENOEXEC', phase: phases.inputs }],
    [
      'a device tree larger than may be, whatever is in it',
      { dtb: new Uint8Array(2 ** 21 + 1) },
      { code: 'ENOSPC', phase: phases.inputs, message: 'the device tree takes 2097153 bytes' },
    ],
    ['a device tree that is as large as may be, and none', { dtb: new Uint8Array(2 ** 21) }, { name: 'FdtError' }],
    ['an empty kernel', { kernel: new Uint8Array() }, { name: 'BootImageError' }],
    ['a command line that is not there', { cmdline: given<string>('null') }, { code: 'EINVAL', phase: phases.inputs }],
    ['a kernel that is text', { kernel: given<Uint8Array>('"linux"') }, { code: 'EINVAL', phase: phases.inputs }],
    ['a reserve of 3', { reserve: given<string>('3') }, { code: 'EINVAL', phase: phases.inputs }],
    ['a verify of "no"', { verify: given<boolean>('"no"') }, { code: 'EINVAL', phase: phases.inputs }],
    ['a strategy that there is not', { strategy: magic() }, { name: 'RelocationError', code: 'EINVAL' }],
    ['a seed of NaN', { seed: Number.NaN }, { code: 'EINVAL', phase: phases.inputs }],
    ['a seed of 2^32', { seed: 2 ** 32 }, { code: 'EINVAL', phase: phases.inputs }],
    [
      'a command line of megabytes',
      { cmdline: 'x '.repeat(2 << 20) },
      {
        code: 'EINVAL',
        phase: phases.plan,
        message: expect.stringMatching(/and it keeps 2047: (of|it does not see) /),
      },
    ],
    [
      'a command line that the region makes too long',
      { cmdline: 'x'.repeat(2047), strategy: 'reserved' },
      { code: 'EINVAL', phase: phases.plan, message: expect.stringContaining('and it keeps 2047') },
    ],
    ['a command line with a NUL', { cmdline: 'a\0b' }, { name: 'FdtError', code: 'EINVAL' }],
  ])('%s', async (_, change, error) => {
    const hint = expect.any(String);
    const work = proveReboot(new SimulatedMachine(), { ...request, ...change });
    await expect(work).rejects.toThrow(expect.objectContaining({ hint, ...error }));
  });

  test('bytes that were given away meanwhile', async () => {
    const kernel = files.kernel.slice();
    structuredClone(kernel, { transfer: [kernel.buffer] });
    const work = proveReboot(new SimulatedMachine(), { ...request, kernel });
    await expect(work).rejects.toThrow(expect.objectContaining({ code: 'EINVAL', phase: phases.inputs }));
  });

  test('a saved plan is not read with an empty initramfs either', async () => {
    const { plan } = await proveReboot(new SimulatedMachine(), request);
    const work = proveReboot(new SimulatedMachine(), { plan, files: { ...files, initrd: new Uint8Array() } });
    await expect(work).rejects.toThrow(/the initramfs is empty/);
  });

  test('a kernel may ask for a BSS of 64 MiB, and no more', async () => {
    const reality = await new SimulatedMachine().describe();
    const asking = (imageSize: bigint): RebootRequest => ({
      ...request,
      kernel: kernelAsking(imageSize),
      verify: false,
    });
    const { plan } = await planReboot(asking(64n << 20n), reality);
    expect(plan.stage.placement.segments[0]).toMatchObject({ memsz: 64n << 20n });
    await expect(planReboot(asking(65n << 20n), reality)).rejects.toThrow(/the kernel asks for/);
  });
});

describe('a machine that cannot be', () => {
  test.each<[what: string, options: SimulatedOptions]>([
    ['no CPU', { cpus: 0 }],
    ['half a CPU', { cpus: 0.5 }],
    ['NaN CPUs', { cpus: Number.NaN }],
    ['a thousand million CPUs', { cpus: 1e9 }],
    ['EL3', { exceptionLevel: three() }],
    ['VHE at EL1', { exceptionLevel: 1, vhe: true }],
    ['a soft restart from EL2', { softRestart: true }],
    ['an adversary of NaN', { adversary: Number.NaN }],
  ])('%s', (_, options) => {
    expect(() => new SimulatedMachine(options)).toThrow(
      expect.objectContaining({ name: 'RebootError', code: 'EINVAL', phase: phases.describe }),
    );
  });

  test('RAM beyond what its CPU addresses', async () => {
    const reality = await new SimulatedMachine().describe();
    const work = planReboot(request, { ...reality, features: { ...reality.features, paBits: 32 } });
    await expect(work).rejects.toThrow(/the CPU has 32 bits of physical address/);
    const all = parseIomem('00000000-ffffffffffffffff : System RAM\n');
    await expect(planReboot(request, { ...reality, memory: all })).rejects.toThrow(/52 bits of physical address/);
  });
});

describe('a CPU that cannot be', () => {
  const features = { dataLine: Number.NaN, instructionLine: 0, paBits: 31.5, granules: [] } as const;

  test.each(Object.keys(features))('%s', async (name) => {
    const machine = new SimulatedMachine();
    const reality = await machine.describe();
    const wrong = {
      ...reality,
      features: { ...reality.features, [name]: Object.entries(features).find(([key]) => key === name)?.[1] },
    };
    await expect(planReboot(request, wrong)).rejects.toMatchObject({ code: 'EINVAL', phase: phases.describe });
    const { reality: _, ...proved } = await proveReboot(machine, request);
    await expect(rehearse(proved, wrong)).rejects.toMatchObject({ code: 'EINVAL', phase: phases.describe });
    const { violations } = prove(proved.plan.stage, proved.image, proved.contents, wrong);
    expect(violations).toContainEqual(expect.objectContaining({ invariant: 'machine' }));
  });

  const other = { role: 'firmware', name: null, start: 0n, end: 0x1_0000_0000n } as const;

  test.each<[what: string, change: (reality: Reality) => Partial<Reality>]>([
    ['a reserved range that ends before it starts', () => ({ reserved: [{ start: 0x9000_0000n, end: 0x8000_0000n }] })],
    ['a reserved range below zero', () => ({ reserved: [{ start: -1n, end: 0x9000_0000n }] })],
    ['two roles of the same memory', ({ roles }) => ({ roles: [...roles, other] })],
    ['roles out of order', ({ roles }) => ({ roles: roles.toReversed() })],
    ['a console below zero', () => ({ console: { kind: 'pl011', address: -4096n } })],
  ])('%s', async (_, change) => {
    const machine = new SimulatedMachine();
    const { reality, ...proved } = await proveReboot(machine, request);
    const wrong = { ...reality, ...change(reality) };
    await expect(planReboot(request, wrong)).rejects.toMatchObject({ code: 'EINVAL', phase: phases.describe });
    const { violations } = prove(proved.plan.stage, proved.image, proved.contents, wrong);
    expect(violations).toContainEqual(
      expect.objectContaining({ invariant: 'machine', detail: expect.stringContaining('the machine says') }),
    );
  });

  test('a console beyond its addresses, with the MMU off too', async () => {
    const machine = new SimulatedMachine();
    const { reality, ...proved } = await proveReboot(machine, { ...request, strategy: 'mmu-off', breadcrumbs: true });
    const narrow = { ...reality, features: { ...reality.features, paBits: 36 } };
    const { violations } = prove(proved.plan.stage, proved.image, proved.contents, narrow);
    expect(violations).toContainEqual(
      expect.objectContaining({ invariant: 'machine', detail: expect.stringContaining('36 bits') }),
    );
  });
});

describe('RAM above 2^48', () => {
  const low = '80000000-87ffffff : System RAM\n  80000000-83ffffff : Kernel code\n';
  const high = '4000000000000-400003fffffff : System RAM\n';

  test.each(['mmu-off', 'mmu-on'] as const)('holds what %s moves, and its tables', async (strategy) => {
    for (const exceptionLevel of [1, 2] as const) {
      const machine = new SimulatedMachine({ memory: parseIomem(low + high), exceptionLevel });
      const { plan, ending } = await reboot(machine, { ...request, strategy });
      expect(ending.kind).toBe('arrival');
      expect(plan.stage.start).toBeGreaterThan(1n << 48n);
      for (const { mem } of plan.stage.placement.segments) expect(mem).toBeLessThan(1n << 48n);
    }
  });

  test('holds no kernel: an Image may stand in the 48 bits of physical memory (booting.rst)', async () => {
    const machine = new SimulatedMachine({ memory: parseIomem(high) });
    await expect(proveReboot(machine, request)).rejects.toThrow(/no room for the kernel/);
  });

  test('is out of reach of 4K tables without LPA2, whatever else the CPU addresses', () => {
    const registers = { id_aa64mmfr0_el1: 6n, id_aa64mmfr1_el1: 0n, id_aa64isar0_el1: 0n, ctr_el0: 0n };
    expect(featuresOf((name) => registers[name]).paBits).toBe(48);
    expect(featuresOf((name) => registers[name] | (name === 'id_aa64mmfr0_el1' ? 1n << 28n : 0n)).paBits).toBe(52);
    expect(featuresOf((name) => (name === 'id_aa64mmfr0_el1' ? 0x1000_0007n : 0n)).paBits).toBe(52);
  });
});

test('a plan may call all addresses clean: only what was written is cleaned', async () => {
  const machine = new SimulatedMachine();
  const { plan, contents } = await planReboot(request, await machine.describe());
  const stage = { ...plan.stage, cleanAtLoad: [{ start: 0n, end: (1n << 64n) - 1n }] };
  const image = loadImage(stage, contents);
  expect(await runLoaded(machine, { plan: { ...plan, stage }, contents, image })).toMatchObject({ kind: 'arrival' });
});

test('a machine does not stage what nobody can have planned', async () => {
  const machine = new SimulatedMachine();
  const { plan, contents } = await planReboot(request, await machine.describe());
  const image = loadImage(plan.stage, contents);
  const segments = plan.stage.placement.segments.map((segment) => ({ ...segment, memsz: 1n << 60n }));
  const stage = { ...plan.stage, placement: { ...plan.stage.placement, segments } };
  await expect(machine.stage({ plan: { ...plan, stage }, contents, image })).rejects.toThrow(/the segments take/);
});

test.each([Number.NaN, -1, 0, 0.5, 2 ** 60])('a segment of %d bytes is not placed', (bytes) => {
  const header = { textOffset: 0n, imageSize: 4096n, code0: 0, code1: 0, flagsValue: 0n, peOffset: 0 };
  const flags = { endianness: 'little', pageSize: '4K', placement: 'anywhere' } as const;
  const sound = { header: { ...header, flags }, kernelSize: 4096, initrdSize: 4096, dtbSize: 4096 };
  for (const change of [{ kernelSize: bytes }, { initrdSize: bytes }, { dtbSize: bytes }]) {
    expect(() => placeSegments([{ start: 0x4000_0000n, end: 0x4fff_ffffn }], { ...sound, ...change })).toThrow(
      expect.objectContaining({ code: 'EINVAL', phase: phases.plan }),
    );
  }
});

test('the tree of a machine holds 100 000 ranges of RAM in one node, and can be drafted', () => {
  const ram = Array.from({ length: 100_000 }, (_, at): Range => {
    const start = 0x1_0000_0000n + BigInt(at) * 0x2_0000n;
    return { start, end: start + 0xffffn };
  });
  const blob = minimalDeviceTree(ram, 2);
  expect(blob.length).toBeLessThan(2 << 20);
  const boot = { cmdline: 'quiet', hasInitrd: true, entropy: new Uint8Array(8) };
  const written = draftDeviceTree(blob, boot).write({ start: 0x1000n, end: 0x1fffn });
  expect(memoryRanges(parseFdt(written))).toEqual(ram);
});
