import { encode, x13 } from '@kexeckit/a64';
import { parseIomem } from '@kexeckit/ioport';
import { copiesOf, loadImage, prove, strategies } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { RebootError } from '../error.ts';
import type { LoadedReboot } from '../machine/machine.ts';
import { figureOf } from '../machine/report.ts';
import { phases } from '../phases.ts';
import { planReboot } from '../plan/plan.ts';
import type { RebootRequest } from '../plan/request.ts';
import { reboot } from '../road/reboot.ts';
import { runLoaded } from '../testing/run-loaded.ts';
import { totalSeconds } from '../timeline.ts';
import type { RebootEvent } from '../watch.ts';
import { generateWorkload } from '../workload.ts';
import { SimulatedMachine } from './machine.ts';

const workload = generateWorkload(600_000, 300_001, 1);
const request: RebootRequest = { ...workload, cmdline: 'console=ttyS0', strategy: 'mmu-on', seed: 1 };

/** A plan that is loaded, for tests that break it before it runs. */
async function loaded(machine: SimulatedMachine, change: Partial<RebootRequest> = {}): Promise<LoadedReboot> {
  const { plan, contents } = await planReboot({ ...request, ...change }, await machine.describe());
  return { plan, contents, image: loadImage(plan.stage, contents) };
}

/** Replaces a word of the loaded routine wherever it stands; the proof is not asked. */
function patch({ plan, image }: LoadedReboot, from: number, to: number): void {
  const words = new Uint32Array(image.writable(Number(plan.stage.start >> 12n)).buffer);
  const before = words.filter((word) => word === from).length;
  expect(before).toBeGreaterThan(0);
  words.forEach((word, at) => {
    if (word === from) words[at] = to;
  });
}

const nop = encode('nop');

describe('every strategy at every level', () => {
  const cases = strategies.flatMap(({ name }) => [[name, 1] as const, [name, 2] as const]);

  test.each(cases)('%s at EL%i ends with the right bytes', async (strategy, exceptionLevel) => {
    const report = await reboot(new SimulatedMachine({ exceptionLevel }), { ...request, strategy });
    expect(report.ending.destinations.map(({ segment }) => segment)).toEqual(['kernel', 'initrd', 'dtb']);
    expect(report.proof.violations).toEqual([]);
    expect(totalSeconds(report.ending.timeline)).toBeGreaterThan(0.3);
  });

  test('all end with the same bytes', async () => {
    const digests = await Promise.all(
      strategies.map(async ({ name }) => {
        const { ending } = await reboot(new SimulatedMachine(), { ...request, strategy: name });
        return ending.destinations.filter(({ segment }) => segment !== 'dtb').map(({ sha256 }) => sha256);
      }),
    );
    for (const other of digests.slice(1)) expect(other).toEqual(digests[0]);
  });

  test('mmu-on beats mmu-off tenfold, and in place nothing is left to do', async () => {
    const seconds = await Promise.all(
      strategies.map(async ({ name }) => {
        const { ending } = await reboot(new SimulatedMachine(), { ...request, strategy: name });
        return ending.timeline.phases.find(({ phase }) => phase === 'relocation')?.seconds ?? 0;
      }),
    );
    const [off = 0, kernel = 0, on = 0, reserved = 0, crash = 0] = seconds;
    expect(off / on).toBeGreaterThan(10);
    expect(off / kernel).toBeGreaterThan(10);
    expect(Math.max(reserved, crash)).toBeLessThan(1e-5);
  });
});

