import { type Cpu, FRAME_SIZE, type Machine } from '@kexeckit/arm64-machine';
import { type DigestNotes, pfnOf, type StagePlan } from '@kexeckit/relocation';
import { blockWords, END, MESSAGE } from './block-words.ts';
import { NotedRun } from './noted-run.ts';

/**
 * A block of SHA-256 in the words of a routine, executed at once instead of word by word: 99 of 100 instructions of a
 * verified stage are of this loop.
 *
 * Why that is sound: what is executed are not "the words that the emitter emits", but exactly the words of
 * {@link blockWords}, which are looked at in memory again each time, as fetches and as data accesses see them. They are
 * straight-line code with one branch back, and of what they do nothing depends on data but sums and where they read; a
 * test holds all of it (registers, flags, counts, lines brought in, faults) against the same words one by one. Any other
 * word, and anything unusual about the machine (SIMD trapped, a message that is not aligned, a register written and not yet in effect), is executed one
 * by one, and so is everything where an adversary may act in between.
 */
export class KnownBlock {
  /** Physical address of its first word. */
  readonly address: bigint;
  readonly #machine: Machine;
  readonly #pfn: number;
  readonly #first: number;
  readonly #notes: DigestNotes | undefined;

  constructor(machine: Machine, pfn: number, first: number, notes: DigestNotes | undefined) {
    this.#machine = machine;
    this.#pfn = pfn;
    this.#first = first;
    this.#notes = notes;
    this.address = BigInt(pfn) * BigInt(FRAME_SIZE) + BigInt(4 * first);
  }

  /**
   * Executes the loop from the pc, but no more than so many instructions beyond its first block. False if it has to be executed word by
   * word.
   */
  run(instructions: number): boolean {
    const { cpu } = this.#machine;
    const aligned = ((cpu.registers.low[MESSAGE] ?? 0) & 15) === 0;
    if (!aligned || !this.#isThere() || cpu.system.simdTrap !== undefined || cpu.system.pending) return false;
    this.#runLoop(cpu, instructions);
    return true;
  }

  #runLoop(cpu: Cpu, instructions: number): void {
    const { registers, counters, vectors } = cpu;
    const run = new NotedRun(vectors.words, this.#notes);
    let left = Math.max(1, Math.ceil(instructions / blockWords().length));
    try {
      for (; left > 0; left--) {
        // A fault leaves everything as it was before the block.
        readMessage(cpu, this.#first);
        run.take(message, (registers.low[MESSAGE] ?? 0) & (FRAME_SIZE - 1));
        advance(registers);
        counters.instructions += blockWords().length;
        if (!compare(cpu)) break;
      }
    } finally {
      run.settle();
    }
    cpu.pc = left > 0 ? this.address + BigInt(4 * blockWords().length) : this.address;
  }

  #isThere(): boolean {
    const frame = this.#machine.memory.frame(this.#pfn);
    if (frame === undefined) return false;
    return blockWords().every((word, at) => {
      const index = this.#first + at;
      return frame.fetchedWord(index) === word && frame.coherentWord(index) === word;
    });
  }
}

/** Finds the block in the page that a stage starts in. @param notes of what was digested before. */
export function findBlock(
  machine: Machine,
  { start }: Pick<StagePlan, 'start'>,
  notes?: DigestNotes,
): KnownBlock | undefined {
  const pfn = pfnOf(start);
  const words = machine.memory.frame(pfn)?.memory ?? new Uint32Array();
  const wanted = blockWords();
  const first = words.findIndex((_, at) => wanted.every((word, offset) => words[at + offset] === word));
  return first < 0 ? undefined : new KnownBlock(machine, pfn, first, notes);
}

const BLOCK_BYTES = 64;

/** MESSAGE goes on to the next block. */
function advance({ low, high }: Cpu['registers']): void {
  const next = ((low[MESSAGE] ?? 0) + BLOCK_BYTES) | 0;
  if (next >>> 0 < BLOCK_BYTES) high[MESSAGE] = (high[MESSAGE] ?? 0) + 1;
  low[MESSAGE] = next;
}

/** The 16 words of a block, as they stand in memory. */
const message = new Int32Array(16);

/** Reads as LD1 of four registers does: each 16 bytes by themselves. */
function readMessage({ memory, registers }: Cpu, index: number): void {
  for (let part = 0; part < 4; part++) {
    const low = ((registers.low[MESSAGE] ?? 0) + 16 * part) | 0;
    const carried = low >>> 0 < (registers.low[MESSAGE] ?? 0) >>> 0 ? 1 : 0;
    const high = ((registers.high[MESSAGE] ?? 0) + carried) | 0;
    const words = memory.viewForRead(low, high, index, 0);
    const slot = (low & 0xfff) >>> 2;
    for (let word = 0; word < 4; word++) message[4 * part + word] = words[slot + word] ?? 0;
  }
}

/** The comparison of MESSAGE with END; whether it is lower, and the loop goes on. */
function compare(cpu: Cpu): boolean {
  const { low, high } = cpu.registers;
  const [a, aHigh, b, bHigh] = [low[MESSAGE] ?? 0, high[MESSAGE] ?? 0, low[END] ?? 0, high[END] ?? 0];
  const borrow = a >>> 0 < b >>> 0 ? 1 : 0;
  const top = (aHigh - bHigh - borrow) | 0;
  cpu.n = top >>> 31;
  cpu.z = a === b && top === 0 ? 1 : 0;
  cpu.c = aHigh === bHigh ? 1 - borrow : aHigh >>> 0 > bHigh >>> 0 ? 1 : 0;
  cpu.v = ((aHigh ^ bHigh) & (aHigh ^ top)) >>> 31;
  return cpu.c === 0;
}
