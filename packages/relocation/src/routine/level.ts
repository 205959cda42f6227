import type { Assembler, SystemRegister } from '@kexeckit/a64';
import type { Regime } from '@kexeckit/arm64-pgtable';
import { RelocationError } from '../error.ts';
import { registers } from './registers.ts';

/** The exception level that the routine runs at. */
export type ExceptionLevel = 1 | 2;

/** Where a routine runs. */
export interface ExecutionState {
  readonly exceptionLevel: ExceptionLevel;
  /** EL2 with HCR_EL2.E2H set, as hosts of virtual machines run. No by default. */
  readonly vhe?: boolean | undefined;
}

/** The names of the registers and the TLB operation of one execution state, and its SCTLR with everything off. */
export interface Level {
  readonly regime: Regime;
  readonly sctlr: SystemRegister;
  readonly ttbr0: SystemRegister;
  readonly tcr: SystemRegister;
  readonly mair: SystemRegister;
  readonly tlbi: 'tlbi vmalle1' | 'tlbi alle2';
  /** The RES1 bits alone turn MMU and caches off, little-endian (Arm ARM D24; arm64 booting.rst). */
  readonly sctlrOff: bigint;
  /** Stops trapping SIMD registers: the register, and what to write. */
  readonly simd: readonly [SystemRegister, bigint];
}

const SCTLR_M_C_I = 0x1005n; // MMU, data cache, instruction cache
const FPEN = 3n << 20n; // CPACR_EL1: SIMD traps nowhere
const CPTR_EL2_RES1 = 0x32ffn; // without TFP

// With E2H set EL2 has EL1's register layouts, under EL1's names (Arm ARM D8.1.6).
const byEl1Names = { ttbr0: 'ttbr0_el1', tcr: 'tcr_el1', mair: 'mair_el1', tlbi: 'tlbi vmalle1' } as const;

const levels: Record<'EL1' | 'EL2' | 'EL2&0', Level> = {
  EL1: { regime: 'EL1', sctlr: 'sctlr_el1', ...byEl1Names, sctlrOff: 0x30500800n, simd: ['cpacr_el1', FPEN] },
  EL2: {
    regime: 'EL2',
    sctlr: 'sctlr_el2',
    ttbr0: 'ttbr0_el2',
    tcr: 'tcr_el2',
    mair: 'mair_el2',
    tlbi: 'tlbi alle2',
    sctlrOff: 0x30c50830n,
    simd: ['cptr_el2', CPTR_EL2_RES1],
  },
  'EL2&0': { regime: 'EL2&0', sctlr: 'sctlr_el1', ...byEl1Names, sctlrOff: 0x30c50830n, simd: ['cpacr_el1', FPEN] },
};

/** @throws RelocationError `EINVAL` for a level that a kernel does not run at, and for VHE at EL1. */
export function checkState({ exceptionLevel, vhe = false }: ExecutionState): void {
  const level: number = exceptionLevel;
  if (level !== 1 && level !== 2)
    throw new RelocationError('EINVAL', `a routine cannot run at EL${level}`, 'kernels run at EL1 or EL2');
  if (vhe && level === 1)
    throw new RelocationError('EINVAL', 'VHE is a property of EL2', 'leave vhe out, or choose EL2');
}

/** What an execution state is made of. */
export function levelOf({ exceptionLevel, vhe = false }: ExecutionState): Level {
  return levels[exceptionLevel === 1 ? 'EL1' : vhe ? 'EL2&0' : 'EL2'];
}

/** SCTLR with MMU and caches on. */
export const sctlrOn = (level: Level): bigint => level.sctlrOff | SCTLR_M_C_I;

const { scratch, scratch2 } = registers;

/** Turns the temporary address space on. No TLB entry of the old kernel survives (Arm ARM D8.17). */
export function emitTablesOn(a: Assembler, level: Level): void {
  for (const [register, literal] of [
    [level.mair, 'mair'],
    [level.tcr, 'tcr'],
    [level.ttbr0, 'ttbr'],
  ] as const) {
    a.emit('ldr.literal', scratch, literal).emit('msr', register, scratch);
  }
  a.emit('ldr.literal', scratch2, 'sctlr-on');
  a.emit('isb');
  a.emit('sys.bare', level.tlbi).emit('sys.bare', 'ic iallu').emit('dsb', 'nsh').emit('isb');
  a.emit('msr', level.sctlr, scratch2).emit('isb');
}

/** Turns MMU and caches off, and leaves no TLB entry of the temporary space behind. */
export function emitTablesOff(a: Assembler, level: Level): void {
  a.emit('ldr.literal', scratch, 'sctlr-off');
  a.emit('msr', level.sctlr, scratch).emit('isb');
  a.emit('sys.bare', level.tlbi).emit('dsb', 'nsh').emit('isb');
}
