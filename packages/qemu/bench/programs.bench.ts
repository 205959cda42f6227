import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Cpu, PhysicalMemory } from '@kexeckit/arm64-machine';
import type { Benchmark } from '@kexeckit/bench';
import { BARE_METAL_BASE } from '@kexeckit/qemu';
import { MEMORY, names, sizes, timedProgram } from './timed-program.ts';

type Name = (typeof names)[number];

/** How often QEMU repeats a small program for one sample: long enough to forget that it translated it first. */
const TURNS = 200;

/** A program on the machine of this project; what comes back runs it, and tells how many instructions it took. */
function here(name: Name, bytes: bigint, strict: boolean): () => number {
  const { words, address } = timedProgram(name, 1, bytes);
  const memory = new PhysicalMemory([{ start: BARE_METAL_BASE, end: BARE_METAL_BASE + MEMORY - 1n }]);
  for (let at = 0; at < words.length; at += 1024)
    memory.frame(Number(address >> 12n) + at / 1024)?.memory.set(words.subarray(at, at + 1024));
  const cpu = new Cpu(memory, 1, { strict });
  cpu.breakAt(address + BigInt(words.byteLength - 4));
  return () => {
    const before = cpu.counters.instructions;
    cpu.pc = address;
    const stop = cpu.run(Number.MAX_SAFE_INTEGER);
    if (stop !== 'breakpoint') throw new Error(`the program came to ${stop}`);
    return cpu.counters.instructions - before;
  };
}

/** A sampler of the same program on QEMU. */
function onQemu(name: Name, turns: number, bytes: bigint, operations: number): (() => number) | undefined {
  if (spawnSync('qemu-system-aarch64', ['--version']).error !== undefined) return undefined;
  const script = fileURLToPath(new URL('on-qemu.js', import.meta.url));
  return () => {
    const args = [script, name, turns, bytes, operations].map(String);
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const nanoseconds = Number(stdout);
    if (!(nanoseconds > 0)) throw new Error(`${name} on QEMU: ${stderr || stdout}`);
    return nanoseconds;
  };
}

/** One instruction of a program that works on what fits any cache. */
function instruction(name: Name, strict: boolean): Benchmark {
  const run = here(name, sizes.little, strict);
  const operations = run();
  return {
    name: `${name}, an instruction, ${strict ? 'strict' : 'plain'}, MMU off`,
    operations,
    setup: () => run,
    reference: { name: 'QEMU', program: () => onQemu(name, TURNS, sizes.little, operations) },
  };
}

/** All of 73 MB, in seconds. Plain SHA-256 takes 2 800 instructions for 64 bytes: once is enough. */
function whole(name: Name, strict: boolean): Benchmark {
  return {
    name: `${name} of 73 MB, ${strict ? 'strict' : 'plain'}, MMU off`,
    operations: 1,
    samples: name === 'SHA-256' ? 1 : 3,
    setup: () => here(name, sizes.much, strict),
    reference: { name: 'QEMU', program: () => onQemu(name, 1, sizes.much, 1) },
  };
}

const modes = [true, false];

/** Programs here, and the same words on QEMU. */
export const benchmarks: Benchmark[] = [instruction, whole].flatMap((make) =>
  modes.flatMap((strict) => names.map((name) => make(name, strict))),
);
