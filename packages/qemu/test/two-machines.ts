import { Assembler, sp, x0, x28, x29, xzr } from '@kexeckit/a64';
import { Cpu, PhysicalMemory } from '@kexeckit/arm64-machine';
import { buildTables, countTables, type Mapping, type Space, translationRegisters } from '@kexeckit/arm64-pgtable';
import { BARE_METAL_BASE, type BareMetalProgram, type MemoryPiece, runBareMetal } from '../src/index.ts';
import { type Data, PROGRAM_REGISTERS } from './random-program.ts';

const MEGABYTE = 1n << 20n;
const CODE = BARE_METAL_BASE;
const CODE_SIZE = 16n * MEGABYTE;
const BLOCKS = CODE + CODE_SIZE;
const BLOCKS_SIZE = 16n * MEGABYTE;
const TABLES = BLOCKS + BLOCKS_SIZE;
const SPACE: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
// SCTLR_EL1: RES1 bits, the MMU and both caches; without SA, so that SP may hold anything.
const SCTLR = 0x3050_0800n | 0x1005n;
const FP_ACCESS = 3n << 20n;

/** A block: the registers of a program, before and after, then its data, of which every other lies across two pages. */
const BLOCK_SIZE = 2048;
const STATE_SIZE = 1024;
const FIRST_BLOCK = BLOCKS + 2560n;
const AT = { general: 0, sp: 216, flags: 224, vectors: 256 };

/** How many programs fit. */
export const MOST_PROGRAMS: number = Number(BLOCKS_SIZE) / BLOCK_SIZE - 2;

/** A program's place among others. */
export interface PlacedProgram {
  readonly place: number;
  readonly words: readonly number[];
  /** What its block holds at the start. */
  readonly block: Uint8Array;
}

/** Where the loads and stores of the program at a place go. */
export const dataOf = (place: number): Data => ({
  address: FIRST_BLOCK + BigInt(place * BLOCK_SIZE + STATE_SIZE),
  size: BLOCK_SIZE - STATE_SIZE,
});

const stateOf = (place: number): bigint => FIRST_BLOCK + BigInt(place * BLOCK_SIZE);

/** One program for both machines that runs all these, each on its block; its results are their blocks. */
export function together(programs: readonly PlacedProgram[]): BareMetalProgram {
  const a = new Assembler({ origin: CODE });
  const tables = emitMmuOn(a);
  let count = 0;
  for (const { place, words } of programs) {
    load(a, x28, stateOf(place));
    a.emit('bl', 'enter');
    for (const word of words) a.word(`${place}: ${count++}`, word);
    a.emit('bl', 'leave');
  }
  a.emit('b', 'end');
  emitEnter(a);
  emitLeave(a);
  // What lies behind may be read as a literal.
  for (let at = 0; at < 128; at++) a.emit('nop');
  a.label('end').emit('nop');
  return {
    words: a.words(),
    address: CODE,
    memory: [...tables, ...programs.map(({ place, block }) => ({ address: stateOf(place), bytes: block }))],
    results: programs.map(({ place }) => ({ address: stateOf(place), size: BLOCK_SIZE })),
  };
}

/** Sets a register to an address below 4 GiB. */
function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0).emit('movk', register, Number((value >> 16n) & 0xffffn), 16);
  for (const shift of [32, 48]) {
    const half = Number((value >> BigInt(shift)) & 0xffffn);
    if (half !== 0) a.emit('movk', register, half, shift);
  }
}

function emitMmuOn(a: Assembler): MemoryPiece[] {
  const mappings: Mapping[] = [
    { va: CODE, pa: CODE, size: CODE_SIZE, attributes: { type: 'Normal', writable: false, executable: true } },
    {
      va: BLOCKS,
      pa: BLOCKS,
      size: BLOCKS_SIZE,
      attributes: { type: 'Normal', writable: true, executable: false, user: true },
    },
  ];
  const pages = Array.from({ length: countTables(SPACE, mappings) }, (_, at) => Number(TABLES >> 12n) + at);
  const held = new Map(pages.map((page) => [page, new Uint32Array(1024)]));
  const root = buildTables(SPACE, mappings, pages, { page: (number) => held.get(number) ?? new Uint32Array(1024) });
  const { ttbr, tcr, mair } = translationRegisters(SPACE, BigInt(root) << 12n);
  for (const [register, value] of [
    ['ttbr0_el1', ttbr],
    ['tcr_el1', tcr],
    ['mair_el1', mair],
    ['cpacr_el1', FP_ACCESS],
  ] as const) {
    load(a, x0, value);
    a.emit('msr', register, x0);
  }
  a.emit('isb').emit('sys.bare', 'tlbi vmalle1').emit('dsb', 'nsh').emit('isb');
  load(a, x0, SCTLR);
  a.emit('msr', 'sctlr_el1', x0).emit('isb');
  return [...held].map(([page, words]) => ({ address: BigInt(page) << 12n, bytes: bytesOf(words) }));
}

