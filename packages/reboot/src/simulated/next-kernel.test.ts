import { findByName, parseIomem, type Range } from '@kexeckit/ioport';
import { expect, test } from 'vitest';
import { parsePlan, savePlan } from '../document/document.ts';
import type { RebootPlan } from '../plan/plan.ts';
import { planReboot } from '../plan/plan.ts';
import { generateWorkload } from '../workload.ts';
import { SimulatedMachine } from './machine.ts';
import { nextKernelMap } from './next-kernel.ts';

const GIB = 1n << 30n;
const memory = parseIomem('40000000-ffffffff : System RAM\n100000000-33fffffff : System RAM\n');

async function planOf(cmdline: string): Promise<RebootPlan> {
  const { kernel, initrd } = generateWorkload(2 ** 20, 2 ** 19, 1);
  const machine = new SimulatedMachine({ memory });
  const request = { kernel, initrd, cmdline, strategy: 'mmu-on', seed: 1 } as const;
  return (await planReboot(request, await machine.describe())).plan;
}

const regions = (plan: RebootPlan, options?: Parameters<typeof nextKernelMap>[2]): Range[] =>
  findByName(nextKernelMap(memory, plan, options), 'Crash kernel').map(({ start, end }) => ({ start, end }));

test.each([
  // It gives up where the newer ones go above 4 GiB, and take low memory for that.
  ['6.1.0-50-arm64', 0],
  ['6.12.41', 2],
  ['7.3.4', 2],
  [undefined, 2],
])('crashkernel=4G on a next kernel of %s', async (release, count) => {
  expect(regions(await planOf('crashkernel=4G'), { release })).toHaveLength(count);
});

test('a next kernel of before ,high skips it', async () => {
  const plan = await planOf('crashkernel=256M,high');
  expect(regions(plan, { release: '5.10.0' })).toEqual([]);
  expect(regions(plan, { release: '6.1.0' })).toHaveLength(1);
});

test('devices that reach less move the region down', async () => {
  const plan = await planOf('crashkernel=256M');
  const [main] = regions(plan, { release: '6.12.0', lowLimit: 2n * GIB });
  expect(main?.end).toBeLessThan(2n * GIB);
  expect(regions(plan, { release: '6.12.0' })[0]?.end).toBeGreaterThan(3n * GIB);
});

/** A plan of the crash region for a kernel of this release, on a machine that may say another. */
async function planned(release: string | undefined, reserve = '4G', options: { osrelease?: string } = {}) {
  const kernel = new Uint8Array(generateWorkload(2 ** 20, 2 ** 19, 1).kernel);
  if (release !== undefined)
    kernel.set(new TextEncoder().encode(`Linux version ${release} (x@y)`), kernel.length - 100);
  const machine = new SimulatedMachine({ memory, ...options });
  const { plan } = await planReboot(
    { kernel, cmdline: '', strategy: 'crash-region', reserve, seed: 1 },
    await machine.describe(),
  );
  return plan;
}

test('what is reserved where no kernel has booted is by the rules of the one that is given', async () => {
  await expect(planned('6.1.0')).rejects.toMatchObject({
    code: 'ENOSPC',
    hint: expect.stringMatching(/4096M,high/),
    message: expect.not.stringMatching(/guess/),
  });
  await expect(planned('6.5.0')).rejects.toThrow(/Linux 6\.5 was not measured: the rules of 6\.1 are a guess/);
  expect((await planned('6.12.0')).generation?.region.start).toBeGreaterThanOrEqual(4n * GIB);
});

test.each([
  ['a release that was measured', '6.12.41-cloud-arm64', {}, []],
  [
    'one that was not',
    '6.5.0',
    {},
    [/^where the region is: Linux 6\.5 was not measured: the rules of 6\.1 are a guess$/],
  ],
  ["a vendor's", '6.1.0-a@b:c', {}, [/this Linux 6\.1 may hold other work .* guess$/]],
  ['none', undefined, {}, [/the kernel does not say its release: the rules of Linux 7\.3 are a guess$/]],
  ["a running kernel's that is no version", '6.1.0', { osrelease: 'banana' }, [/"banana" does not begin .* guess$/]],
  ["a running kernel's that is empty", '6.1.0', { osrelease: '' }, [/"" does not begin .* guess$/]],
])('a plan says whether its region is a guess: %s', async (_, release, options, notes) => {
  const plan = await planned(release, '256M', options);
  expect(plan.notes).toEqual(notes.map((note) => expect.stringMatching(note)));
  expect(parsePlan(savePlan(plan)).notes).toEqual(plan.notes);
});

test('a region that is there is no guess', async () => {
  const there = parseIomem('40000000-ffffffff : System RAM\n  50000000-5fffffff : Crash kernel\n');
  const machine = new SimulatedMachine({ memory: there });
  const { kernel } = generateWorkload(2 ** 20, 2 ** 19, 1);
  const { plan } = await planReboot(
    { kernel, cmdline: '', strategy: 'crash-region', seed: 1 },
    await machine.describe(),
  );
  expect(plan.notes).toEqual([]);
});
