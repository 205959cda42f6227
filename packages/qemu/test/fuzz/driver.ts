import { Assembler, type SystemRegister, sp, xzr } from '@kexeckit/a64';
import type { BareMetalProgram, MemoryPiece } from '../../src/index.ts';
import {
  addressSpace,
  CODE,
  observed,
  PRISTINE,
  RECORD,
  RECORDS,
  SIMD_END,
  SIMD_START,
  SLOT,
  SLOTS_VA,
  slotPiece,
  userCodePiece,
  VECTORS,
} from './layout.ts';

/** Offsets in a record: registers before, and after; what else is told of the end of a case. */
export const AT = {
  general: 0,
  sp: 248,
  state: 256,
  esr: 256,
  far: 264,
  elr: 272,
  spsr: 280,
  memory: 288,
  simd: 296,
} as const;

/** One word, and the registers that it finds. */
export interface Case {
  readonly word: number;
  /** x0 to x30, SP. */
  readonly registers: readonly bigint[];
  /** NZCV as four bits. */
  readonly flags: number;
}

// SCTLR_EL1: RES1 bits, the MMU and both caches, SA; SPAN, so that exceptions leave PAN alone, where there is one.
const SCTLR = 0x3050_0800n | 0x1005n | 8n | (1n << 23n);
const SCTLR_A = 2n;
const FP_ACCESS = 3n << 20n;
/** PSTATE of a case: EL1 with its own stack, everything masked. */
const EL1H = 0x3c5n;

const bytesOf = (array: Uint32Array | BigUint64Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0);
  for (const shift of [16, 32, 48]) {
    const half = Number((value >> BigInt(shift)) & 0xffffn);
    if (half !== 0) a.emit('movk', register, half, shift);
  }
}

function emitMmuOn(a: Assembler, alignment: boolean): MemoryPiece[] {
  const { pieces, ttbr, tcr, mair } = addressSpace();
  const set: readonly (readonly [SystemRegister, bigint])[] = [
    ['ttbr0_el1', ttbr],
    ['tcr_el1', tcr],
    ['mair_el1', mair],
    ['vbar_el1', VECTORS],
    ['cpacr_el1', FP_ACCESS],
    ['tpidr_el1', RECORDS],
    ['tpidr_el0', SLOTS_VA],
  ];
  for (const [register, value] of set) {
    load(a, 0, value);
    a.emit('msr', register, 0);
  }
  a.emit('isb').emit('sys.bare', 'tlbi vmalle1').emit('dsb', 'nsh').emit('isb');
  load(a, 0, alignment ? SCTLR | SCTLR_A : SCTLR);
  a.emit('msr', 'sctlr_el1', 0).emit('isb');
  return pieces;
}

/** Windows and SIMD registers as at the start of every case, then its registers, then its word. */
function emitEnter(a: Assembler): void {
  a.label('next');
  load(a, 1, PRISTINE);
  for (const [index, { va, size }] of observed.entries()) {
    load(a, 2, va);
    load(a, 3, va + BigInt(size));
    a.label(`reset ${index}`).emit('ldp.post', 4, 5, 1, 16).emit('stp.post', 4, 5, 2, 16);
    a.emit('subs', xzr, 2, 3, 0).emit('b.cond', 'ne', `reset ${index}`);
  }
  load(a, 1, SIMD_START);
  for (let at = 0; at < 32; at += 2) a.emit('ldp.q', at, at + 1, 1, 16 * at);
  a.emit('mrs', 0, 'tpidr_el1').emit('mrs', 1, 'tpidr_el0').emit('msr', 'elr_el1', 1);
  a.emit('ldr', 1, 0, AT.state).emit('msr', 'spsr_el1', 1);
  a.emit('ldr', 1, 0, AT.sp).emit('add.imm', sp, 1, 0).emit('ldr', 1, 0, 8);
  for (let at = 2; at < 30; at += 2) a.emit('ldp', at, at + 1, 0, 8 * at);
  a.emit('ldr', 30, 0, 240).emit('ldr', 0, 0, 0).emit('eret');
}

