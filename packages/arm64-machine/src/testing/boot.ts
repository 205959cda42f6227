import { Assembler, x0, x4, x5, x6 } from '@kexeckit/a64';
import { type Space, translationRegisters } from '@kexeckit/arm64-pgtable';
import { expect } from 'vitest';
import { type ExceptionLevel, Machine, type MachineOptions } from '../index.ts';

const RAM = { start: 0x4000_0000n, end: 0x40ff_ffffn };
export const CODE = 0x4000_0000n;
export const DATA = 0x4010_0000n;
export const VECTORS = 0x4004_0000n;
export const UART = 0x0900_0000n;

export function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0);
  for (const shift of [16, 32, 48]) a.emit('movk', register, Number((value >> BigInt(shift)) & 0xffffn), shift);
}

export interface Setup {
  readonly level?: ExceptionLevel;
  readonly cpus?: number;
  /** Code at offsets of the vector table. */
  readonly vectors?: Readonly<Record<number, (a: Assembler) => void>>;
  /** Whatever else the machine is made with. */
  readonly machine?: Partial<MachineOptions>;
}

export function boot(
  program: (a: Assembler) => void,
  { level = 1, cpus = 1, vectors = {}, machine: options }: Setup = {},
): Machine {
  const a = new Assembler();
  program(a);
  a.label('end').emit('nop');
  const machine = new Machine({
    ram: [RAM],
    exceptionLevel: level,
    cpus,
    console: UART,
    ...options,
  });
  machine.load(CODE, a.words());
  for (const [offset, body] of Object.entries(vectors)) {
    const vector = new Assembler();
    body(vector);
    machine.load(VECTORS + BigInt(offset), vector.words());
  }
  machine.cpu.pc = CODE;
  machine.cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
  return machine;
}

export const end = (machine: Machine): Machine => {
  expect(machine.run(100_000).reason).toBe('breakpoint');
  return machine;
};

export const setVectors = (a: Assembler, level: ExceptionLevel): void => {
  load(a, x0, VECTORS);
  a.emit('msr', level === 2 ? 'vbar_el2' : 'vbar_el1', x0).emit('isb');
};

/** EL1's tables, which the MMU uses once it is turned on. */
export const setTables = (a: Assembler, space: Space, root: bigint): void => {
  const { ttbr, tcr, mair } = translationRegisters(space, root);
  for (const [register, value] of [
    ['ttbr0_el1', ttbr],
    ['tcr_el1', tcr],
    ['mair_el1', mair],
  ] as const) {
    load(a, x0, value);
    a.emit('msr', register, x0);
  }
  a.emit('isb');
};

/** A handler that keeps the syndrome in x4 and the address in x5, and goes on behind the instruction. */
export const skip = (level: ExceptionLevel) => (a: Assembler) => {
  const el = level === 2 ? 'el2' : 'el1';
  a.emit('mrs', x4, `esr_${el}`).emit('mrs', x5, `far_${el}`).emit('mrs', x6, `elr_${el}`);
  a.emit('add.imm', x6, x6, 4).emit('msr', `elr_${el}`, x6).emit('eret');
};

export const FPEN = 3n << 20n;
/** CPTR_EL2 with its RES1 bits, and TFP. */
export const CPTR_TFP = 0x37ffn;
export const HCR_E2H = 1n << 34n;

export const write = (a: Assembler, register: 'cpacr_el1' | 'cptr_el2' | 'hcr_el2', value: bigint): void => {
  load(a, x0, value);
  a.emit('msr', register, x0).emit('isb');
};
