import { FRAME_SIZE, type Machine } from '@kexeckit/arm64-machine';
import type { StagePlan } from '@kexeckit/relocation';
import { blockWords, MESSAGE } from './block-words.ts';
import { findBlock, type KnownBlock } from './known-block.ts';

const BLOCK_BYTES = 64;

/**
 * Takes a run through the blocks of SHA-256 that a routine digests, at once where nobody could tell: the machine is afterwards what
 * it is word by word, to what its instruction cache holds. The first block of each page, which may find no translation, and blocks
 * that were not fetched yet are left to the words.
 */
export class BlockRunner {
  readonly #machine: Machine;
  readonly #block: KnownBlock;

  private constructor(machine: Machine, block: KnownBlock) {
    this.#machine = machine;
    this.#block = block;
  }

  /** Undefined for a stage without such blocks. */
  static of(machine: Machine, stage: Pick<StagePlan, 'start'>): BlockRunner | undefined {
    const block = findBlock(machine, stage);
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
    const offset = (cpu.registers.low[MESSAGE] ?? 0) & (FRAME_SIZE - 1);
    const inPage = offset === 0 ? 0 : Math.floor((FRAME_SIZE - offset) / BLOCK_BYTES);
    const blocks = Math.min(inPage, Math.floor(steps / blockWords().length));
    if (blocks > 0 && cpu.holdsInstructions(address, blockWords()) && this.#block.run(blocks * blockWords().length))
      return;
    cpu.clearBreak(address);
    this.#machine.run(1);
    cpu.breakAt(address);
  }
}
