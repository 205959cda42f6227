import { decode, encodeRow, type InstructionId, type OperandValue } from '@kexeckit/a64';
import { buildTables, countTables, type Mapping, type Space, translationRegisters } from '@kexeckit/arm64-pgtable';
import { compile } from '../execute/compile.ts';
import { Cpu, PhysicalMemory } from '../index.ts';

/** Where a test's data lies: two pages, then one that may only be read, then nothing. */
export const DATA = 0x4000_1000n;
export const READ_ONLY = 0x4000_3000n;
const TABLES = 0x4001_0000n;
const SPACE: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const SCTLR_MMU_AND_CACHES = 0x3050_0800n | 0x1005n;

/** A CPU and its memory. */
export interface OneCpu {
  readonly cpu: Cpu;
  /** Executes one instruction as if it stood at address 0. */
  execute(id: InstructionId, ...operands: readonly OperandValue[]): void;
  /** Bytes as the CPU sees them. */
  read(address: bigint, size: number): Uint8Array;
  write(address: bigint, bytes: Uint8Array): void;
}

/** A CPU with its MMU on and Normal memory at `DATA`, or with its MMU off. */
export function oneCpu(mmu: 'on' | 'off' = 'on'): OneCpu {
  const memory = new PhysicalMemory([{ start: 0x4000_0000n, end: 0x4001_ffffn }]);
  const cpu = new Cpu(memory, 1);
  if (mmu === 'on') turnOn(cpu, memory);
  const wordAt = (address: bigint): { words: Uint32Array; at: number } => {
    const frame = memory.frame(Number(address >> 12n));
    if (frame === undefined) throw new RangeError(`no RAM at 0x${address.toString(16)}`);
    frame.flush();
    return { words: frame.memory, at: Number(address & 0xfffn) };
  };
  const bytesAt = (address: bigint): { bytes: Uint8Array; at: number } => {
    const { words, at } = wordAt(address);
    return { bytes: new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at };
  };
  return {
    cpu,
    execute: (id, ...operands) => {
      const decoded = decode(encodeRow(id, operands));
      const op = decoded && compile(cpu, decoded);
      if (op === undefined) throw new Error(`${id} is not modelled`);
      op(0);
    },
    read: (address, size) =>
      Uint8Array.from({ length: size }, (_, by) => {
        const { bytes, at } = bytesAt(address + BigInt(by));
        return bytes[at] ?? 0;
      }),
    write: (address, data) => {
      for (const [by, byte] of data.entries()) {
        const { bytes, at } = bytesAt(address + BigInt(by));
        bytes[at] = byte;
      }
    },
  };
}

function turnOn(cpu: Cpu, memory: PhysicalMemory): void {
  const mapped = (at: bigint, size: bigint, writable: boolean): Mapping => ({
    va: at,
    pa: at,
    size,
    attributes: { type: 'Normal', writable, executable: false },
  });
  const mappings = [mapped(DATA, 0x2000n, true), mapped(READ_ONLY, 0x1000n, false)];
  const pages = Array.from({ length: countTables(SPACE, mappings) }, (_, at) => Number(TABLES >> 12n) + at);
  const root = buildTables(SPACE, mappings, pages, {
    page: (number) => memory.frame(number)?.memory ?? new Uint32Array(),
  });
  const { ttbr, tcr, mair } = translationRegisters(SPACE, BigInt(root) << 12n);
  cpu.system.write('ttbr0_el1', ttbr);
  cpu.system.write('tcr_el1', tcr);
  cpu.system.write('mair_el1', mair);
  cpu.system.write('sctlr_el1', SCTLR_MMU_AND_CACHES);
  cpu.system.synchronize();
}
