import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Cpu, PhysicalMemory } from '@kexeckit/arm64-machine';
import type { Benchmark } from '@kexeckit/bench';
import { names, timedProgram } from './timed-program.ts';

/** How often QEMU repeats a program for one sample: long enough to forget that it translated it first. */
const TURNS = 200;

/** A program on the machine of this project. */
function here(
  name: (typeof names)[number],
  strict: boolean,
): { readonly instructions: number; readonly run: () => void } {
  const { words, address } = timedProgram(name, 1);
  const memory = new PhysicalMemory([{ start: 0x4000_0000n, end: 0x43ff_ffffn }]);
  for (let at = 0; at < words.length; at += 1024)
    memory.frame(Number(address >> 12n) + at / 1024)?.memory.set(words.subarray(at, at + 1024));
  const cpu = new Cpu(memory, 1, { strict });
  cpu.breakAt(address + BigInt(words.byteLength - 4));
  const run = (): void => {
    cpu.pc = address;
    const stop = cpu.run(100_000_000);
    if (stop !== 'breakpoint') throw new Error(`the program came to ${stop}`);
  };
  run();
  return { instructions: cpu.counters.instructions, run };
}

/** A sampler of the same program on QEMU. */
function onQemu(name: string, instructions: number): (() => number) | undefined {
  if (spawnSync('qemu-system-aarch64', ['--version']).error !== undefined) return undefined;
  const script = fileURLToPath(new URL('on-qemu.js', import.meta.url));
  return () => {
    const args = [script, name, String(TURNS), String(instructions)];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const nanoseconds = Number(stdout);
    if (!(nanoseconds > 0)) throw new Error(`${name} on QEMU: ${stderr || stdout}`);
    return nanoseconds;
  };
}

/** An instruction of programs here, and the same words on QEMU. */
export const benchmarks: Benchmark[] = [
  ...names.map((name) => beside(name, true)),
  ...names.map((name) => beside(name, false)),
];

function beside(name: (typeof names)[number], strict: boolean): Benchmark {
  const { instructions, run } = here(name, strict);
  return {
    name: `${name}, an instruction, ${strict ? 'strict' : 'plain'}, MMU off`,
    operations: instructions,
    setup: () => run,
    reference: { name: 'QEMU', program: () => onQemu(name, instructions) },
  };
}
