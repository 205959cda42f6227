import { Assembler } from '@kexeckit/a64';
import { COPY_TURN, emitCopy, emitSha256, emitSha256Crypto } from '@kexeckit/arm64-machine/programs';
import type { Benchmark } from '@kexeckit/bench';
import { naiveRun } from './naive-interpreter.ts';
import { emitProgram, onMachine, SET_UP, SIZE } from './on-machine.ts';

const COPY_INSTRUCTIONS = SET_UP + (Number(SIZE) / COPY_TURN) * 10;

function copyNaively(): () => void {
  const base = 0x4000_0000n;
  const a = new Assembler();
  emitProgram(a, emitCopy, SIZE);
  const memory = new DataView(new ArrayBuffer(0x10_0000));
  a.words().forEach((word, at) => {
    memory.setUint32(4 * at, word, true);
  });
  const machine = { memory, base, registers: Array.from({ length: 31 }, () => 0n) };
  const end = base + BigInt(a.offsetOf('end'));
  return () => {
    const executed = naiveRun(machine, base, end);
    if (executed !== COPY_INSTRUCTIONS) throw new Error(`${executed} instructions`);
  };
}

/** A copy of 64 KiB, an instruction at a time. */
const copies: Benchmark[] = (['strict', 'plain'] as const).flatMap((mode) =>
  (['off', 'on'] as const).map((mmu) => ({
    name: `copy, an instruction, ${mode}, MMU ${mmu}`,
    operations: COPY_INSTRUCTIONS,
    setup: () => onMachine(emitCopy, SIZE, mmu, mode === 'strict').run,
    reference: { name: 'decode each time, no MMU or cache', setup: copyNaively },
  })),
);

const programs = [
  { name: 'SHA-256', emit: emitSha256 },
  { name: 'SHA-256 by its instructions', emit: emitSha256Crypto },
];

/** A digest of 64 KiB, an instruction at a time. */
const digests: Benchmark[] = (['strict', 'plain'] as const).flatMap((mode) =>
  programs.map(({ name, emit }) => ({
    name: `${name}, an instruction, ${mode}, MMU on`,
    operations: onMachine(emit, SIZE / 64n, 'on').instructions,
    setup: () => onMachine(emit, SIZE / 64n, 'on', mode === 'strict').run,
  })),
);

/** The cost of one instruction. */
export const benchmarks: Benchmark[] = [...copies, ...digests];
