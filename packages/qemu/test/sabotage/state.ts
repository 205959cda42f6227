import { some } from './choose.ts';
import { inState, type Sabotage } from './kinds.ts';
import { PAGE } from './memory.ts';
import { on2, plain, soft, vhe } from './setups.ts';
import { replan, stageOf } from './stage.ts';

/** The state of the machine when the routine is entered. */
export const stateSabotages: readonly Sabotage[] = [
  inState({
    name: "EL2's routine entered at EL1",
    on: [on2, plain],
    machine: ['undefined-instruction'],
    world: () => ({ exceptionLevel: 1 }),
    commit: (victim) => replan(victim, { exceptionLevel: 1 }),
  }),
  inState({
    name: "VHE's routine entered without VHE",
    on: [vhe],
    machine: ['simd-trap'],
    world: () => ({ vhe: false }),
    commit: (victim) => replan(victim, { vhe: false }),
  }),
  inState({
    name: 'VBAR_EL2 not at the vectors',
    on: [soft],
    machine: ['stale-instruction'],
    commit: (victim) => replan(victim, { vectors: some(stageOf(victim).vectors, 'vectors') + PAGE }),
  }),
];
