import type { Decoded } from '@kexeckit/a64';
import type { Core, Op } from '../core.ts';
import { arithmetic } from './arithmetic.ts';
import { atomics } from './atomic.ts';
import { bitfields } from './bitfield.ts';
import { bits } from './bits.ts';
import { branches } from './branch.ts';
import { checksums } from './crc32.ts';
import { divisions } from './divide.ts';
import { exclusives } from './exclusive.ts';
import { flags } from './flags.ts';
import { loadsAndStores } from './load-store.ts';
import { logical } from './logical.ts';
import { memoryCopies } from './memory-copy.ts';
import { moves } from './move.ts';
import { multiplications } from './multiply.ts';
import type { Factories } from './op.ts';
import { pairs } from './pair.ts';
import { sha256 } from './sha256.ts';
import { system } from './system.ts';
import { vectors } from './vector.ts';
import { vectorLoadsAndStores } from './vector-memory.ts';

const factories: Factories = {
  ...arithmetic,
  ...logical,
  ...moves,
  ...bitfields,
  ...bits,
  ...checksums,
  ...multiplications,
  ...divisions,
  ...flags,
  ...branches,
  ...loadsAndStores,
  ...pairs,
  ...exclusives,
  ...atomics,
  ...memoryCopies,
  ...vectorLoadsAndStores,
  ...vectors,
  ...sha256,
  ...system,
};

/** Whether a decoded word touches SIMD registers, or FPCR or FPSR: CPACR_EL1 and CPTR_EL2 may trap it. */
export function usesSimd({ id, operands }: Decoded): boolean {
  if (id === 'msr') return operands[0] === 'fpcr' || operands[0] === 'fpsr';
  if (id === 'mrs') return operands[1] === 'fpcr' || operands[1] === 'fpsr';
  return Object.hasOwn(vectors, id) || Object.hasOwn(vectorLoadsAndStores, id) || Object.hasOwn(sha256, id);
}

const memory: Factories = { ...loadsAndStores, ...pairs, ...exclusives, ...atomics, ...vectorLoadsAndStores };

/**
 * Whether a word accesses memory through SP: its bits 9 to 5 name the base register of all loads and stores. Literals have
 * none, and a prefetch never faults.
 */
export function usesStack({ id }: Decoded, word: number): boolean {
  return ((word >>> 5) & 31) === 31 && Object.hasOwn(memory, id) && !/^prf|literal/.test(id);
}

/** Compiles a decoded word for a CPU; `undefined` for what the machine does not model. */
export function compile(core: Core, decoded: Decoded): Op | undefined {
  return factories[decoded.id]?.(core, decoded.operands);
}
