import { Assembler, x0, x1, x2, x4, x5 } from '@kexeckit/a64';
import { Cpu, PhysicalMemory } from '@kexeckit/arm64-machine';
import { buildTables, countTables, type Mapping, type Space, translationRegisters } from '@kexeckit/arm64-pgtable';

const RAM = { start: 0x4000_0000n, end: 0x400f_ffffn };
const CODE = RAM.start;
const SOURCE = 0x4002_0000n;
const DESTINATION = 0x4004_0000n;
const TABLES = 0x4006_0000n;

/** Bytes that a program reads, and may write. */
export const SIZE = 0x1_0000n;

const SPACE: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
/** CPACR_EL1: SIMD traps nowhere. */
const FPEN = 3n << 20n;
const SCTLR_RES1_M_C_I = 0x30500800n | 0x1005n;

/** What a program finds in its registers, each set by four instructions. */
const ARGUMENTS = 4;
/** Instructions that set them. */
export const SET_UP = 4 * ARGUMENTS;

/** Sets a register to any constant. */
function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0);
  for (const shift of [16, 32, 48]) a.emit('movk', register, Number((value >> BigInt(shift)) & 0xffffn), shift);
}

/** A program of `emit`, from `start` to `end`. In: x0 and x4 what it writes, x1 what it reads, x2 `count`. */
export function emitProgram(a: Assembler, emit: (a: Assembler, prefix: string) => void, count: bigint): void {
  a.label('start');
  load(a, x0, DESTINATION);
  load(a, x1, SOURCE);
  load(a, x2, count);
  load(a, x4, DESTINATION + 0x100n);
  emit(a, 'program');
  a.label('end').emit('nop');
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
    mapped(CODE, 0x2000n, false, true),
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

/** Prepares a program on the machine; what comes back runs it from its start to its end. */
export function onMachine(
  emit: (a: Assembler, prefix: string) => void,
  count: bigint,
  mmu: 'off' | 'on',
  strict = true,
): { readonly instructions: number; readonly run: () => void } {
  const memory = new PhysicalMemory([RAM]);
  const a = new Assembler();
  if (mmu === 'on') emitMmuOn(a, memory);
  emitProgram(a, emit, count);
  const words = a.words();
  memory.frame(Number(CODE >> 12n))?.memory.set(words.subarray(0, 1024));
  memory.frame(Number(CODE >> 12n) + 1)?.memory.set(words.subarray(1024));
  const cpu = new Cpu(memory, 1, { strict });
  cpu.system.write('cpacr_el1', FPEN);
  cpu.contextSynchronized();
  cpu.breakAt(CODE + BigInt(a.offsetOf('end')));
  const runFrom = (address: bigint): number => {
    const before = cpu.counters.instructions;
    cpu.pc = address;
    const stop = cpu.run(100_000_000);
    if (stop !== 'breakpoint') throw new Error(`the program came to ${stop}`);
    return cpu.counters.instructions - before;
  };
  runFrom(CODE);
  if (cpu.counters.tableWalks > 0 !== (mmu === 'on')) throw new Error(`the MMU is not ${mmu}`);
  const start = CODE + BigInt(a.offsetOf('start'));
  const instructions = runFrom(start);
  return {
    instructions,
    run: () => {
      const executed = runFrom(start);
      if (executed !== instructions) throw new Error(`${executed} instructions, not ${instructions}`);
    },
  };
}
