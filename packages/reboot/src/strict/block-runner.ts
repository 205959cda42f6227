import type { Machine } from '@kexeckit/arm64-machine';
import type { DigestNotes, StagePlan } from '@kexeckit/relocation';
import { blockWords } from './block-words.ts';
import { findBlock, type KnownBlock } from './known-block.ts';

/**
 * Takes a run through the blocks of SHA-256 that a routine digests, at once where nobody could tell: the machine is afterwards what
 * it is word by word, to what its instruction cache holds. Blocks that were not fetched yet are left to the words.
 */
export class BlockRunner {
  readonly #machine: Machine;
  readonly #block: KnownBlock;

  private constructor(machine: Machine, block: KnownBlock) {
    this.#machine = machine;
    this.#block = block;
  }

  /** Undefined for a stage without such blocks. @param notes of what was digested before. */
  static of(machine: Machine, stage: Pick<StagePlan, 'start'>, notes?: DigestNotes): BlockRunner | undefined {
    const block = findBlock(machine, stage, notes);
    return block && new BlockRunner(machine, block);
  }

  /** Has a run of so many steps stop before each block; undefined where that is not worth it, or somebody else stops there. */
  begin(steps: number): BlockRunner | undefined {
    if (steps <= blockWords().length || this.#machine.cpu.breaksAt(this.#block.address)) return undefined;
    this.#machine.cpu.breakAt(this.#block.address);
    return this;
  }

  end(): void {
    this.#machine.cpu.clearBreak(this.#block.address);
  }

  /** Whether the machine stands before a block. */
  get isThere(): boolean {
    return this.#machine.cpu.pc === this.#block.address;
  }

  /**
   * Goes on from there by so many steps at most, and by one at least.
   *
   * @throws MachineFault for what the routine did wrong.
   */
  run(steps: number): void {
    const { cpu } = this.#machine;
    const { address } = this.#block;
    const blocks = Math.floor(steps / blockWords().length);
    if (blocks > 0 && cpu.holdsInstructions(address, blockWords())) {
      let isDone = false;
      const isTaken = !cpu.attempt(() => {
        isDone = this.#block.run(blocks * blockWords().length);
      });
      if (isTaken || isDone) return;
    }
    cpu.clearBreak(address);
    this.#machine.run(1);
    cpu.breakAt(address);
  }
}
