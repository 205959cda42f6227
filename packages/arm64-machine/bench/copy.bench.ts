import { Assembler, x0, x1, x2, x3, x4, x5 } from '@kexeckit/a64';
import { Cpu, PhysicalMemory } from '@kexeckit/arm64-machine';
import { buildTables, countTables, type Mapping, type Space, translationRegisters } from '@kexeckit/arm64-pgtable';
import type { Benchmark } from '@kexeckit/bench';
import { naiveRun } from './naive-interpreter.ts';

const RAM = { start: 0x4000_0000n, end: 0x400f_ffffn };
const CODE = RAM.start;
const SOURCE = 0x4002_0000n;
const DESTINATION = 0x4004_0000n;
const TABLES = 0x4006_0000n;
const SIZE = 0x1_0000n;

/** Bytes and instructions of one turn of the loop; a constant takes four instructions, and there are three. */
const TURN = 64n;
const TURN_INSTRUCTIONS = 10;
const INSTRUCTIONS = 3 * 4 + Number(SIZE / TURN) * TURN_INSTRUCTIONS;

const SPACE: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const SCTLR_RES1_M_C_I = 0x30500800n | 0x1005n;

function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0);
  for (const shift of [16, 32, 48]) a.emit('movk', register, Number((value >> BigInt(shift)) & 0xffffn), shift);
}

/** From `copy` to `end`: 64 KiB, four pairs of registers a turn. */
function emitCopy(a: Assembler): void {
  a.label('copy');
  load(a, x0, DESTINATION);
  load(a, x1, SOURCE);
  load(a, x2, SIZE);
  a.label('turn');
  for (let at = 0n; at < TURN; at += 16n) a.emit('ldp.post', x3, x4, x1, 16).emit('stp.post', x3, x4, x0, 16);
  a.emit('subs.imm', x2, x2, Number(TURN)).emit('b.cond', 'ne', 'turn').label('end').emit('nop');
}

/** An identity map that holds the program, what it reads and what it writes. */
function emitMmuOn(a: Assembler, memory: PhysicalMemory): void {
  const page = (address: bigint): number => Number(address >> 12n);
  const mapped = (at: bigint, size: bigint, writable: boolean, executable: boolean): Mapping => ({
    va: at,
    pa: at,
    size,
    attributes: { type: 'Normal', writable, executable },
  });
  const mappings = [
    mapped(CODE, 0x1000n, false, true),
    mapped(SOURCE, SIZE, false, false),
    mapped(DESTINATION, SIZE, true, false),
  ];
  const pages = Array.from({ length: countTables(SPACE, mappings) }, (_, at) => page(TABLES) + at);
  const root = buildTables(SPACE, mappings, pages, {
    page: (number) => memory.frame(number)?.memory ?? new Uint32Array(),
  });
  const registers = translationRegisters(SPACE, BigInt(root) << 12n);
  load(a, x5, registers.ttbr);
  a.emit('msr', 'ttbr0_el1', x5);
  load(a, x5, registers.tcr);
  a.emit('msr', 'tcr_el1', x5);
  load(a, x5, registers.mair);
  a.emit('msr', 'mair_el1', x5);
  a.emit('isb').emit('sys.bare', 'tlbi vmalle1').emit('dsb', 'nsh').emit('isb');
  load(a, x5, SCTLR_RES1_M_C_I);
  a.emit('msr', 'sctlr_el1', x5).emit('isb');
}

function copyOnMachine(mmu: 'off' | 'on'): () => void {
  const memory = new PhysicalMemory([RAM]);
  const a = new Assembler();
  if (mmu === 'on') emitMmuOn(a, memory);
  emitCopy(a);
  memory.frame(Number(CODE >> 12n))?.memory.set(a.words());
  const cpu = new Cpu(memory, 1);
  cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
  cpu.pc = CODE;
  cpu.run(2 * INSTRUCTIONS);
  if (cpu.counters.tableWalks > 0 !== (mmu === 'on')) throw new Error(`the MMU is not ${mmu}`);
  return () => {
    const before = cpu.counters.instructions;
    cpu.pc = CODE + BigInt(a.offsetOf('copy'));
    const stop = cpu.run(2 * INSTRUCTIONS);
    const executed = cpu.counters.instructions - before;
    if (stop !== 'breakpoint' || executed !== INSTRUCTIONS) throw new Error(`${stop} after ${executed} instructions`);
  };
}

function copyNaively(): () => void {
  const a = new Assembler();
  emitCopy(a);
  const memory = new DataView(new ArrayBuffer(Number(RAM.end - RAM.start) + 1));
  a.words().forEach((word, at) => {
    memory.setUint32(4 * at, word, true);
  });
  const machine = { memory, base: RAM.start, registers: Array.from({ length: 31 }, () => 0n) };
  const end = CODE + BigInt(a.offsetOf('end'));
  return () => {
    const executed = naiveRun(machine, CODE, end);
    if (executed !== INSTRUCTIONS) throw new Error(`${executed} instructions`);
  };
}

/** The cost of one instruction of a loop that copies 64 KiB. */
export const benchmarks: Benchmark[] = (['off', 'on'] as const).map((mmu) => ({
  name: `copy, an instruction, MMU ${mmu}`,
  operations: INSTRUCTIONS,
  setup: () => copyOnMachine(mmu),
  reference: { name: 'decode each time, no MMU or cache', setup: copyNaively },
}));
