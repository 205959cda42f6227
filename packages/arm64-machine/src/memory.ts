import { FRAME_SIZE, Frame } from './frame.ts';

/** A range of physical addresses; `end` is inclusive, as in the kernel's resources. */
export interface PhysicalRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The RAM of a machine: frames that come into being, full of garbage, when they are first touched. */
export class PhysicalMemory {
  readonly #ram: readonly { readonly first: number; readonly last: number }[];
  readonly #frames = new Map<number, Frame>();

  constructor(ram: readonly PhysicalRange[]) {
    const size = BigInt(FRAME_SIZE);
    this.#ram = ram
      .map(({ start, end }) => ({ first: Number((start + size - 1n) / size), last: Number((end + 1n) / size) - 1 }))
      .sort((a, b) => a.first - b.first);
  }

  /** The frame with this number (physical address / 4096), or `undefined` where there is no RAM. */
  frame(number: number): Frame | undefined {
    const found = this.#frames.get(number);
    if (found !== undefined) return found;
    if (!this.#ram.some(({ first, last }) => first <= number && number <= last)) return undefined;
    const made = new Frame();
    this.#frames.set(number, made);
    return made;
  }

  /** How many frames have been touched. */
  get touchedFrames(): number {
    return this.#frames.size;
  }
}