describe('other ways to enter and leave', () => {
  test.each([
    ['VHE', { exceptionLevel: 2, vhe: true }],
    ['EL1, handing over at EL2', { exceptionLevel: 1, softRestart: true }],
  ] as const)('%s ends with the right bytes, under an adversary too', async (_, options) => {
    for (const adversary of [undefined, 1, 2]) {
      const machine = new SimulatedMachine({ ...options, ...(adversary !== undefined && { adversary }) });
      for (const { name } of strategies) {
        const report = await reboot(machine, { ...request, strategy: name });
        expect(report.proof.violations).toEqual([]);
        expect(report.ending.destinations).toHaveLength(3);
      }
    }
  });

  test('breadcrumbs tell each stage on the console', async () => {
    const report = await reboot(new SimulatedMachine(), { ...request, breadcrumbs: true });
    expect(report.ending.breadcrumbs).toBe('kmvoj');
    const without = await reboot(new SimulatedMachine(), { ...request, strategy: 'mmu-off', breadcrumbs: true });
    expect(without.ending.breadcrumbs).toBe('kj');
  });

  test.each([
    ['where a board with RAM from 0 has it elsewhere', '00000000-3fffffff : System RAM\n', 0x4000_0000n],
    [
      'behind what firmware keeps beside RAM',
      '08000000-0fffffff : System RAM\n10000000-1000ffff : reserved\n40000000-4fffffff : System RAM\n',
      0x1001_0000n,
    ],
    ['where a map names a device', '09000000-09000fff : pl011@9000000\n40000000-5fffffff : System RAM\n', 0x900_0000n],
  ])('breadcrumbs go to a console that is not in RAM, %s', async (_, iomem, address) => {
    const machine = new SimulatedMachine({ memory: parseIomem(iomem) });
    expect((await machine.describe()).console).toEqual({ kind: 'pl011', address });
    const report = await reboot(machine, { ...request, breadcrumbs: true });
    expect(report.proof.violations).toEqual([]);
    expect(report.ending.breadcrumbs).toBe('kmvoj');
  });

  test('there is no console where there is only RAM', async () => {
    const machine = new SimulatedMachine({ memory: parseIomem('00000000-fffffffffffff : System RAM\n') });
    expect((await machine.describe()).console).toBeUndefined();
    await expect(reboot(machine, { ...request, breadcrumbs: true })).rejects.toThrow(/no PL011 console/);
  });

  test('nor where RAM goes to the end of 64 bits', async () => {
    const machine = new SimulatedMachine({ memory: parseIomem('00001000-ffffffffffffffff : System RAM\n') });
    expect((await machine.describe()).console).toBeUndefined();
  });

  test('the checksum takes milliseconds, and is left out where it is not wanted', async () => {
    const phase = async (change: Partial<RebootRequest>) =>
      (await reboot(new SimulatedMachine(), { ...request, ...change })).ending.timeline.phases.find(
        ({ phase: name }) => name === 'checksum',
      );
    expect(await phase({})).toMatchObject({ basis: 'modelled' });
    expect((await phase({}))?.seconds).toBeLessThan(0.01);
    expect(await phase({ verify: false })).toMatchObject({ basis: 'skipped' });
    await expect(phase({ strategy: 'mmu-off', verify: true })).rejects.toThrow(/cannot verify/);
  });

  test('a page that changed after the proof stops the routine before its jump', async () => {
    for (const strategy of ['mmu-on', 'reserved'] as const) {
      const machine = new SimulatedMachine();
      const made = await loaded(machine, { strategy, breadcrumbs: true });
      const initrd = made.plan.stage.placement.segments.find(({ name }) => name === 'initrd');
      const first = Number((initrd?.mem ?? 0n) >> 12n);
      const copied = [...copiesOf(made.plan.stage)].find(
        ({ destination, pages }) => first >= destination && first < destination + pages,
      );
      const page = made.image.writable(copied === undefined ? first : copied.source + first - copied.destination);
      if (page) page[17] = (page[17] ?? 0) ^ 4;
      await expect(runLoaded(machine, made)).rejects.toMatchObject({
        code: 'EIO',
        console: [expect.stringContaining('!b')],
      });
    }
  });
});

describe('after load', () => {
  test('the run asks for no page: every frame it touches is in the plan', async () => {
    const machine = new SimulatedMachine();
    const made = await loaded(machine);
    const { stage } = made.plan;
    const owned = new Set(stage.controlPages.map(({ pfn }) => pfn));
    for (const { source, destination, pages } of copiesOf(stage)) {
      for (let page = 0; page < pages; page++) owned.add(source + page).add(destination + page);
    }
    const report = await runLoaded(machine, made);
    expect(figureOf(report, 'frames touched')).toBe(owned.size);
  });
});

