import { type Device, DeviceFrame } from './device.ts';
import { Frame } from './frame.ts';
import { FrameHistory, type HistoryPoint } from './frame-history.ts';
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
}

/** A state of memory to go back to. */
export interface MemorySnapshot {
  readonly point: HistoryPoint;
  /** The frames that had been touched are the first so many of these. */
  readonly touched: readonly number[];
  readonly count: number;
  readonly tableWrites: number;
}

/** The physical address space of a machine: RAM in frames that come into being, full of garbage, when first touched. */
export class PhysicalMemory {
  /** First frames of the ranges of RAM, ascending, and the last frame of any range up to each. */
  readonly #firsts: readonly number[];
  readonly #lasts: readonly number[];
  /** Touched frames by page frame number, and those numbers in the order in which they were touched. */
  readonly #frames = new FrameTable();
  #touched: number[] = [];
  readonly #history = new FrameHistory();
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
    if (found?.isTouched === true) return found;
    if (!this.isRam(pfn)) return undefined;
    this.#touched.push(pfn);
    if (found !== undefined) {
      found.isTouched = true;
      return found;
    }
    const made = new Frame(this.lineShift);
    this.#frames.set(pfn, made);
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
    this.use(frame);
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

  /**
   * A frame may change from here on. CPUs say so themselves; whoever else changes a frame behind a snapshot, so that it can be restored,
   * says so before.
   */
  use(frame: Frame): void {
    if (frame.usedIn !== this.#history.interval) this.#history.use(frame);
  }

  /**
   * Frames that may have changed since this was last asked, in either view; undefined the first time, where any may. Maintenance that
   * begins or completes changes no frame.
   */
  takeChanged(): ReadonlySet<Frame> | undefined {
    return this.#history.takeChanged();
  }

  /** Memory as it is now; no CPU may still have a way to a frame that it used before. */
  save(): MemorySnapshot {
    const { tableWrites } = this;
    return { point: this.#history.save(), touched: this.#touched, count: this.#touched.length, tableWrites };
  }

  /** Goes back; frames stay the same objects. */
  restore({ point, touched, count, tableWrites }: MemorySnapshot): void {
    this.#history.restore(point);
    this.tableWrites = tableWrites;
    if (touched === this.#touched && count === touched.length) return;
    for (const pfn of this.#touched) setTouched(this.#frames.get(pfn), false);
    this.#touched = touched.slice(0, count);
    for (const pfn of this.#touched) setTouched(this.#frames.get(pfn), true);
  }
}

function setTouched(frame: Frame | undefined, isTouched: boolean): void {
  if (frame !== undefined) frame.isTouched = isTouched;
}
