import { readFileSync } from 'node:fs';
import { generateWorkload, planReboot, reboot, SimulatedMachine, savePlan } from '@kexeckit/reboot';
import { copiesOf } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import type { RebootInputs } from '../../desk/inputs.ts';
import { defaultWishes, readWishes, type WishTexts } from '../../desk/wishes.ts';
import { buffersOf, openMap, type RehearsedRun } from './compute.ts';
import { countPages, pagesIn, runOf, runsIn, runWith } from './model/page-set.ts';

const MIB = 2 ** 20;

function inputsOf(texts: Partial<WishTexts> = {}, board?: string): RebootInputs {
  const { wishes } = readWishes({ ...defaultWishes, kernelMib: '1', initrdMib: '1', ...texts });
  if (wishes === undefined) throw new TypeError('wishes are wrong');
  if (board === undefined) return { wishes, files: {} };
  const text = readFileSync(new URL(`../../desk/boards/${board}.txt`, import.meta.url), 'utf8');
  return { wishes, files: {}, map: { name: board, text } };
}

const request = { ...generateWorkload(MIB, MIB, 2019), cmdline: 'console=ttyS0', strategy: 'mmu-on', seed: 1 } as const;

/** The same plan, made without the lab. */
const planned = async () => await planReboot(request, await new SimulatedMachine().describe());

test('every page that a plan copies is on the map, and leads to where the plan takes it', async () => {
  const machine = await openMap(inputsOf());
  const { pages, problems, failure, proof } = await machine.plan({ strategy: 'mmu-on' });
  const { stage } = (await planned()).plan;
  expect(pagesIn(pages.sources)).toBe(copiesOf(stage).pages);
  for (const { source, destination, pages: size } of copiesOf(stage)) {
    expect(countPages(pages.sources, source, source + size)).toBe(size);
    const run = runWith(pages.sources, source);
    expect((run?.other ?? 0) + source - (run?.first ?? 0)).toBe(destination);
    const arrival = runWith(pages.arrivals, destination);
    expect((arrival?.other ?? 0) + destination - (arrival?.first ?? 0)).toBe(source);
  }
  for (const kind of ['entry list', 'table'] as const)
    expect(pagesIn(pages.own[kind])).toBe(stage.controlPages.filter(({ owner }) => owner === kind).length);
  expect([problems, failure]).toEqual([[], undefined]);
  expect(proof?.every(({ violations }) => violations === 0)).toBe(true);
});

test('what is handed over to the page is whole', async () => {
  const plan = await (await openMap(inputsOf())).plan({ strategy: 'mmu-on' });
  const before = runsIn(plan.pages.sources);
  const there = structuredClone(plan, { transfer: buffersOf(plan) });
  expect(runsIn(there.pages.sources)).toBe(before);
  expect(runOf(there.pages.sources, 0)?.pages).toBeGreaterThan(0);
});

test('a rehearsal counts what the road counts', async () => {
  const machine = await openMap(inputsOf());
  await machine.plan({ strategy: 'mmu-on' });
  const runs: RehearsedRun[] = [];
  await machine.rehearse(false, (run) => runs.push(run));
  const { rehearsal } = await reboot(new SimulatedMachine(), request, { rehearse: true });
  const counted = rehearsal?.runs[0]?.figures.find(({ name }) => name === 'instructions retired')?.value;
  expect(runs).toEqual([{ configuration: 'as the machine says', instructions: counted, problem: undefined }]);
});

test('a thorough rehearsal has every run that the road has, wrong bits too', async () => {
  const { wishes } = inputsOf();
  const machine = await openMap({ wishes: { ...wishes, kernelMib: 1 / 8, initrdMib: 1 / 8 }, files: {} });
  await machine.plan({ strategy: 'mmu-on' });
  const runs: RehearsedRun[] = [];
  await machine.rehearse(true, (run) => runs.push(run));
  const { rehearsal } = await reboot(
    new SimulatedMachine(),
    { ...request, ...generateWorkload(MIB / 8, MIB / 8, 2019) },
    { rehearse: 'thorough' },
  );
  const names = rehearsal?.runs.map(({ configuration }) => configuration);
  expect(names?.filter((name) => name.includes('wrong')).length).toBeGreaterThan(8);
  expect(runs.map(({ configuration }) => configuration)).toEqual(names);
  expect(runs.filter(({ problem }) => problem !== undefined)).toEqual([]);
});

test('a plan for another machine is refused, and what is wrong with it here has addresses', async () => {
  const saved = { name: 'plan.json', text: savePlan((await planned()).plan) };
  const machine = await openMap(inputsOf({}, 'raspberrypi_4b_4g'));
  const { failure, problems, proof, marks } = await machine.plan({ saved });
  expect(failure).toMatchObject({ code: 'ESTALE', message: expect.stringMatching(/the memory map/) });
  const roles = problems.filter(({ of }) => of === 'roles');
  expect(roles.length).toBeGreaterThan(0);
  const { stage } = (await planned()).plan;
  const touched = [
    ...copiesOf(stage),
    ...stage.controlPages.map(({ pfn }) => ({ source: pfn, destination: pfn, pages: 1 })),
  ];
  for (const { address = 0n } of roles) {
    const pfn = Number(address >> 12n);
    const holds = (first: number, pages: number): boolean => pfn >= first && pfn < first + pages;
    expect(touched.some((run) => holds(run.source, run.pages) || holds(run.destination, run.pages))).toBe(true);
  }
  expect(proof?.find(({ invariant }) => invariant === 'roles')?.violations).toBeGreaterThan(0);
  expect(marks.map(({ name }) => name)).toContain('kernel');
  const runs: RehearsedRun[] = [];
  await machine.rehearse(false, (run) => runs.push(run));
  // It cannot even begin: its first page is not there.
  expect(runs.map(({ problem }) => problem?.address)).toEqual([stage.start]);
});

test('its own machine takes a saved plan, and files that it was not made from are refused', async () => {
  const saved = { name: 'plan.json', text: savePlan((await planned()).plan) };
  const own = await (await openMap(inputsOf())).plan({ saved });
  expect([own.failure, own.problems]).toEqual([undefined, []]);
  const others = await (await openMap(inputsOf({ kernelMib: '2' }))).plan({ saved });
  expect(others).toMatchObject({ proof: undefined, failure: { code: 'ESTALE' } });
  expect(pagesIn(others.pages.sources)).toBeGreaterThan(0);
});
