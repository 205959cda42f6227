import type { Device } from './device.ts';
import { FRAME_SIZE, Frame } from './frame.ts';

/** A range of physical addresses; `end` is inclusive, as in the kernel's resources. */
export interface PhysicalRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The physical address space of a machine: RAM in frames that come into being, full of garbage, when first touched. */
export class PhysicalMemory {
  readonly #ram: readonly { readonly first: number; readonly last: number }[];
  readonly #frames = new Map<number, Frame>();
  readonly #numbers: number[] = [];
  readonly #devices = new Map<number, Device>();
  /** Counts stores to frames that translation tables were read from: a TLB entry is checked once for each value. */
  tableWrites = 0;
  /** Told of a store to a line of a frame that code was fetched from. */
  readonly onCodeWrite: ((frame: number, line: number) => void)[] = [];
  /** Told when a frame becomes watched, so that no CPU goes on storing to it unnoticed. */
  readonly onWatch: (() => void)[] = [];

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
    if (!this.isRam(number)) return undefined;
    const made = new Frame();
    this.#frames.set(number, made);
    this.#numbers.push(number);
    return made;
  }

  /** Whether there is RAM in this frame. */
  isRam(number: number): boolean {
    return this.#ram.some(({ first, last }) => first <= number && number <= last);
  }

  /** Puts a device where no RAM is. */
  attach(address: bigint, device: Device): void {
    this.#devices.set(Number(address / BigInt(FRAME_SIZE)), device);
  }

  /** The device in a frame. */
  device(number: number): Device | undefined {
    return this.#devices.get(number);
  }

  /** All devices. */
  get devices(): readonly Device[] {
    return [...this.#devices.values()];
  }

  /** Marks a frame whose stores must be noticed. */
  watch(frame: Frame, what: number): void {
    if ((frame.watched & what) === what) return;
    frame.watched |= what;
    for (const tell of this.onWatch) tell();
  }

  /** How many frames have been touched. */
  get touchedFrames(): number {
    return this.#frames.size;
  }

  /** The frame that was touched as the `index`-th one. */
  touchedFrame(index: number): Frame | undefined {
    return this.#frames.get(this.#numbers[index] ?? -1);
  }

  /** Copies of all touched frames, by number. */
  save(): ReadonlyMap<number, Frame> {
    return new Map([...this.#frames].map(([number, frame]) => [number, frame.clone()]));
  }

  /** Goes back to saved frames; whoever holds frames must look them up again. */
  restore(saved: ReadonlyMap<number, Frame>): void {
    this.#frames.clear();
    this.#numbers.length = 0;
    for (const [number, frame] of saved) {
      this.#frames.set(number, frame.clone());
      this.#numbers.push(number);
    }
    this.tableWrites += 1;
    for (const tell of this.onWatch) tell();
  }
}
