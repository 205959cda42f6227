import { Assembler } from '@kexeckit/a64';
import { registers } from './registers.ts';

/** Offset of the vector for exceptions from a lower level in AArch64 state (Arm ARM D1.3.1). */
const FROM_LOWER = 0x400;
const TABLE_SIZE = 0x800;

/** The EL2 vector table of a soft restart: an HVC from EL1 jumps to the next stage, everything else stops. */
export interface SoftRestartVectors {
  readonly words: Uint32Array;
  /** Byte offset of the jump. */
  readonly jumpOffset: number;
}

/**
 * Emits the vectors that answer the routine's HVC at EL2. They lie in a page of their own, because the old kernel's
 * stub may be overwritten by the copy; whoever enters the routine sets VBAR_EL2 to them first.
 */
export function emitVectors(): SoftRestartVectors {
  const a = new Assembler();
  for (let offset = 0; offset < TABLE_SIZE; offset += 4) {
    if (offset === FROM_LOWER) a.label('jump').emit('br', registers.next);
    else a.emit('b', 0);
  }
  return { words: a.words(), jumpOffset: a.offsetOf('jump') };
}
