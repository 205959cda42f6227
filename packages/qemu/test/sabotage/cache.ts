import { encode } from '@kexeckit/a64';
import { last, pick } from './choose.ts';
import { inRoutine, type Sabotage } from './kinds.ts';
import { crash, off1, off2, on1, on2, plain, reserved, reservedVerified, vhe } from './setups.ts';

/** The register of the routine that goes through a page line by line. */
const CURSOR = 13;

/** What the caches hold: cleaning, and the instruction cache. */
export const cacheSabotages: readonly Sabotage[] = [
  inRoutine({
    name: 'DC CIVAC left out, MMU on',
    breach: 'cache',
    on: [on1, on2, vhe, plain],
    machine: ['dirty lines'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('sys', 'dc civac')),
  }),
  inRoutine({
    name: 'DC CIVAC left out for one line in four',
    breach: 'cache',
    on: [plain],
    machine: ['dirty lines'],
    qemu: 'misses',
    patch: (routine, choose) => routine.blank([pick(routine.find('sys', 'dc civac').slice(0, 4), choose)]),
  }),
  inRoutine({
    name: 'DC CIVAC before the stores of its line',
    breach: 'cache',
    on: [plain],
    machine: ['dirty lines'],
    qemu: 'misses',
    patch: (routine, choose) => {
      const clean = pick(routine.find('sys', 'dc civac').slice(0, 4), choose);
      routine.move(clean, clean - 4);
    },
  }),
  inRoutine({
    name: 'DC CVAU for DC CIVAC: to the point of unification',
    breach: 'cache',
    on: [on1, on2],
    machine: ['dirty lines'],
    qemu: 'misses',
    patch: (routine) => routine.replace(routine.find('sys', 'dc civac'), encode('sys', 'dc cvau', CURSOR)),
  }),
  inRoutine({
    name: 'DC IVAC for DC CIVAC: the copy is dropped',
    breach: 'cache',
    on: [on1, plain],
    machine: ['contents'],
    qemu: 'misses',
    patch: (routine) => routine.replace(routine.find('sys', 'dc civac'), encode('sys', 'dc ivac', CURSOR)),
  }),
  inRoutine({
    name: 'DC ZVA for DC CIVAC: the copy is zeroed',
    on: [on1, plain],
    machine: ['dirty lines'],
    qemu: 'catches',
    patch: (routine) => routine.replace(routine.find('sys', 'dc civac'), encode('sys', 'dc zva', CURSOR)),
  }),
  inRoutine({
    name: 'DC CIVAC left out, MMU off: old lines stay',
    breach: 'cache',
    on: [off1, off2],
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('sys', 'dc civac')),
  }),
  inRoutine({
    name: 'DC CVAC for DC CIVAC, MMU off: old lines stay, clean',
    breach: 'cache',
    on: [off1, off2],
    machine: ['stale lines'],
    qemu: 'misses',
    patch: (routine) => routine.replace(routine.find('sys', 'dc civac'), encode('sys', 'dc cvac', CURSOR)),
  }),
  inRoutine({
    name: 'cache lines taken for twice as long, MMU off',
    breach: 'cache',
    on: [off1, off2],
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    patch: (routine) => routine.replace(routine.find('movz', 12, 4, 0), encode('movz', 12, 8, 0)),
  }),
  inRoutine({
    name: 'DSB left out behind the old lines, MMU off',
    breach: 'barrier',
    on: [off1, off2],
    machine: ['maintenance-without-dsb'],
    qemu: 'misses',
    patch: (routine) => routine.blank([routine.after(last(routine.find('sys', 'dc civac')), 'dsb')]),
  }),
  inRoutine({
    name: 'DSB left out between the last DC CIVAC and the jump',
    breach: 'barrier',
    on: [on1, on2, vhe, plain],
    machine: ['unfinished lines'],
    qemu: 'misses',
    patch: (routine) => {
      const clean = last(routine.find('sys', 'dc civac'));
      routine.blank(routine.find('dsb').filter((at) => at > clean));
    },
  }),
  inRoutine({
    name: 'IC IALLU left out before the tables',
    breach: 'cache',
    on: [on1, on2, vhe, reservedVerified],
    machine: ['stale-instruction'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('sys.bare', 'ic iallu').slice(0, 1)),
  }),
  inRoutine({
    name: 'IC IALLU left out before the jump',
    breach: 'cache',
    on: [off1, off2, reserved, crash],
    machine: ['old instructions'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('sys.bare', 'ic iallu')),
  }),
  inRoutine({
    name: 'DSB left out behind the last IC IALLU',
    breach: 'barrier',
    on: [off1, reserved, crash],
    machine: ['old instructions'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('dsb').slice(-1)),
  }),
  inRoutine({
    name: 'ISB left out behind the last IC IALLU',
    breach: 'barrier',
    on: [off2, reserved, crash],
    machine: ['old instructions'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('isb')),
  }),
];
