import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeImageHeader, parseImageHeader } from '@kexeckit/boot-image';
import { findNode, getProperty, memoryRanges, parseFdt, readString, readU64 } from '@kexeckit/fdt';
import { parseIomem, printIomem, type Range } from '@kexeckit/ioport';
import { loadImage, strategyNamed } from '@kexeckit/relocation';
import { gzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { savePlan } from '../document/document.ts';
import { reboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { stingrayIomem } from '../simulated/stingray.ts';
import { runLoaded } from '../testing/run-loaded.ts';
import { generateWorkload } from '../workload.ts';
import { type BootArguments, draftDeviceTree, minimalDeviceTree } from './device-tree.ts';
import { readMemoryMap as readMap } from './memory-map.ts';
import { placeSegments } from './place.ts';
import { planReboot } from './plan.ts';
import type { RebootRequest } from './request.ts';

const workload = generateWorkload(400_000, 100_000, 4);
const request: RebootRequest = { ...workload, cmdline: 'console=ttyS0 quiet', strategy: 'mmu-on', seed: 5 };
const boards = join(import.meta.dirname, '../../../ioport/fixtures/iomem');

describe('placement', () => {
  const header = parseImageHeader(encodeImageHeader({ imageSize: 0x30_0000n }));
  const cargo = { header, kernelSize: 0x20_0000, initrdSize: 0x1234, dtbSize: 0x1800 };

  test('kernel on a 2 MiB boundary, initrd right above, device tree on a boundary of its own', () => {
    const { segments, entry, dtb } = placeSegments([{ start: 0x4010_0000n, end: 0x4fff_ffffn }], cargo);
    expect(segments).toEqual([
      { name: 'kernel', mem: 0x4020_0000n, memsz: 0x30_0000n, bufsz: 0x20_0000n },
      { name: 'initrd', mem: 0x4050_0000n, memsz: 0x2000n, bufsz: 0x1234n },
      { name: 'dtb', mem: 0x4060_0000n, memsz: 0x2000n, bufsz: 0x1800n },
    ]);
    expect([entry, dtb]).toEqual([0x4020_0000n, 0x4060_0000n]);
  });

  test('an old kernel stands at its text offset', () => {
    const old = parseImageHeader(encodeImageHeader({ imageSize: 0x10_0000n, textOffset: 0x8_0000n }));
    const { entry } = placeSegments([{ start: 0x4000_0000n, end: 0x4fff_ffffn }], {
      ...cargo,
      header: old,
      kernelSize: 4096,
    });
    expect(entry).toBe(0x4008_0000n);
  });

  test('an initrd that would leave the 32 GiB window has no room', () => {
    const far = [
      { start: 0x4000_0000n, end: 0x405f_ffffn },
      { start: 0x20_0000_0000n, end: 0x20_ffff_ffffn },
    ];
    expect(() => placeSegments(far, { ...cargo, initrdSize: 0x100_0000 })).toThrow(/no room for the initrd/);
  });

  test('what does not fit is named', () => {
    expect(() => placeSegments([{ start: 0x4000_0000n, end: 0x400f_ffffn }], cargo)).toThrow(
      /no room for the kernel: 4 MiB/,
    );
    expect(() => placeSegments([{ start: 0x4000_0000n, end: 0x4fff_ffffn }], { ...cargo, dtbSize: 3 << 20 })).toThrow(
      expect.objectContaining({ code: 'ENOSPC', hint: expect.stringContaining('2 MiB') }),
    );
  });
});

describe('the device tree', () => {
  const blob = minimalDeviceTree([{ start: 0x4000_0000n, end: 0x7fff_ffffn }], 2);
  const boot = { cmdline: 'console=ttyAMA0', hasInitrd: true, entropy: Uint8Array.of(1, 2) };
  const initrd = { start: 0x1000n, end: 0x1fffn };
  const written = (from: Uint8Array, change: Partial<BootArguments> = {}, at: Range | undefined = initrd): Uint8Array =>
    draftDeviceTree(from, { ...boot, ...change }).write(at);

  test('is edited for the next kernel and keeps the rest', () => {
    const fdt = parseFdt(written(blob));
    const chosen = findNode(fdt, '/chosen');
    const value = (name: string): Uint8Array => (chosen && getProperty(chosen, name)) ?? new Uint8Array();
    expect(readString(value('bootargs'))).toBe('console=ttyAMA0');
    expect([readU64(value('linux,initrd-start')), readU64(value('linux,initrd-end'))]).toEqual([0x1000n, 0x2000n]);
    expect([value('kaslr-seed').length, value('rng-seed').length]).toEqual([8, 128]);
    expect(memoryRanges(fdt)).toEqual([{ start: 0x4000_0000n, end: 0x7fff_ffffn }]);
  });

  test('has the same size wherever the initrd stands, and seeds that follow the entropy', () => {
    const draft = draftDeviceTree(blob, boot);
    expect(draft.write({ start: 0n, end: 0xffff_ffff_ffffn }).length).toBe(draft.size);
    expect(written(blob).length).toBe(draft.size);
    expect(written(blob)).toEqual(written(blob));
    expect(written(blob, { entropy: Uint8Array.of(3) })).not.toEqual(written(blob));
  });

  test('a kernel without an initrd is told of none', () => {
    const again = parseFdt(draftDeviceTree(written(blob), { ...boot, hasInitrd: false }).write(undefined));
    const chosen = findNode(again, '/chosen');
    expect(chosen && getProperty(chosen, 'linux,initrd-start')).toBeUndefined();
  });
});

describe('the memory map', () => {
  const readMemoryMap = (iomem: string, strategy: RebootRequest['strategy'], asked?: string) =>
    readMap(
      parseIomem(iomem),
      strategyNamed(strategy),
      asked === undefined ? {} : { wish: { asked, byDefault: '64M' } },
    );

  test('keeps reservations clear of destinations, but not the old kernel', () => {
    const { destinations, free } = readMemoryMap(stingrayIomem, 'mmu-on');
    const holds = (ranges: readonly { start: bigint; end: bigint }[], at: bigint): boolean =>
      ranges.some(({ start, end }) => start <= at && at <= end);
    expect(holds(destinations, 0x8030_0000n)).toBe(true);
    expect(holds(free, 0x8030_0000n)).toBe(false);
    expect(holds(destinations, 0x9bc0_0000n)).toBe(false);
    expect(holds(destinations, 0xe000_0000n)).toBe(false);
  });

  test("uses the map's own region, or reserves one as the kernel would", () => {
    expect(readMemoryMap(stingrayIomem, 'crash-region').region).toEqual({ start: 0xdfe0_0000n, end: 0xffdf_ffffn });
    expect(readMemoryMap(stingrayIomem, 'reserved', '64M').region).toEqual({ start: 0x97c0_0000n, end: 0x9bbf_ffffn });
    expect(readMemoryMap(stingrayIomem, 'reserved', '64M@0x880400000').region?.start).toBe(0x8_8040_0000n);
  });

  test('refuses to reserve what would be ignored', async () => {
    const description = await new SimulatedMachine().describe();
    const ask = (strategy: RebootRequest['strategy']) =>
      planReboot({ ...request, strategy, reserve: '64M' }, description);
    await expect(ask('mmu-on')).rejects.toThrow(/strategy mmu-on has no region/);
    await expect(ask('crash-region')).rejects.toThrow(/the memory map has its Crash kernel region/);
    await expect(ask('reserved')).resolves.toBeDefined();
  });

  test('says why there is no region', () => {
    expect(() => readMemoryMap(stingrayIomem, 'reserved')).toThrow(
      expect.objectContaining({ code: 'ENOSPC', hint: expect.stringContaining('kexeckernel=') }),
    );
    expect(() => readMemoryMap(stingrayIomem, 'reserved', '64M,high')).toThrow(/reserves nothing/);
    expect(() => readMemoryMap('', 'mmu-on')).toThrow(/System RAM/);
  });
});

describe('a plan', () => {
  test('is a pure function of its inputs and seed', async () => {
    const description = await new SimulatedMachine().describe();
    const [one, two, other] = await Promise.all([1, 1, 2].map((seed) => planReboot({ ...request, seed }, description)));
    expect(savePlan(one?.plan ?? fail())).toBe(savePlan(two?.plan ?? fail()));
    expect(savePlan(one?.plan ?? fail())).not.toBe(savePlan(other?.plan ?? fail()));
  });

  test('unpacks the kernel file it is given', async () => {
    const description = await new SimulatedMachine().describe();
    const packed = await planReboot({ ...request, kernel: gzipSync(workload.kernel) }, description);
    expect(packed.contents.get('kernel')).toEqual(workload.kernel);
  });

  test('owns its bytes: what the caller does to its buffers afterwards changes nothing', async () => {
    const [kernel, initrd] = [workload.kernel.slice(), workload.initrd.slice()];
    const machine = new SimulatedMachine();
    const { plan, contents } = await planReboot({ ...request, kernel, initrd }, await machine.describe());
    kernel.fill(0);
    initrd.fill(0);
    expect(contents.get('kernel')).toEqual(workload.kernel);
    expect(contents.get('initrd')).toEqual(workload.initrd);
    expect(await runLoaded(machine, { plan, contents, image: loadImage(plan.stage, contents) })).toMatchObject({
      kind: 'arrival',
    });
  });

  test('leaves the machine as it was: its memory map has no new region', async () => {
    const reality = await new SimulatedMachine().describe();
    const before = printIomem(reality.memory);
    await planReboot({ ...request, strategy: 'reserved' }, reality);
    expect(printIomem(reality.memory)).toBe(before);
  });
});

describe('on the memory maps of real machines', () => {
  const maps = readdirSync(boards).filter((name) => !name.includes('excerpt'));

  test.each(maps)('%s', async (name) => {
    const iomem = readFileSync(join(boards, name), 'utf8');
    for (const strategy of ['mmu-off', 'mmu-on', 'reserved'] as const) {
      const report = await reboot(new SimulatedMachine({ memory: parseIomem(iomem) }), { ...request, strategy });
      expect(report.ending.destinations.length).toBe(3);
    }
  });
});

const fail = (): never => {
  throw new Error('no plan');
};
