import { addressOf } from '@kexeckit/relocation';
import { last, pick, some } from './choose.ts';
import { inMemory, type Sabotage } from './kinds.ts';
import { DESTINATION_ENTRY, DONE, entriesOf, INDIRECTION, PAGE, SOURCE } from './memory.ts';
import { off1, off2, on1, plain } from './setups.ts';
import { controlPages } from './stage.ts';

/** Bits of a source word: how many pages follow the one that it names, and one of them. */
const RUN_LENGTH = 0xff0n;
const RUN_STEP = 0x10n;

/** The entry list. */
export const listSabotages: readonly Sabotage[] = [
  inMemory({
    name: 'swapped entries',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['digest', 'contents'],
    qemu: 'catches',
    change: (victim, choose) => {
      const entries = entriesOf(victim, SOURCE);
      const one = choose(entries.length);
      const [a, b] = [entries[one], entries[(one + 1 + choose(entries.length - 1)) % entries.length]];
      const [first, second] = [some(a, 'entry').get(), some(b, 'entry').get()];
      a?.set(second);
      b?.set(first);
    },
  }),
  inMemory({
    name: 'source off by one page',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['digest', 'contents'],
    qemu: 'catches',
    change: (victim, choose) => {
      const entry = pick(entriesOf(victim, SOURCE), choose);
      entry.set(entry.get() + (choose(2) === 0 ? PAGE : -PAGE));
    },
  }),
  inMemory({
    name: 'run one page too short',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['digest', 'dirty lines'],
    qemu: 'catches',
    change: (victim, choose) => {
      const runs = entriesOf(victim, SOURCE).filter((entry) => (entry.get() & RUN_LENGTH) !== 0n);
      const entry = pick(runs, choose);
      entry.set(entry.get() - RUN_STEP);
    },
  }),
  inMemory({
    name: 'last run one page too long',
    on: [on1, plain],
    proof: 'entry list',
    machine: ['translation-fault'],
    change: (victim) => {
      const entry = last(entriesOf(victim, SOURCE));
      entry.set(entry.get() + RUN_STEP);
    },
  }),
  inMemory({
    name: 'destination off by one page',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['translation-fault', 'dirty lines', 'contents'],
    change: (victim, choose) => {
      const entry = pick(entriesOf(victim, DESTINATION_ENTRY), choose);
      entry.set(entry.get() + (choose(2) === 0 ? PAGE : -PAGE));
    },
  }),
  inMemory({
    name: 'two destinations share a source',
    on: [on1, plain, off2],
    proof: 'entry list',
    machine: ['translation-fault', 'digest', 'contents', 'dirty lines'],
    change: (victim, choose) => {
      const entries = entriesOf(victim, SOURCE);
      const at = choose(entries.length - 1);
      entries[at + 1]?.set(some(entries[at], 'entry').get());
    },
  }),
  inMemory({
    name: 'list ends early',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['digest', 'dirty lines'],
    qemu: 'catches',
    change: (victim, choose) => pick(entriesOf(victim, SOURCE), choose).set(DONE),
  }),
  inMemory({
    name: 'list does not end',
    on: [on1, off1],
    proof: 'entry list',
    machine: ['never ends'],
    change: (victim) => {
      const done = last(entriesOf(victim, DONE));
      done.set(addressOf(some(controlPages(victim, 'entry list')[0], 'list')) | INDIRECTION);
    },
  }),
  inMemory({
    name: 'entry of no known kind',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['permission-fault', 'dirty lines'],
    change: (victim, choose) => {
      const entry = pick(entriesOf(victim, SOURCE), choose);
      entry.set(entry.get() & ~0xfffn);
    },
  }),
];
