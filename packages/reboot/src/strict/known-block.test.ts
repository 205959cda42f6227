import { encode } from '@kexeckit/a64';
import { type Cpu, Machine } from '@kexeckit/arm64-machine';
import { loadImage, type StagePlan, strategyNamed } from '@kexeckit/relocation';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, test } from 'vitest';
import { entryState } from '../machine/entry-state.ts';
import type { LoadedReboot } from '../machine/machine.ts';
import { planReboot } from '../plan/plan.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';
import { BlockRunner } from './block-runner.ts';
import { blockWords, END, MESSAGE } from './block-words.ts';
import { findBlock } from './known-block.ts';
import { prepareMachine } from './old-kernel.ts';
import { runToJump } from './run.ts';

const CODE = 0x4000_0000n;
const DATA = 0x4001_0000n;
const ram = [{ start: CODE, end: CODE + 0xf_ffffn }];
/** A stage as far as the block is looked for in it. */
const stage: Pick<StagePlan, 'start'> = { start: CODE };

const stateOf = (cpu: Cpu) => ({
  // Registers and SP; what else is kept with them nobody reads.
  low: [...cpu.registers.low.subarray(0, 33)],
  high: [...cpu.registers.high.subarray(0, 33)],
  vectors: [...cpu.vectors.words],
  flags: cpu.flags,
  pc: cpu.pc,
  counters: { ...cpu.counters },
});

/** A machine before the loop, with noise in all registers and in memory. */
function machineAt(seed: number, bytes: number, from = DATA): Machine {
  const random = xoroshiro128plus(seed);
  const machine = new Machine({ ram });
  const { cpu } = machine;
  machine.load(CODE, Uint32Array.from([...blockWords(), encode('b', 0)]));
  machine.load(
    DATA,
    Uint32Array.from({ length: 2048 }, () => random.next()),
  );
  for (let at = 0; at < cpu.vectors.words.length; at++) cpu.vectors.words[at] = random.next();
  for (let register = 0; register < 31; register++) cpu.registers.set(register, BigInt(random.next()));
  cpu.registers.set(MESSAGE, from);
  cpu.registers.set(END, from + BigInt(bytes));
  cpu.system.set('cpacr_el1', 3n << 20n);
  cpu.contextSynchronized();
  cpu.pc = CODE;
  return machine;
}

describe('a block of SHA-256 that is executed at once', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('leaves what its words leave, one by one: noise %i', (seed) => {
    for (const [bytes, offset] of [
      [64, 0n],
      [640, 0n],
      [4096, 48n],
      [-64, 16n],
      [1, 4000n - (4000n % 16n)],
    ] as const) {
      const [slow, quick] = [machineAt(seed, bytes, DATA + offset), machineAt(seed, bytes, DATA + offset)];
      slow.cpu.breakAt(CODE + BigInt(4 * blockWords().length));
      slow.run(1_000_000);
      expect(findBlock(quick, stage)?.run(1_000_000)).toBe(true);
      expect(stateOf(quick.cpu)).toEqual(stateOf(slow.cpu));
    }
  });

  test('stops between two blocks when it has spent what it may', () => {
    const machine = machineAt(1, 640);
    expect(findBlock(machine, stage)?.run(3 * blockWords().length)).toBe(true);
    expect(machine.cpu.pc).toBe(CODE);
    expect(machine.cpu.registers.get(MESSAGE)).toBe(DATA + 192n);
  });

  test('faults where its words fault', () => {
    const end = CODE + 0x10_0000n;
    const [slow, quick] = [machineAt(1, 640, end), machineAt(1, 640, end)];
    expect(() => slow.run(1000)).toThrow(/external-abort/);
    expect(() => findBlock(quick, stage)?.run(1000)).toThrow(/external-abort/);
  });

  test('goes to the vectors where its words go, and stands there as they do', () => {
    const end = CODE + 0x10_0000n;
    const vectors = CODE + 0x8000n;
    const machines = [machineAt(1, 640, end - 128n), machineAt(1, 640, end - 128n)];
    for (const { cpu } of machines) {
      cpu.system.set('vbar_el1', vectors);
      cpu.contextSynchronized();
    }
    const [slow, quick] = machines;
    if (slow === undefined || quick === undefined) throw new TypeError('no machines');
    slow.cpu.breakAt(vectors + 0x200n);
    quick.cpu.breakAt(vectors + 0x200n);
    slow.run(1000);
    // Its first block by words, so that they are held.
    quick.run(blockWords().length);
    const runner = BlockRunner.of(quick, stage)?.begin(1000);
    expect(runner?.isThere).toBe(true);
    const before = quick.cpu.counters.instructions;
    runner?.run(1000);
    expect(quick.cpu.counters.instructions - before).toBe(blockWords().length);
    const registers = ['elr_el1', 'esr_el1', 'far_el1', 'spsr_el1'] as const;
    const all = ({ cpu }: Machine) => [stateOf(cpu), registers.map((register) => cpu.system.get(register))];
    expect(quick.cpu.pc).toBe(vectors + 0x200n);
    expect(all(quick)).toEqual(all(slow));
  });

  test('is not found in other words, and not used where something is unusual', () => {
    for (const at of [0, 5, 50, blockWords().length - 1]) {
      const machine = machineAt(1, 640);
      machine.load(CODE + BigInt(4 * at), Uint32Array.of(encode('nop')));
      expect(findBlock(machine, stage)).toBeUndefined();
    }
    const changed = machineAt(1, 640);
    const block = findBlock(changed, stage);
    changed.load(CODE + 40n, Uint32Array.of(encode('nop')));
    expect(block?.run(1000)).toBe(false);
    const trapped = machineAt(1, 640);
    trapped.cpu.system.set('cpacr_el1', 0n);
    trapped.cpu.contextSynchronized();
    expect(findBlock(trapped, stage)?.run(1000)).toBe(false);
    expect(findBlock(machineAt(1, 640, DATA + 8n), stage)?.run(1000)).toBe(false);
  });
});

describe('a whole stage', () => {
  const files = generateWorkload(100_000, 50_001, 1);

  test.each(['mmu-on', 'reserved'] as const)('ends the same with the block known: %s', async (strategy) => {
    expect(strategyNamed(strategy).canVerify).toBe(true);
    const reality = await new SimulatedMachine().describe();
    const planned = await planReboot({ ...files, cmdline: '', strategy, seed: 3 }, reality);
    const loaded: LoadedReboot = { ...planned, image: loadImage(planned.plan.stage, planned.contents) };
    const { stage } = planned.plan;
    const ended = await Promise.all(
      [false, true].map(async (knownBlock) => {
        const machine = new Machine({ ram: stage.placement.ram, exceptionLevel: 2 });
        prepareMachine(machine, loaded, entryState(stage));
        expect(findBlock(machine, stage)).toBeDefined();
        await runToJump(machine, stage, {}, { knownBlock });
        const { memory } = machine;
        const frames = Array.from({ length: memory.touchedFrames }, (_, at) => {
          const frame = memory.touchedFrame(at);
          return [memory.touchedPfn(at), ...(frame?.memory ?? []), ...(frame?.lines ?? [])];
        });
        return { ...stateOf(machine.cpu), frames };
      }),
    );
    expect(ended[1]).toEqual(ended[0]);
  });
});