/** All registers go to the record, and sums of the windows and of the SIMD registers. */
function emitLeave(a: Assembler): void {
  a.label('taken').emit('msr', 'tpidrro_el0', 0).emit('mrs', 0, 'tpidr_el1').emit('str', 1, 0, 8);
  a.emit('mrs', 1, 'tpidrro_el0').emit('str', 1, 0, 0);
  for (let at = 2; at < 30; at += 2) a.emit('stp', at, at + 1, 0, 8 * at);
  a.emit('str', 30, 0, 240).emit('add.imm', 1, sp, 0).emit('str', 1, 0, AT.sp);
  a.emit('mrs', 1, 'esr_el1').emit('mrs', 2, 'far_el1').emit('stp', 1, 2, 0, AT.esr);
  a.emit('mrs', 1, 'elr_el1').emit('mrs', 2, 'spsr_el1').emit('stp', 1, 2, 0, AT.elr);
  a.label('summed').emit('movz', 10, 0).emit('movz', 11, 0);
  for (const [index, { va, size }] of observed.entries()) emitSum(a, `sum ${index}`, va, size);
  a.emit('eor', 10, 10, 11, 0).emit('str', 10, 0, AT.memory);
  load(a, 1, SIMD_END);
  for (let at = 0; at < 32; at += 2) a.emit('stp.q', at, at + 1, 1, 16 * at);
  a.emit('movz', 10, 0).emit('movz', 11, 0);
  emitSum(a, 'sum of SIMD', SIMD_END, 512);
  a.emit('eor', 10, 10, 11, 0).emit('str', 10, 0, AT.simd);
}

/** x11 becomes a sum of sums, in which every position counts. */
function emitSum(a: Assembler, label: string, va: bigint, size: number): void {
  load(a, 1, va);
  load(a, 2, va + BigInt(size));
  a.label(label).emit('ldp.post', 4, 5, 1, 16).emit('add', 10, 10, 4, 0).emit('add', 11, 11, 10, 0);
  a.emit('add', 10, 10, 5, 0).emit('add', 11, 11, 10, 0).emit('subs', xzr, 1, 2, 0).emit('b.cond', 'ne', label);
}

/** A program that runs all cases, and the addresses that matter to whoever runs it. */
export interface Driver {
  readonly program: BareMetalProgram;
  /** Where a case is summed up, with x0 at its record. */
  readonly summed: bigint;
  readonly end: bigint;
}

/**
 * The program for both machines. Each case ends in an exception: at the latest that of the BRK behind its word.
 *
 * @param alignment whether SCTLR.A is set.
 * @param start what the windows and SIMD registers hold at the start of each case: 1024 and 512 bytes.
 */
export function driverOf(cases: readonly Case[], alignment: boolean, start: BigUint64Array): Driver {
  const a = new Assembler({ origin: CODE });
  const tables = emitMmuOn(a, alignment);
  emitEnter(a);
  emitLeave(a);
  a.emit('add.imm', 0, 0, RECORD).emit('msr', 'tpidr_el1', 0);
  a.emit('mrs', 1, 'tpidr_el0').emit('add.imm', 1, 1, SLOT).emit('msr', 'tpidr_el0', 1);
  load(a, 1, RECORDS + BigInt(cases.length * RECORD));
  a.emit('subs', xzr, 0, 1, 0).emit('b.cond', 'ne', 'next').label('end').emit('nop');
  const records = new BigUint64Array((cases.length * RECORD) / 8);
  cases.forEach(({ registers, flags }, at) => {
    records.set(registers, (at * RECORD) / 8);
    records[(at * RECORD + AT.state) / 8] = EL1H | (BigInt(flags) << 28n);
  });
  const memory = [
    ...tables,
    { address: VECTORS, bytes: bytesOf(vectorsTo(CODE + BigInt(a.offsetOf('taken')))) },
    { address: PRISTINE, bytes: bytesOf(start.slice(0, 128)) },
    { address: SIMD_START, bytes: bytesOf(start.slice(128, 192)) },
    { address: RECORDS, bytes: bytesOf(records) },
    slotPiece(cases.map(({ word }) => word)),
    userCodePiece(),
  ];
  return {
    program: {
      words: a.words(),
      address: CODE,
      memory,
      results: [{ address: RECORDS, size: cases.length * RECORD }],
    },
    summed: CODE + BigInt(a.offsetOf('summed')),
    end: CODE + BigInt(a.offsetOf('end')),
  };
}

/** A vector table that goes to one place. */
function vectorsTo(target: bigint): Uint32Array {
  const a = new Assembler({ origin: VECTORS }).symbol('target', target);
  for (let entry = 0; entry < 16; entry++) {
    a.emit('b', 'target');
    for (let word = 1; word < 32; word++) a.emit('nop');
  }
  return a.words();
}
