import type { LoadedReboot } from '@kexeckit/reboot';
import { addressOf, CopyRuns, pfnOf } from '@kexeckit/relocation';
import { settled } from './agree.ts';
import { last, some } from './choose.ts';
import { inAgreement, type Sabotage } from './kinds.ts';
import { DESTINATION_ENTRY, DONE, entriesOf, quadsOf, SOURCE } from './memory.ts';
import { mixed, off1, off2, plain } from './setups.ts';
import { controlPages, inPlacePages, relocationOf, replan, stageOf, withStage } from './stage.ts';

/** One more copy at the end of the list, which the plan knows of. */
function copyToo(victim: LoadedReboot, source: number, destination: number): LoadedReboot {
  const words = quadsOf(victim, last(controlPages(victim, 'entry list')));
  const end = words.indexOf(DONE);
  words.set([addressOf(destination) | DESTINATION_ENTRY, addressOf(source) | SOURCE, DONE], end);
  const relocation = relocationOf(victim);
  const copies = CopyRuns.of([...relocation.copies, { source, destination, pages: 1 }]);
  return settled(withStage(victim, { ...relocation, copies }));
}

/** A page that nobody speaks of, next to one that is loaded. */
const freshPage = (victim: LoadedReboot): number => {
  let pfn = pfnOf(stageOf(victim).start) + 1;
  while (victim.image.page(pfn) !== undefined) pfn += 1;
  return pfn;
};

/** A copy of a page that is loaded for it, so that only its destination is wrong. */
function copyOwn(victim: LoadedReboot, destination: number): LoadedReboot {
  const source = freshPage(victim);
  victim.image.store(source, new Uint8Array(4096).fill(0x5a));
  const cleaned = { start: addressOf(source), end: addressOf(source + 1) - 1n };
  const { cleanAtLoad } = stageOf(victim);
  return copyToo(replan(victim, { cleanAtLoad: [...cleanAtLoad, cleaned] }), source, destination);
}

/** Copies: the list makes what the plan has, and the plan has too much. */
export const agreedCopySabotages: readonly Sabotage[] = [
  inAgreement({
    name: 'a page copied to where no segment lies, MMU off',
    on: [off1, off2],
    proof: 'copies',
    machine: ['refused'],
    qemu: 'misses',
    commit: (victim) => {
      const destination = pfnOf(last(stageOf(victim).placement.segments).mem) + 100;
      return copyOwn(victim, destination);
    },
  }),
  inAgreement({
    name: 'the routine copied over, MMU off',
    on: [off1, off2],
    proof: 'copies',
    machine: ['refused'],
    qemu: 'catches',
    commit: (victim) => copyOwn(victim, pfnOf(stageOf(victim).start)),
  }),
  inAgreement({
    name: 'the entry list copied over, MMU off',
    on: [off1],
    proof: 'copies',
    machine: ['refused'],
    qemu: 'catches',
    commit: (victim) => copyOwn(victim, some(controlPages(victim, 'entry list')[0], 'list')),
  }),
  inAgreement({
    name: 'a page that lies in place copied over',
    on: [mixed],
    proof: 'copies',
    machine: ['translation-fault'],
    qemu: 'catches',
    commit: (victim) => copyOwn(victim, some(inPlacePages(victim)[1], 'page in place')),
  }),
  inAgreement({
    name: 'a page copied twice, the second time from elsewhere',
    on: [off1, plain],
    proof: 'entry list',
    machine: ['refused'],
    qemu: 'catches',
    commit: (victim) => {
      const first = some([...relocationOf(victim).copies][0], 'copy');
      return copyOwn(victim, first.destination);
    },
  }),
  inAgreement({
    name: 'a page that is loaded, and nobody owns',
    on: [off1, plain],
    proof: 'loaded',
    machine: [],
    qemu: 'misses',
    commit: (victim) => {
      victim.image.store(freshPage(victim), new Uint8Array(4096).fill(1));
      return undefined;
    },
  }),
  inAgreement({
    name: 'an entry list that the plan and memory end too early',
    on: [off1, plain],
    proof: 'entry list',
    machine: ['contents'],
    qemu: 'catches',
    commit: (victim) => {
      const entries = entriesOf(victim, SOURCE);
      last(entries).set(DONE);
      const relocation = relocationOf(victim);
      const copies = CopyRuns.of([...relocation.copies].slice(0, -1));
      return settled(withStage(victim, { ...relocation, copies }));
    },
  }),
];
