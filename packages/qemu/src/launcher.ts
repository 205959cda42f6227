import { Assembler, x0, x1 } from '@kexeckit/a64';
import type { StagePlan } from '@kexeckit/relocation';
import { FIRMWARE_DTB_SIZE, RAM_BASE } from './options.ts';

/** Where the launcher lies: in memory that QEMU keeps for its own device tree, behind the tree. */
export const LAUNCHER: bigint = RAM_BASE + FIRMWARE_DTB_SIZE - 0x1000n;

/** HCR_EL2: E2H, RW and TGE, as the host of virtual machines has it; RW alone, as its stub leaves it for EL1. */
const HCR_VHE = (1n << 34n) | (1n << 31n) | (1n << 27n);
const HCR_RW = 1n << 31n;
/** SPSR_EL2: EL1 with its own stack pointer, everything masked. */
const TO_EL1 = 0x3c5n;

/**
 * What the old kernel does before the routine where that is more than a jump: with VHE, HCR_EL2 is set; for a soft
 * restart, EL2's vectors are set to the plan's, and EL1 is entered. Undefined where QEMU can start in the routine.
 */
export function emitLauncher(plan: StagePlan): Uint32Array | undefined {
  const a = new Assembler();
  if (plan.vectors !== undefined) {
    a.emit('ldr.literal', x0, 'vectors').emit('msr', 'vbar_el2', x0);
    a.emit('ldr.literal', x0, 'hcr').emit('msr', 'hcr_el2', x0);
    a.emit('ldr.literal', x0, 'state').emit('msr', 'spsr_el2', x0);
    a.emit('ldr.literal', x0, 'routine').emit('msr', 'elr_el2', x0).emit('isb').emit('eret');
    return a
      .quad('vectors', plan.vectors)
      .quad('hcr', HCR_RW)
      .quad('state', TO_EL1)
      .quad('routine', plan.start)
      .words();
  }
  if (!plan.vhe) return undefined;
  a.emit('ldr.literal', x0, 'hcr').emit('msr', 'hcr_el2', x0).emit('isb');
  a.emit('ldr.literal', x1, 'routine').emit('br', x1);
  return a.quad('hcr', HCR_VHE).quad('routine', plan.start).words();
}
