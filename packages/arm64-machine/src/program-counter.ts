import { type ControlFlow, REFETCH } from './core.ts';
import { FRAME_SIZE, FRAME_WORDS } from './sizes.ts';

/** The pc, kept as a virtual page and an index in it, so that no branch within a page needs a 64-bit number. */
export class ProgramCounter implements ControlFlow {
  left = 0;
  at = 0;
  /** Virtual page number. */
  vpn = 0;
  /** Index of the instruction in its page. */
  index = 0;

  /** The virtual address of the next instruction. */
  get address(): bigint {
    return this.addressAt(this.index);
  }

  set address(address: bigint) {
    this.vpn = Number(address >> 12n);
    this.index = Number(address & 0xfffn) >>> 2;
  }

  /** The virtual address of an instruction of the current page. */
  addressAt(index: number): bigint {
    return BigInt(this.vpn) * BigInt(FRAME_SIZE) + BigInt(index * 4);
  }

  jump(low: number, high: number): typeof REFETCH {
    this.vpn = (high >>> 0) * 0x100000 + (low >>> 12);
    this.index = (low & 0xfff) >>> 2;
    return REFETCH;
  }

  branch(index: number, offset: number): number {
    const target = index + offset;
    if (target >= 0 && target < FRAME_WORDS) return target;
    this.vpn += Math.floor(target / FRAME_WORDS);
    this.index = ((target % FRAME_WORDS) + FRAME_WORDS) % FRAME_WORDS;
    return REFETCH;
  }

  relative(index: number, offset: number): { low: number; high: number } {
    const address = this.vpn * FRAME_SIZE + index * 4 + offset;
    return { low: address | 0, high: Math.floor(address / 2 ** 32) };
  }

  refetch(index: number): typeof REFETCH {
    const next = this.branch(index, 1);
    if (next !== REFETCH) this.index = next;
    return REFETCH;
  }

  /** Goes on at the start of the page behind this one. */
  nextPage(): void {
    this.vpn += 1;
    this.index = 0;
  }
}
