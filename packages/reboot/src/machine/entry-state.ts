import type { StagePlan } from '@kexeckit/relocation';

/** System registers that whoever enters a stage has set before. */
export type EntryRegister = 'hcr_el2' | 'cptr_el2' | 'vbar_el2';

/** The state in which the old kernel jumps to a stage. Nothing else may be relied on: not a register, not a mask. */
export interface EntryState {
  /** Physical address of the first instruction. */
  readonly pc: bigint;
  readonly exceptionLevel: 1 | 2;
  /** The level that the machine itself starts at: 2 where EL2 has to be set up before EL1 is entered. */
  readonly startLevel: 1 | 2;
  /** Set at the start level, in this order. */
  readonly registers: readonly (readonly [register: EntryRegister, value: bigint])[];
}

/** HCR_EL2.RW: EL1 is AArch64. */
const RW = 1n << 31n;
/** HCR_EL2 of a host with VHE: E2H, RW, TGE. */
const HCR_VHE = (1n << 34n) | RW | (1n << 27n);
/** CPTR_EL2 as a kernel leaves it that was entered at EL2 and runs at EL1: nothing of EL1's traps there. */
const CPTR_EL2_OPEN = 0x33ffn;

/** How a stage is entered: the same on every machine. */
export function entryState({
  start,
  vectors,
  exceptionLevel,
  vhe,
}: Pick<StagePlan, 'start' | 'vectors' | 'exceptionLevel' | 'vhe'>): EntryState {
  if (vectors !== undefined) {
    return {
      pc: start,
      exceptionLevel: 1,
      startLevel: 2,
      registers: [
        ['hcr_el2', RW],
        ['cptr_el2', CPTR_EL2_OPEN],
        ['vbar_el2', vectors],
      ],
    };
  }
  return { pc: start, exceptionLevel, startLevel: exceptionLevel, registers: vhe ? [['hcr_el2', HCR_VHE]] : [] };
}
