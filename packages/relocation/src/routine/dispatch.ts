import { Assembler } from '@kexeckit/a64';
import { registers } from './registers.ts';

/** Physical addresses of the routine for each state that a kernel may jump in. */
export interface Dispatch {
  readonly el1: bigint;
  readonly el2: bigint;
  /** EL2 with HCR_EL2.E2H set. */
  readonly vhe: bigint;
}

/** HCR_EL2.E2H. */
const E2H = 34;

/**
 * Emits what asks the CPU where it is, and goes on at the routine for that: whoever loads it need not know. It is entered as a
 * routine is, with nothing in the registers that it needs.
 */
export function emitDispatch({ el1, el2, vhe }: Dispatch): Uint32Array {
  const { scratch, next } = registers;
  const a = new Assembler();
  a.emit('msr.daifset', 0xf);
  // CurrentEL.EL is bits 3:2: EL1 is 1, EL2 is 2.
  a.emit('mrs', scratch, 'currentel').emit('tbz', scratch, 3, 'at-el1');
  a.emit('mrs', scratch, 'hcr_el2').emit('tbnz', scratch, E2H, 'with-vhe');
  a.emit('ldr.literal', next, 'el2').emit('br', next);
  a.label('with-vhe').emit('ldr.literal', next, 'vhe').emit('br', next);
  a.label('at-el1').emit('ldr.literal', next, 'el1').emit('br', next);
  a.quad('el1', el1).quad('el2', el2).quad('vhe', vhe);
  return a.words();
}
