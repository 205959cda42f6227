import { type Device, DeviceFrame } from './device.ts';
import { Frame } from './frame.ts';
import { FRAME_SIZE, LINE_SIZE, type LineSize, lineShiftOf } from './sizes.ts';

/** A range of physical addresses; `end` is inclusive, as in the kernel's resources. */
export interface PhysicalRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Frames that are kept together. */
const NEAR = 512;

/** Frames by page frame number, those near each other kept together: programs go from one page to the next. */
class FrameTable {
  readonly #near = new Map<number, (Frame | undefined)[]>();
  #lastNumber = -1;
  #last: (Frame | undefined)[] = [];

  get(pfn: number): Frame | undefined {
    const number = Math.floor(pfn / NEAR);
    if (number !== this.#lastNumber) {
      const found = this.#near.get(number);
      if (found === undefined) return undefined;
      this.#lastNumber = number;
      this.#last = found;
    }
    return this.#last[pfn - number * NEAR];
  }

  set(pfn: number, frame: Frame): void {
    const number = Math.floor(pfn / NEAR);
    let near = this.#near.get(number);
    if (near === undefined) {
      near = new Array<Frame | undefined>(NEAR).fill(undefined);
      this.#near.set(number, near);
    }
    near[pfn - number * NEAR] = frame;
  }

  clear(): void {
    this.#near.clear();
    this.#lastNumber = -1;
    this.#last = [];
  }
}

/** The physical address space of a machine: RAM in frames that come into being, full of garbage, when first touched. */
export class PhysicalMemory {
  /** First frames of the ranges of RAM, ascending, and the last frame of any range up to each. */
  readonly #firsts: readonly number[];
  readonly #lasts: readonly number[];
  /** Touched frames by page frame number, and those numbers in the order in which they were touched. */
  readonly #frames = new FrameTable();
  readonly #touched: number[] = [];
  readonly #devices = new Map<number, DeviceFrame>();
  /** Counts stores to frames that translation tables were read from: a TLB entry is checked once for each value. */
  tableWrites = 0;
  /** Told of a store to the line that holds byte `offset` of a frame that code was fetched from. */
  readonly onCodeWrite: ((pfn: number, offset: number) => void)[] = [];
  /** Told when a frame becomes watched, so that no CPU goes on storing to it unnoticed. */
  readonly onWatch: (() => void)[] = [];

  /** Bytes of a data cache line of all CPUs. */
  readonly dataLine: LineSize;
  /** How far an offset is shifted right to count those. */
  readonly lineShift: number;

  /** @param dataLine bytes of a line of the data cache that lies before it; 64 by default. */
  constructor(ram: readonly PhysicalRange[], dataLine: LineSize = LINE_SIZE) {
    this.dataLine = dataLine;
    this.lineShift = lineShiftOf(dataLine);
    const size = BigInt(FRAME_SIZE);
    const ranges = ram
      .map(({ start, end }) => ({ first: Number((start + size - 1n) / size), last: Number((end + 1n) / size) - 1 }))
      .sort((a, b) => a.first - b.first);
    let highest = -1;
    this.#firsts = ranges.map(({ first }) => first);
    this.#lasts = ranges.map(({ last }) => {
      highest = Math.max(highest, last);
      return highest;
    });
  }

  /** The frame with this page frame number (physical address / 4096), or `undefined` where there is no RAM. */
  frame(pfn: number): Frame | undefined {
    const found = this.#frames.get(pfn);
    if (found !== undefined) return found;
    if (!this.isRam(pfn)) return undefined;
    const made = new Frame(this.lineShift);
    this.#frames.set(pfn, made);
    this.#touched.push(pfn);
    return made;
  }

  /** Whether there is RAM in this frame. */
  isRam(pfn: number): boolean {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? 0) <= pfn) low = middle + 1;
      else high = middle;
    }
    return low > 0 && pfn <= (this.#lasts[low - 1] ?? -1);
  }

  /**
   * Puts a device where no RAM is; several may share a frame.
   *
   * @throws MachineError `EINVAL` for an address that is no multiple of 4, or that another device begins at.
   */
  attach(address: bigint, device: Device): void {
    const pfn = Number(address / BigInt(FRAME_SIZE));
    const frame = this.#devices.get(pfn) ?? new DeviceFrame();
    frame.add(Number(address % BigInt(FRAME_SIZE)), device);
    this.#devices.set(pfn, frame);
  }

  /** The devices in a frame, if there are any. */
  devicesIn(pfn: number): DeviceFrame | undefined {
    return this.#devices.get(pfn);
  }

  /** All devices. */
  get devices(): readonly Device[] {
    return [...this.#devices.values()].flatMap(({ devices }) => devices);
  }

  /** Marks a frame whose stores must be noticed. */
  watch(frame: Frame, what: number): void {
    if ((frame.watched & what) === what) return;
    frame.watched |= what;
    for (const tell of this.onWatch) tell();
  }

  /** How many frames have been touched. */
  get touchedFrames(): number {
    return this.#touched.length;
  }

  /** The frame that was touched as the `index`-th one. */
  touchedFrame(index: number): Frame | undefined {
    return this.#frames.get(this.#touched[index] ?? -1);
  }

  /** The page frame number of that frame. */
  touchedPfn(index: number): number {
    return this.#touched[index] ?? -1;
  }

  /** Copies of all touched frames, by page frame number. */
  save(): ReadonlyMap<number, Frame> {
    const saved = new Map<number, Frame>();
    for (const pfn of this.#touched) {
      const frame = this.#frames.get(pfn);
      if (frame !== undefined) saved.set(pfn, frame.clone());
    }
    return saved;
  }

  /** Goes back to saved frames; whoever holds frames must look them up again. */
  restore(saved: ReadonlyMap<number, Frame>): void {
    this.#frames.clear();
    this.#touched.length = 0;
    for (const [pfn, frame] of saved) {
      this.#frames.set(pfn, frame.clone());
      this.#touched.push(pfn);
    }
    this.tableWrites += 1;
    for (const tell of this.onWatch) tell();
  }
}