/** Fills the registers from the block at x28. */
function emitEnter(a: Assembler): void {
  a.label('enter');
  a.emit('ldr', x0, x28, AT.sp).emit('add.imm', sp, x0, 0);
  a.emit('ldr', x0, x28, AT.flags).emit('rmif', x0, 0, 15);
  a.emit('add.imm', x29, x28, AT.vectors);
  for (let at = 0; at < 32; at += 2) a.emit('ldp.q', at, at + 1, x29, 16 * at);
  for (let at = 0; at < PROGRAM_REGISTERS; at++) a.emit('ldr', at, x28, 8 * at);
  a.emit('ret');
}

/** Stores them to it. */
function emitLeave(a: Assembler): void {
  a.label('leave');
  for (let at = 0; at < PROGRAM_REGISTERS; at++) a.emit('str', at, x28, 8 * at);
  a.emit('add.imm', x0, sp, 0).emit('str', x0, x28, AT.sp);
  a.emit('movz', x0, 0);
  // x0 = 2 * x0 + (whether the flag is set)
  for (const unset of ['pl', 'ne', 'cc', 'vc'] as const) {
    a.emit('csinc', x29, xzr, xzr, unset).emit('add', x0, x29, x0, 1);
  }
  a.emit('str', x0, x28, AT.flags).emit('add.imm', x29, x28, AT.vectors);
  for (let at = 0; at < 32; at += 2) a.emit('stp.q', at, at + 1, x29, 16 * at);
  a.emit('ret');
}

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** What a program leaves on the machine of this project. */
export function runHere(program: BareMetalProgram): Uint8Array[] {
  const memory = new PhysicalMemory([{ start: 0x4000_0000n, end: 0x43ff_ffffn }]);
  const bytesAt = (address: bigint): Uint8Array => {
    const frame = memory.frame(Number(address >> 12n));
    if (frame === undefined) throw new RangeError(`no RAM at 0x${address.toString(16)}`);
    return bytesOf(frame.memory);
  };
  const code = { address: program.address, bytes: bytesOf(program.words) };
  for (const { address, bytes } of [code, ...(program.memory ?? [])]) {
    for (const { at, from, to } of pageParts(address, bytes.length))
      bytesAt(at).set(bytes.subarray(from, to), Number(at & 0xfffn));
  }
  const cpu = new Cpu(memory, 1);
  cpu.pc = program.address;
  cpu.breakAt(program.address + BigInt(program.words.byteLength));
  if (cpu.run(100_000_000) !== 'breakpoint') throw new Error('the program does not end');
  return program.results.map(({ address, size }) => {
    const bytes = new Uint8Array(size);
    for (const { at, from, to } of pageParts(address, size)) {
      memory.frame(Number(at >> 12n))?.flush();
      const offset = Number(at & 0xfffn);
      bytes.set(bytesAt(at).subarray(offset, offset + to - from), from);
    }
    return bytes;
  });
}

/** The pieces of a stretch that each lie in one page. */
function pageParts(address: bigint, size: number): { at: bigint; from: number; to: number }[] {
  const parts: { at: bigint; from: number; to: number }[] = [];
  for (let from = 0; from < size; ) {
    const at = address + BigInt(from);
    const to = Math.min(size, from + 4096 - Number(at & 0xfffn));
    parts.push({ at, from, to });
    from = to;
  }
  return parts;
}

/** What it leaves on QEMU. */
export async function runOnQemu(program: BareMetalProgram): Promise<readonly Uint8Array[]> {
  const { results } = await runBareMetal(program, { exceptionLevel: 1, timeoutMs: 30_000 });
  return results;
}

/** How two blocks differ, in words; `undefined` where they do not. */
export function difference(ours: Uint8Array, theirs: Uint8Array): string | undefined {
  const at = ours.findIndex((byte, index) => byte !== theirs[index]);
  if (at === -1) return undefined;
  const [name, start, size] = placeIn(at);
  return `${name} is 0x${hexadecimal(ours, start, size)}, on QEMU 0x${hexadecimal(theirs, start, size)}`;
}

function placeIn(at: number): [name: string, start: number, size: number] {
  if (at < AT.sp) return [`x${at >> 3}`, at & ~7, 8];
  if (at < AT.flags) return ['sp', AT.sp, 8];
  if (at < AT.vectors) return ['NZCV', AT.flags, 8];
  if (at < AT.vectors + 512) return [`v${(at - AT.vectors) >> 4}`, at & ~15, 16];
  return [`data byte ${at - STATE_SIZE}`, at, 1];
}

const hexadecimal = (bytes: Uint8Array, start: number, size: number): string =>
  Array.from(bytes.subarray(start, start + size), (byte) => byte.toString(16).padStart(2, '0'))
    .reverse()
    .join('');
