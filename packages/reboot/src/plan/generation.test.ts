import { getParameter } from '@kexeckit/cmdline';
import { findNode, getProperty, parseFdt } from '@kexeckit/fdt';
import { findByName, rangesOverlap } from '@kexeckit/ioport';
import { halfOf, loadImage, pfnOf, prove, RelocationError, regionParameters, segmentEnd } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { parsePlan, savePlan } from '../document/document.ts';
import type { Reality } from '../reality/reality.ts';
import { reboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { runLoaded } from '../testing/run-loaded.ts';
import { generateWorkload } from '../workload.ts';
import { operatorSteps } from './operator-steps.ts';
import { type PlannedReboot, planReboot } from './plan.ts';
import type { RebootRequest } from './request.ts';

const request: RebootRequest = {
  ...generateWorkload(400_000, 100_000, 4),
  cmdline: 'console=ttyS0',
  strategy: 'reserved',
  seed: 5,
};

/** The half that is loaded into, and where the kernel starts. */
const placeOf = ({ plan }: PlannedReboot): unknown => [plan.generation?.half, plan.stage.placement.entry];

describe('from one kernel to the next', () => {
  test.each([
    ['reserved', 'kexeckernel'],
    ['crash-region', 'crashkernel'],
  ] as const)('%s: halves alternate, and each kernel reserves the other one', async (strategy, parameter) => {
    const name = regionParameters[parameter].resource;
    let machine = new SimulatedMachine();
    const seen: unknown[] = [];
    const regions = new Set<unknown>();
    for (let turn = 0; turn < 5; turn++) {
      const { plan, ending } = await reboot(machine, { ...request, strategy, seed: turn });
      const { region, half = 'lower' } = plan.generation ?? { region: { start: 0n, end: 0n } };
      expect(ending.destinations.length).toBe(3);
      // The kernel is where the plan says, and its map has what its command line asks for.
      machine = machine.booted();
      const { memory, dtb, canReserve } = await machine.describe();
      const reserved = findByName(memory, name).map(({ start, end }) => ({ start, end }));
      const other = half === 'lower' ? 'upper' : 'lower';
      expect(reserved).toEqual([halfOf(region, other)]);
      expect(findByName(memory, 'Kernel code')[0]?.start).toBe(plan.stage.placement.entry);
      expect(getParameter(plan.cmdline, parameter)).toMatch(
        new RegExp(`@0x${halfOf(region, other).start.toString(16)}$`),
      );
      expect(findNode(parseFdt(dtb), '/chosen')?.properties.map(({ name }) => name)).toContain(
        regionParameters[parameter].note,
      );
      expect(canReserve).toBe(false);
      seen.push(plan.generation?.half);
      regions.add(`${region.start} ${region.end}`);
    }
    expect(seen).toEqual(['lower', 'upper', 'lower', 'upper', 'lower']);
    expect(regions.size).toBe(1);
  });

  test('a region that holds one image only is used as a whole, and the next kernel finds another', async () => {
    const first = new SimulatedMachine();
    const report = await reboot(first, { ...request, reserve: '6M' });
    expect(report.plan.generation).toMatchObject({ half: undefined, parameter: 'kexeckernel=6144K' });
    const { memory, dtb } = await first.booted().describe();
    const [again] = findByName(memory, 'Kexec kernel');
    const region = report.plan.generation?.region ?? { start: 0n, end: 0n };
    expect(again && rangesOverlap(again, region)).toBe(false);
    expect(again && again.end - again.start).toBe(region.end - region.start);
    expect(
      getProperty(findNode(parseFdt(dtb), '/chosen') ?? fail(), regionParameters.kexeckernel.note),
    ).toBeUndefined();
  });

  test('a kernel that was not loaded into the region is told nothing, and the region is whole to it', async () => {
    const first = new SimulatedMachine();
    const { plan } = await reboot(first, { ...request, cmdline: 'quiet kexeckernel=64M', strategy: 'mmu-on' });
    expect([plan.cmdline, plan.generation]).toEqual(['quiet kexeckernel=64M', undefined]);
    const next = await planReboot(request, await first.booted().describe());
    expect(next.plan.generation).toMatchObject({ half: 'lower' });
  });

  test('other parameters of the command line stay, crash memory of the CMA kind too', async () => {
    const cmdline = 'crashkernel=512M quiet crashkernel=64M,cma crashkernel=1G,high -- init';
    const { plan } = await planReboot(
      { ...request, cmdline, strategy: 'crash-region' },
      await new SimulatedMachine().describe(),
    );
    expect(plan.cmdline).toBe('quiet crashkernel=256M@0xefe00000 crashkernel=64M,cma -- init');
  });

  test('is part of the plan that is saved', async () => {
    const { plan } = await planReboot(request, await new SimulatedMachine().describe());
    expect(parsePlan(savePlan(plan))).toEqual(plan);
    const steps = operatorSteps(plan.wishes.strategy, plan.generation);
    expect(steps.at(0)).toEqual({ kind: 'load', into: 'lower' });
    expect(steps.at(-1)).toMatchObject({ kind: 'reserve', parameter: expect.stringContaining('kexeckernel=') });
  });
});

describe('an image that is registered', () => {
  const describeWith = async (registered?: PlannedReboot): Promise<Reality> => ({
    ...(await new SimulatedMachine().describe()),
    ...(registered && { registered: registered.plan.stage.placement.segments }),
  });

  test('is not touched by the next load, and boots when that has failed half-way', async () => {
    const first = await planReboot(request, await describeWith());
    const other = generateWorkload(300_000, 200_000, 9);
    const second = await planReboot({ ...request, ...other }, await describeWith(first));
    expect([first, second].map((each) => each.plan.generation?.half)).toEqual(['lower', 'upper']);
    const registered = { ...first, image: loadImage(first.plan.stage, first.contents) };
    const failed = loadImage(second.plan.stage, second.contents);
    // All that the second load writes into the region, up to a page that it fails at.
    const { start, end } = first.plan.generation?.region ?? fail();
    const pages = [...failed.pages()].filter(([pfn]) => pfnOf(start) <= pfn && pfn <= pfnOf(end)).slice(0, -3);
    expect(pages.length).toBeGreaterThan(100);
    for (const [pfn, bytes] of pages) registered.image.store(pfn, bytes.slice());
    const { destinations } = await runLoaded(new SimulatedMachine(), registered);
    expect(destinations.map(({ segment }) => segment)).toEqual(['kernel', 'initrd', 'dtb']);
  });

  test('and the running kernel in the other half leave no room', async () => {
    const first = new SimulatedMachine();
    await reboot(first, request);
    const running = await first.booted().describe();
    const second = await planReboot(request, running);
    expect(placeOf(second)).toEqual(['upper', halfOf(second.plan.generation?.region ?? fail(), 'upper').start]);
    const busy = { ...running, registered: second.plan.stage.placement.segments };
    const refused = await planReboot(request, busy).then(fail, (error: unknown) => error);
    expect(refused).toBeInstanceOf(RelocationError);
    expect(refused).toMatchObject({ code: 'EBUSY', hint: expect.stringContaining('unload it first') });
  });

  test.each([
    ['lies in both halves', undefined],
    ['lies in a region without halves', '3M'],
  ])('that %s leaves no room, and the proof agrees', async (_, reserve) => {
    const machine = new SimulatedMachine();
    const wish = { ...request, ...(reserve && { reserve }) };
    const free = await planReboot(wish, await machine.describe());
    const { region } = free.plan.generation ?? fail();
    const page = 0x1000n;
    const registered = [
      { name: 'kernel', mem: region.start, memsz: page, bufsz: page },
      { name: 'initrd', mem: region.end + 1n - page, memsz: page, bufsz: page },
    ];
    const reality = { ...(await machine.describe()), registered };
    await expect(planReboot(wish, reality)).rejects.toMatchObject({
      code: 'EBUSY',
      hint: expect.stringContaining('unload'),
    });
    const { stage } = free.plan;
    const { violations } = prove(stage, loadImage(stage, free.contents), free.contents, reality);
    expect(violations).toContainEqual(
      expect.objectContaining({ invariant: 'roles', detail: expect.stringContaining('registered image') }),
    );
  });

  test('of another place stands in nobody’s way', async () => {
    const elsewhere = await planReboot({ ...request, strategy: 'mmu-on' }, await describeWith());
    const { plan } = await planReboot(request, await describeWith(elsewhere));
    const [kernel] = elsewhere.plan.stage.placement.segments;
    expect(plan.generation?.half).toBe('lower');
    expect(kernel && segmentEnd(kernel)).toBeLessThan(plan.generation?.region.start ?? 0n);
  });
});

const fail = (): never => {
  throw new Error('it should not have come to this');
};
