import { encode } from '@kexeckit/a64';
import { addressOf, pfnOf } from '@kexeckit/relocation';
import { settled } from './agree.ts';
import { last, pick, some } from './choose.ts';
import { inAgreement, type Sabotage } from './kinds.ts';
import { PAGE, wordsOf } from './memory.ts';
import { Routine } from './routine.ts';
import { off1, on1, on2, plain, reserved, reservedVerified, soft } from './setups.ts';
import { controlPages, replan, stageOf } from './stage.ts';

/** Where the routine is said to begin, stop and jump, and what is cleaned. */
export const agreedRoutineSabotages: readonly Sabotage[] = [
  inAgreement({
    name: 'the routine entered at its second word',
    on: [on1, off1, reserved],
    proof: 'routine',
    machine: ['hand-over'],
    qemu: 'misses',
    commit: (victim) => replan(victim, { start: stageOf(victim).start + 4n }),
  }),
  inAgreement({
    name: 'the routine entered in the page behind it, where a copy of it is loaded',
    on: [plain, reserved],
    proof: 'routine',
    machine: ['stale-instruction'],
    qemu: 'catches',
    commit: (victim) => {
      const stage = stageOf(victim);
      const next = pfnOf(stage.start) + 1;
      const bytes = some(victim.image.page(pfnOf(stage.start)), 'routine').slice();
      victim.image.store(next, bytes);
      return replan(victim, { start: stage.start + PAGE, jump: stage.jump + PAGE });
    },
  }),
  inAgreement({
    name: 'the jump said to be an earlier word',
    on: [on1, off1, reserved],
    proof: 'routine',
    machine: ['hand-over'],
    qemu: 'catches',
    commit: (victim, choose) => replan(victim, { jump: stageOf(victim).jump - 4n * BigInt(1 + choose(3)) }),
  }),
  inAgreement({
    name: 'the place to stop said to be another',
    on: [on1, reservedVerified],
    proof: 'routine',
    machine: ['digest'],
    qemu: 'catches',
    commit: (victim) => replan(victim, { halt: some(stageOf(victim).halt, 'halt') - 8n }),
  }),
  inAgreement({
    name: 'a routine that goes on where a digest is wrong',
    on: [on1, on2],
    proof: 'routine',
    machine: [],
    qemu: 'misses',
    commit: (victim) => {
      const routine = new Routine(victim);
      routine.replace(routine.find('wfi'), encode('nop'));
      return settled(victim);
    },
  }),
  inAgreement({
    name: 'another register written, planned so',
    on: [on1, on2],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    commit: (victim) => {
      const routine = new Routine(victim);
      routine.replace([last(routine.find('isb'))], encode('msr', 'tpidr_el1', 15));
      return settled(victim);
    },
  }),
  inAgreement({
    name: 'vectors that answer more than the HVC',
    on: [soft],
    proof: 'routine',
    machine: [],
    qemu: 'misses',
    commit: (victim, choose) => {
      const words = wordsOf(victim, some(controlPages(victim, 'vectors')[0], 'vectors'));
      words[128 * choose(2) + choose(0x80)] = encode('br', 28);
      return settled(victim);
    },
  }),
  inAgreement({
    name: 'vectors that do not begin with their page',
    on: [soft],
    proof: 'routine',
    machine: ['hand-over'],
    qemu: 'catches',
    commit: (victim) => {
      const { vectors, jump } = stageOf(victim);
      return replan(victim, { vectors: some(vectors, 'vectors') + 0x800n, jump: jump + 0x800n });
    },
  }),
  inAgreement({
    name: 'ranges to clean that end within a page',
    on: [off1, reserved],
    proof: 'cleaned',
    machine: [],
    qemu: 'misses',
    commit: (victim) => {
      const halves = stageOf(victim).cleanAtLoad.flatMap(({ start, end }) => [
        { start, end: start + 0x7ffn },
        { start: start + 0x800n, end },
      ]);
      return replan(victim, { cleanAtLoad: halves });
    },
  }),
  inAgreement({
    name: 'cleaning that reaches beyond what was loaded',
    on: [on1, plain],
    proof: 'cleaned',
    machine: [],
    qemu: 'misses',
    commit: (victim) => {
      const { cleanAtLoad, start } = stageOf(victim);
      let pfn = pfnOf(start);
      while (victim.image.page(pfn) !== undefined) pfn += 1;
      return replan(victim, { cleanAtLoad: [...cleanAtLoad, { start: addressOf(pfn), end: addressOf(pfn + 1) - 1n }] });
    },
  }),
  inAgreement({
    name: 'a plan that speaks of more pages than were loaded',
    on: [on1, reserved],
    proof: 'numbers',
    machine: [],
    qemu: 'misses',
    commit: (victim) => {
      const { cleanAtLoad, placement } = stageOf(victim);
      const start = some(placement.ram.at(-1), 'RAM').start;
      return replan(victim, { cleanAtLoad: [...cleanAtLoad, { start, end: start + 0x1000_0000n - 1n }] });
    },
  }),
  inAgreement({
    name: 'two pages for the routine',
    on: [plain, reserved],
    proof: 'routine',
    machine: [],
    qemu: 'misses',
    commit: (victim, choose) => {
      const { controlPages: pages } = stageOf(victim);
      const routine = some(pages[0], 'routine');
      const free = [1, 2, 3, 4, 5]
        .map((step) => routine.pfn + step)
        .filter((pfn) => victim.image.page(pfn) === undefined);
      const pfn = pick(free, choose);
      victim.image.store(pfn, routine.bytes);
      return replan(victim, { controlPages: [...pages, { ...routine, pfn }] });
    },
  }),
];
