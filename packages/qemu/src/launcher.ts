import { Assembler, x0 } from '@kexeckit/a64';
import type { EntryState } from '@kexeckit/reboot';
import { FIRMWARE_DTB_SIZE, RAM_BASE } from './options.ts';

/** Where the launcher lies: in memory that QEMU keeps for its own device tree, behind the tree. */
export const LAUNCHER: bigint = RAM_BASE + FIRMWARE_DTB_SIZE - 0x1000n;

/** SPSR_EL2: EL1 with its own stack pointer, everything masked. */
const TO_EL1 = 0x3c5n;

/**
 * What the old kernel does before its jump where that is more than a jump: it sets system registers, and goes down to EL1
 * where the machine starts at EL2. Undefined where QEMU can start in the stage itself.
 */
export function emitLauncher({ pc, exceptionLevel, startLevel, registers }: EntryState): Uint32Array | undefined {
  if (registers.length === 0 && exceptionLevel === startLevel) return undefined;
  const a = new Assembler();
  for (const [register] of registers) a.emit('ldr.literal', x0, register).emit('msr', register, x0);
  a.emit('isb').emit('ldr.literal', x0, 'pc');
  if (exceptionLevel === startLevel) a.emit('br', x0);
  else a.emit('msr', 'elr_el2', x0).emit('ldr.literal', x0, 'state').emit('msr', 'spsr_el2', x0).emit('eret');
  for (const [register, value] of registers) a.quad(register, value);
  return a.quad('pc', pc).quad('state', TO_EL1).words();
}
