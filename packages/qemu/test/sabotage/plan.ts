import type { LoadedReboot } from '@kexeckit/reboot';
import { addressOf, CopyRuns, pfnOf } from '@kexeckit/relocation';
import { last, pick, some } from './choose.ts';
import { inPlan, type Sabotage } from './kinds.ts';
import { bytesOf, descriptorsOf, entriesOf, INDIRECTION, OUTPUT, PAGE, SOURCE } from './memory.ts';
import { Routine } from './routine.ts';
import { crash, mixed, mixedVerified, off1, off2, on1, plain, reserved, reservedVerified, soft } from './setups.ts';
import { controlPages, inPlacePages, pageCopies, relocationOf, replace, replan, stageOf, withStage } from './stage.ts';

/** Moves a control page: its content stands at another place, and the plan knows. */
function moveControlPage(victim: LoadedReboot, from: number, to: number): LoadedReboot {
  const bytes = bytesOf(victim, from).slice();
  victim.image.store(to, bytes);
  const controlPages = stageOf(victim).controlPages.map((page) =>
    page.pfn === from ? { ...page, pfn: to, bytes } : page,
  );
  return replan(victim, { controlPages });
}

/** Takes these pages out of what the loader cleans. */
function uncleaned(victim: LoadedReboot, pages: readonly number[]): LoadedReboot {
  const left = new Set(pages);
  const cleanAtLoad = stageOf(victim).cleanAtLoad.flatMap(({ start, end }) => {
    const count = pfnOf(end) - pfnOf(start) + 1;
    return Array.from({ length: count }, (_, page) => pfnOf(start) + page)
      .filter((pfn) => !left.has(pfn))
      .map((pfn) => ({ start: addressOf(pfn), end: addressOf(pfn + 1) - 1n }));
  });
  return replan(victim, { cleanAtLoad });
}

/** The plan: what is cleaned, and where things lie. */
export const planSabotages: readonly Sabotage[] = [
  inPlan({
    name: 'routine not cleaned at load',
    breach: 'cache',
    on: [on1, off1, reserved],
    proof: 'cleaned',
    machine: ['stale-instruction'],
    qemu: 'misses',
    commit: (victim) => uncleaned(victim, [pfnOf(stageOf(victim).start)]),
  }),
  inPlan({
    name: 'vectors not cleaned at load',
    breach: 'cache',
    on: [soft],
    proof: 'cleaned',
    machine: ['stale-instruction'],
    commit: (victim) => uncleaned(victim, controlPages(victim, 'vectors')),
  }),
  inPlan({
    name: 'in-place segment not cleaned',
    breach: 'cache',
    on: [reserved, reservedVerified, crash],
    proof: 'cleaned',
    machine: ['dirty lines'],
    qemu: 'misses',
    commit: (victim) => uncleaned(victim, inPlacePages(victim)),
  }),
  inPlan({
    name: 'one page of an in-place segment not cleaned',
    breach: 'cache',
    on: [reserved, reservedVerified],
    proof: 'cleaned',
    machine: ['dirty lines'],
    commit: (victim, choose) => uncleaned(victim, [pick(inPlacePages(victim), choose)]),
  }),
  inPlan({
    name: 'in-place segment of a mixed plan not cleaned',
    breach: 'cache',
    on: [mixed, mixedVerified],
    proof: 'cleaned',
    machine: ['dirty lines'],
    commit: (victim) => uncleaned(victim, inPlacePages(victim)),
  }),
  inPlan({
    name: 'entry list not cleaned, MMU off',
    breach: 'cache',
    on: [off1, off2],
    proof: 'cleaned',
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    commit: (victim, choose) => uncleaned(victim, [pick(controlPages(victim, 'entry list'), choose)]),
  }),
  inPlan({
    name: 'source not cleaned, MMU off',
    breach: 'cache',
    on: [off1, off2],
    proof: 'cleaned',
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    commit: (victim, choose) => uncleaned(victim, [pick(pageCopies(victim), choose).source]),
  }),
  inPlan({
    name: 'table page inside a destination',
    on: [on1, plain],
    proof: 'control pages',
    machine: ['stale-tlb'],
    commit: (victim) => {
      // The table that maps the routine moves to the last page that is copied.
      const entry = some(descriptorsOf(victim, pfnOf(stageOf(victim).start)).at(-2), 'table entry');
      const from = Number((entry.get() & OUTPUT) >> 12n);
      const to = last(pageCopies(victim)).destination;
      const moved = moveControlPage(victim, from, to);
      entry.set((entry.get() & ~OUTPUT) | addressOf(to));
      return moved;
    },
  }),
  inPlan({
    name: 'entry list inside a destination',
    on: [plain, off1],
    proof: 'control pages',
    machine: ['translation-fault', 'dirty-line-bypassed'],
    commit: (victim) => {
      const from = some(controlPages(victim, 'entry list')[0], 'list');
      const to = some(pageCopies(victim)[0], 'copy').destination;
      const head = addressOf(to) | INDIRECTION;
      new Routine(victim).literal(relocationOf(victim).head, head);
      const moved = moveControlPage(victim, from, to);
      return withStage(moved, { ...relocationOf(moved), head });
    },
  }),
  inPlan({
    name: 'source inside a destination that is copied first',
    on: [on1, plain, off1],
    proof: 'sources',
    machine: ['digest', 'contents'],
    commit: (victim, choose) => {
      const relocation = relocationOf(victim);
      const runs = [...relocation.copies];
      const moved = pick(runs.slice(1), choose);
      const to = some(runs[0], 'copy').destination;
      for (let page = 0; page < moved.pages; page++)
        victim.image.store(to + page, bytesOf(victim, moved.source + page).slice());
      const entry = entriesOf(victim, SOURCE).find((word) => word.get() >> 12n === BigInt(moved.source));
      const word = some(entry, 'entry');
      word.set(word.get() + addressOf(to) - addressOf(moved.source));
      const copies = runs.map((run) => (run === moved ? { ...run, source: to } : run));
      return withStage(victim, { ...relocation, copies: CopyRuns.of(copies) });
    },
  }),
  inPlan({
    name: 'device tree where no segment starts',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: ['hand-over'],
    commit: (victim) => replace(victim, { dtb: stageOf(victim).placement.dtb + PAGE }),
  }),
];
