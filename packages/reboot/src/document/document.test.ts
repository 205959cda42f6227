import { parseIomem, printIomem } from '@kexeckit/ioport';
import { strategies } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import type { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { RebootPlan } from '../plan/plan.ts';
import type { RebootRequest } from '../plan/request.ts';
import { proveReboot, reboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { stingrayIomem } from '../simulated/stingray.ts';
import { generateWorkload } from '../workload.ts';
import { diffPlans } from './compare.ts';
import { parsePlan, savePlan } from './document.ts';

const files = generateWorkload(200_000, 100_000, 3);
const request: RebootRequest = { ...files, cmdline: 'console=ttyS0', strategy: 'mmu-on', seed: 1 };

async function planOf(change: Partial<RebootRequest> = {}, machine = new SimulatedMachine()): Promise<RebootPlan> {
  return (await proveReboot(machine, { ...request, ...change })).plan;
}

async function refusalOf(work: Promise<unknown>): Promise<RebootError> {
  return await work.then(
    () => expect.unreachable('it was not refused'),
    (error: RebootError) => error,
  );
}

describe('a saved plan', () => {
  test.each(strategies)('of strategy $name is read back as it was, is proved again and runs', async ({ name }) => {
    const plan = await planOf({ strategy: name, breadcrumbs: true });
    const again = parsePlan(savePlan(plan));
    expect(again).toEqual(plan);
    expect(diffPlans(plan, again)).toEqual([]);
    expect((await proveReboot(new SimulatedMachine(), { plan: again, files })).proof.violations).toEqual([]);
    expect((await reboot(new SimulatedMachine(), { plan: again, files })).ending.destinations).toHaveLength(3);
  });

  test('does not mind white space', async () => {
    const text = savePlan(await planOf());
    expect(parsePlan(JSON.stringify(JSON.parse(text), null, 4))).toEqual(parsePlan(text));
  });
});

describe('what is wrong with a plan is named', () => {
  const text = planOf().then(savePlan);

  test('not JSON, not a plan, another version, a field that is not what it should be', async () => {
    const broken = (change: (plan: string) => string) => text.then((plan) => () => parsePlan(change(plan)));
    const wrong = { code: 'EINVAL', phase: phases.inputs };
    for (const other of ['{', '[]', 'null', '""'])
      expect(await broken(() => other)).toThrow(expect.objectContaining(wrong));
    expect(await broken((plan) => plan.replace('kexeckit-plan/2', 'kexeckit-plan/1'))).toThrow(/kexeckit-plan\/1/);
    expect(await broken((plan) => plan.replace(/"head": "0x/, '"head": "'))).toThrow(/stage.head: an address is a str/);
    expect(await broken((plan) => plan.replace('"strategy": "mmu-on"', '"strategy": "magic"'))).toThrow(/strategy/);
    expect(await broken((plan) => plan.replace(/"pfn": \d+/, '"pfn": -1'))).toThrow(/controlPages.0.pfn/);
  });

  test.each([
    ['an address', /"entry": "0x8/, '"entry": "0x9'],
    ['the command line', 'console=ttyS0', 'console=ttyS1'],
    ['a word of code', /"bytes": "./, '"bytes": "/'],
    ['a digest of an input', /"sha256": "./, '"sha256": "0'],
    ['the seal itself', /"seal": "..../, '"seal": "0000'],
  ] as const)('a hand-edited one: %s', async (_, pattern, replacement) => {
    const edited = (await text).replace(pattern, replacement);
    expect(edited).not.toBe(await text);
    expect(() => parsePlan(edited)).toThrow(expect.objectContaining({ code: 'EBADMSG', phase: phases.inputs }));
  });
});

describe('what has changed since a plan was made is named', () => {
  const run = async (machine: SimulatedMachine, change: Partial<typeof files> = {}): Promise<RebootError> =>
    refusalOf(reboot(machine, { plan: await planOf(), files: { ...files, ...change } }));

  test('another kernel, another initrd, none', async () => {
    const kernel = files.kernel.slice();
    kernel[100_000] = (kernel[100_000] ?? 0) ^ 1;
    expect(await run(new SimulatedMachine(), { kernel })).toMatchObject({
      code: 'ESTALE',
      phase: phases.inputs,
      message: expect.stringContaining('the kernel file changed'),
      changes: [{ path: 'kernel.sha256' }],
    });
    const other = await run(new SimulatedMachine(), { initrd: files.initrd.subarray(1) });
    expect(other.message).toContain('the initrd file changed');
    expect(other.changes).toContainEqual({ path: 'initrd.bytes', before: '100000', after: '99999' });
    const without = refusalOf(
      reboot(new SimulatedMachine(), { plan: await planOf(), files: { kernel: files.kernel } }),
    );
    expect((await without).message).toContain('the initrd file changed');
  });

  test('another memory map, level, number of CPUs, console, device tree', async () => {
    const larger = parseIomem(stingrayIomem.replace('a000000000-a3ffffffff', 'a000000000-a4ffffffff'));
    const machines = {
      'the memory map': new SimulatedMachine({ memory: larger, dtb: (await new SimulatedMachine().describe()).dtb }),
      'the exception level': new SimulatedMachine({ exceptionLevel: 1 }),
      VHE: new SimulatedMachine({ vhe: true }),
      'the number of CPUs, the device tree': new SimulatedMachine({ cpus: 4 }),
    };
    for (const [what, machine] of Object.entries(machines)) {
      const error = await run(machine);
      expect(error).toMatchObject({ code: 'ESTALE', phase: phases.describe });
      expect(error.message).toContain(`: ${what} changed`);
      expect(await machine.staged()).toBeUndefined();
    }
  });

  test('new seeds of the firmware are not a change', async () => {
    const machine = new SimulatedMachine();
    const { dtb, memory } = await machine.describe();
    expect(printIomem(memory)).toBe(stingrayIomem);
    const booted = new SimulatedMachine({ dtb: (await planOf()).dtb });
    const again = new SimulatedMachine({ dtb: (await planOf({ seed: 2 }, booted)).dtb });
    expect(dtb).not.toEqual((await booted.describe()).dtb);
    const plan = await planOf({}, booted);
    expect((await reboot(booted, { plan, files })).ending.kind).toBe('arrival');
    // Other seeds, and other places of what was loaded: only those count.
    const error = await refusalOf(reboot(again, { plan: await planOf({ seed: 1 }, machine), files }));
    expect(error.message).toContain('the device tree');
  });
});

describe('two plans', () => {
  test('differ in what was changed, by its path', async () => {
    const [one, other] = [await planOf(), await planOf({ cmdline: 'quiet' })];
    const changes = diffPlans(one, other);
    expect(changes).toContainEqual({ path: 'cmdline', before: 'console=ttyS0', after: 'quiet' });
    expect(changes.map(({ path }) => path.split('.')[0])).toEqual(expect.arrayContaining(['wishes', 'dtb', 'stage']));
    expect(diffPlans(other, one)).toHaveLength(changes.length);
  });

  test('of different kinds: what only one of them has stands alone', async () => {
    const changes = diffPlans(await planOf(), await planOf({ strategy: 'reserved' }));
    expect(changes).toContainEqual({ path: 'stage.kind', before: 'relocation', after: 'purgatory' });
    expect(changes.find(({ path }) => path === 'stage.head')).toMatchObject({ after: undefined });
    expect(changes.find(({ path }) => path === 'generation.parameter')).toMatchObject({
      after: expect.stringContaining('kexeckernel='),
    });
  });
});
