import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Machine } from '@kexeckit/arm64-machine';
import type { Benchmark } from '@kexeckit/bench';
import { addressOf } from '@kexeckit/relocation';
import { whyNoQemu } from '@kexeckit/testing';
import { instructionsOf, names, RAM, wholeRelocation } from './whole-relocation.ts';

/** The routine on the strict machine, again and again: sources and control pages stay as they are. */
function onStrictMachine(name: string, verify: boolean): () => void {
  const { plan, image } = wholeRelocation(name, verify);
  const { start: routine, jump } = plan.stage;
  const machine = new Machine({ ram: RAM, exceptionLevel: 2 });
  for (const [pfn, bytes] of image.pages()) machine.load(addressOf(pfn), bytes);
  const { cpu } = machine;
  cpu.breakAt(jump);
  const expected = instructionsOf(name, verify);
  return () => {
    const before = cpu.counters.instructions;
    cpu.pc = routine;
    machine.run(2 * expected);
    const retired = cpu.counters.instructions - before;
    if (cpu.pc !== jump || Math.abs(retired / expected - 1) > 0.001)
      throw new Error(`${retired} instructions instead of ${expected}, up to 0x${cpu.pc.toString(16)}`);
  };
}

/** A sampler of the same relocation on QEMU. */
function onQemu(name: string, how: string): (() => number) | undefined {
  if (whyNoQemu() !== undefined) return undefined;
  const script = fileURLToPath(new URL('relocation-on-qemu.js', import.meta.url));
  return () => {
    const { stdout, stderr } = spawnSync(process.execPath, [script, name, how], { encoding: 'utf8' });
    const nanoseconds = Number(stdout);
    if (!(nanoseconds > 0)) throw new Error(`${name} on QEMU: ${stderr || stdout}`);
    return nanoseconds;
  };
}

/** Whole relocations, in seconds; instructions by the time are how many the strict machine executes a second. */
export const benchmarks: Benchmark[] = names.flatMap((name) =>
  ['copied', 'verified'].map((how): Benchmark => {
    const verify = how === 'verified';
    return {
      name: `${name} ${how}, ${(instructionsOf(name, verify) / 1e6).toFixed(1)} million instructions`,
      operations: 1,
      samples: 5,
      setup: () => onStrictMachine(name, verify),
      reference: { name: 'QEMU', program: () => onQemu(name, how) },
    };
  }),
);
