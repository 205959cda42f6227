import { encode } from '@kexeckit/a64';
import { last, pick, some } from './choose.ts';
import { inRoutine, type Sabotage } from './kinds.ts';
import { contentPage, flip } from './memory.ts';
import {
  crash,
  crumbs,
  mixedVerified,
  off1,
  off2,
  on1,
  on2,
  plain,
  reserved,
  reservedVerified,
  soft,
} from './setups.ts';
import { relocationOf, stageOf } from './stage.ts';

/** Registers of the routine: where it copies to, and what must be zero where a digest is right. */
const [DESTINATION, DIFFERENCE] = [9, 6];

/** Other words of the routine: what it hands over, copies and compares. */
export const routineSabotages: readonly Sabotage[] = [
  inRoutine({
    name: 'interrupts not masked',
    on: [on1, off1, reserved],
    machine: ['hand-over'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('msr.daifset')),
  }),
  inRoutine({
    name: 'x1, x2 or x3 not zero at the jump',
    on: [on1, off1, reserved, soft],
    machine: ['hand-over'],
    qemu: 'catches',
    patch: (routine, choose) => {
      const register = 1 + choose(3);
      routine.replace(routine.find('movz', register, 0, 0), encode('movz', register, 1 + choose(0xffff), 0));
    },
  }),
  inRoutine({
    name: 'x1, x2 or x3 left as they were',
    on: [reserved, crash],
    machine: ['hand-over'],
    patch: (routine, choose) => routine.blank(routine.find('movz', 1 + choose(3), 0, 0)),
  }),
  inRoutine({
    name: 'device tree in another register than x0',
    on: [on2, off2, reserved],
    machine: ['hand-over'],
    qemu: 'catches',
    patch: (routine, choose) => {
      const load = last(routine.find('ldr.literal', 0));
      routine.replace([load], encode('ldr.literal', 4 + choose(4), Number(routine.at(load).operands[1])));
    },
  }),
  inRoutine({
    name: 'device tree off by 8 bytes or a page',
    on: [on2, crash],
    machine: ['hand-over'],
    patch: (routine, choose, victim) => {
      const { dtb } = stageOf(victim).placement;
      routine.literal(dtb, dtb + (choose(2) === 0 ? 8n : 0x1000n));
    },
  }),
  inRoutine({
    name: 'entry off by one instruction or page',
    on: [on1, off1, soft],
    machine: ['hand-over'],
    patch: (routine, choose, victim) => {
      const { entry } = stageOf(victim).placement;
      routine.literal(entry, entry + (choose(2) === 0 ? 4n : 0x1000n));
    },
  }),
  inRoutine({
    name: 'BR for HVC: handed over at EL1',
    on: [soft],
    machine: ['undefined-instruction'],
    patch: (routine) => routine.replace(routine.find('hvc'), encode('br', 28)),
  }),
  inRoutine({
    name: 'destination does not advance',
    on: [on1, plain, off1],
    machine: ['dirty lines'],
    qemu: 'catches',
    patch: (routine) => routine.blank(routine.find('add.imm12', DESTINATION, DESTINATION)),
  }),
  inRoutine({
    name: 'a pair of words copied twice',
    on: [on1, plain, off1],
    machine: ['digest', 'contents'],
    qemu: 'catches',
    patch: (routine, choose) => {
      const loads = routine.find('ldp').filter((at) => Number(routine.at(at).operands[2]) === 8);
      const load = pick(loads.slice(0, 3), choose);
      const [first, second, base, offset] = routine.at(load).operands.map(Number);
      routine.replace([load], encode('ldp', first ?? 0, second ?? 0, base ?? 0, (offset ?? 0) - 16));
    },
  }),
  inRoutine({
    name: 'a page copied only in part',
    on: [on1, plain],
    machine: ['digest', 'dirty lines'],
    patch: (routine) => routine.blank(routine.find('b.cond', 'cc').slice(0, 1)),
  }),
  inRoutine({
    name: 'checksum not compared, over a flipped bit',
    on: [on1, on2, reservedVerified, mixedVerified],
    machine: ['contents'],
    qemu: 'catches',
    patch: (routine, choose, victim) => {
      routine.blank(routine.find('cbnz', DIFFERENCE));
      flip(contentPage(victim, choose), choose);
    },
  }),
  inRoutine({
    name: 'SIMD left trapped before SHA-256',
    on: [on1],
    machine: ['simd-trap'],
    qemu: 'catches',
    patch: (routine) => routine.blank(routine.find('msr', 'cpacr_el1')),
  }),
  inRoutine({
    name: 'console of the breadcrumbs off by one page',
    on: [crumbs],
    machine: ['external-abort'],
    patch: (routine, _, victim) => {
      const { uart } = some(stageOf(victim).breadcrumbs, 'breadcrumbs');
      routine.literal(uart, uart + 0x1000n);
    },
  }),
  inRoutine({
    name: 'head of the list off by one page',
    on: [on1, off1],
    machine: ['translation-fault', 'address-size-fault', 'dirty lines'],
    patch: (routine, choose, victim) => {
      const { head } = relocationOf(victim);
      routine.literal(head, head + (choose(2) === 0 ? 0x1000n : -0x1000n));
    },
  }),
];