describe('the strict machine refuses what real hardware punishes', () => {
  const civac = encode('sys', 'dc civac', x13);

  test('copies that are not cleaned to the point of coherency', async () => {
    const machine = new SimulatedMachine();
    const made = await loaded(machine);
    patch(made, civac, nop);
    await expect(runLoaded(machine, made)).rejects.toThrow(/dirty cache lines at the jump/);
  });

  test('copies that are invalidated instead of cleaned: what hung a ThunderX2', async () => {
    const machine = new SimulatedMachine();
    const made = await loaded(machine);
    patch(made, civac, encode('sys', 'dc ivac', x13));
    await expect(runLoaded(machine, made)).rejects.toThrow(/differs at/);
    const unverified = await loaded(machine, { verify: false });
    patch(unverified, civac, encode('sys', 'dc ivac', x13));
    await expect(runLoaded(machine, unverified)).rejects.toThrow(/differs at/);
  });

  test('old dirty lines under a copy that goes past the cache', async () => {
    const machine = new SimulatedMachine();
    const made = await loaded(machine, { strategy: 'mmu-off' });
    patch(made, civac, nop);
    await expect(runLoaded(machine, made)).rejects.toThrow(/dirty-line-bypassed/);
  });

  test('old TLB entries', async () => {
    const machine = new SimulatedMachine({ exceptionLevel: 1 });
    const made = await loaded(machine);
    patch(made, encode('sys.bare', 'tlbi vmalle1'), nop);
    await expect(runLoaded(machine, made)).rejects.toThrow(RebootError);
  });

  test('in-place segments that nobody cleaned', async () => {
    const machine = new SimulatedMachine();
    const made = await loaded(machine, { strategy: 'reserved' });
    const stage = { ...made.plan.stage, cleanAtLoad: made.plan.stage.cleanAtLoad.slice(0, 1) };
    await expect(runLoaded(machine, { ...made, plan: { ...made.plan, stage } })).rejects.toThrow(/dirty cache lines/);
  });

  test('the MMU left on, interrupts left unmasked', async () => {
    const machine = new SimulatedMachine({ exceptionLevel: 2 });
    const on = await loaded(machine);
    patch(on, encode('msr', 'sctlr_el2', 15), nop);
    await expect(runLoaded(machine, on)).rejects.toThrow(/MMU or the data cache is still on/);
  });

  test('a routine that does not end', async () => {
    const machine = new SimulatedMachine();
    const made = await loaded(machine, { strategy: 'reserved' });
    patch(made, encode('msr.daifset', 0xf), encode('b', 0));
    await expect(runLoaded(machine, made)).rejects.toMatchObject({ code: 'ETIMEDOUT', phase: phases.relocation });
  });
});

describe('the gate', () => {
  test('a plan with a violation never runs', async () => {
    const machine = new SimulatedMachine();
    const made = await loaded(machine);
    made.image.writable(copiesOf(made.plan.stage).at(0)?.source ?? -1).set([1, 2, 3, 4, 5]);
    const { violations } = prove(made.plan.stage, made.image, made.contents, await machine.describe());
    expect(violations[0]?.invariant).toBe('content');
  });

  test('events come in the order of the road, and cancelling stops it', async () => {
    const steps: string[] = [];
    const note = (event: RebootEvent): void => {
      if (event.type === 'phase') steps.push(event.phase);
    };
    await reboot(new SimulatedMachine(), request, { onEvent: note });
    expect(steps).toEqual(['inputs', 'describe', 'plan', 'load', 'prove', 'stage', 'quiesce', 'relocation']);
    const cancelled = reboot(new SimulatedMachine(), request, { signal: AbortSignal.abort('no more') });
    await expect(cancelled).rejects.toMatchObject({ code: 'ECANCELED', phase: phases.inputs });
  });

  test('cancelling while the machine runs ends the run', async () => {
    const stop = new AbortController();
    const running = reboot(
      new SimulatedMachine(),
      { ...request, ...generateWorkload(16 << 20, 300, 1) },
      {
        signal: stop.signal,
        onEvent: (event) => event.type === 'progress' && stop.abort('enough'),
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'ECANCELED', phase: phases.relocation });
  });
});
