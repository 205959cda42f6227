import type { Cpu } from './cpu.ts';
import type { PhysicalMemory } from './memory.ts';
import { FRAME_SIZE } from './sizes.ts';

/** What hardware may do between any two instructions, decided by a seed. */
export interface Adversary {
  /** Instructions until it acts again. */
  interval(): number;
  /** Does one thing that no correct program can notice. */
  act(cpu: Cpu): void;
  /** From where it goes on deciding, for a snapshot. */
  save(): number;
  restore(state: number): void;
}

/** Longest stretch without interference, in instructions. */
const LONGEST = 400;

/**
 * An adversary: dirty lines are written back, clean ones lost, lines of mapped memory brought in by speculation, TLB
 * entries lost. The same seed does the same things at the same moments.
 *
 * @param seed any integer.
 */
export function newAdversary(seed: number, memory: PhysicalMemory, cpus: readonly Cpu[]): Adversary {
  let state = seed >>> 0 || 1;
  // xorshift32: quick, and good enough to be everywhere.
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const lines = FRAME_SIZE / memory.dataLine;
  const touchLine = (): void => {
    const frame = memory.touchedFrame(random(Math.max(memory.touchedFrames, 1)));
    const line = random(lines);
    if (frame === undefined || !frame.isValid(line)) return;
    memory.use(frame);
    frame.writeBack(line);
    if (random(2) === 0) frame.invalidateLine(line);
  };
  const acts: readonly ((cpu: Cpu) => void)[] = [
    touchLine,
    touchLine,
    (cpu) => cpu.mmu.evict(random(1 << 16)),
    (cpu) => speculate(cpu, lines, random),
  ];
  return {
    interval: () => 1 + random(LONGEST),
    act(cpu) {
      for (let many = random(4); many >= 0; many--) acts[random(acts.length)]?.(cpu);
      for (const other of cpus) other.forgetTranslations();
    },
    save: () => state,
    restore(saved) {
      state = saved;
    },
  };
}

/** A load or fetch that no instruction asked for, from a place where the tables let hardware do so. */
function speculate(cpu: Cpu, lines: number, random: (below: number) => number): void {
  const runs = cpu.mmu.speculatedRuns();
  const run = runs[random(Math.max(runs.length, 1))];
  if (run === undefined) return;
  const at = random(Math.min(run.frames, 2 ** 31));
  cpu.memory.speculate(run, at, random(lines));
}
