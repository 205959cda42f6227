import { callFailed } from '../syscalls/kernel.ts';

/** Memory that a process has mapped. */
interface Mapped {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The frame of each page; 0 before it is touched. */
  readonly frames: Float64Array;
  /** By how many buffers each page is pinned. */
  readonly pins: Uint8Array;
}

const PAGE = 4096;
const PRESENT = 1n << 63n;

/** Where the model's CMA lies: pages there move when they are pinned for the long term, and not before. */
const CMA = { first: 0x7f000, pages: 0x1000 };

/**
 * What Linux does with a process's memory, as far as the process can see: pages get frames when they are locked, move when
 * memory is compacted, and stay when they are pinned.
 */
export class MemoryModel {
  readonly #mapped = new Map<bigint, Mapped>();
  /** Rings by descriptor, with the buffers that are registered. */
  readonly #rings = new Map<bigint, readonly (readonly [address: bigint, size: number])[]>();
  #free = 0x7f00_0000_1000n;
  #nextRing = 20n;
  #given = 0;

  /** Bytes that are mapped. */
  get mappedBytes(): number {
    return [...this.#mapped.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Rings that are open: what is registered with them is pinned. */
  get rings(): number {
    return this.#rings.size;
  }

  /** Frames of pages that are mapped, with their bytes. */
  *frames(): Generator<[pfn: number, bytes: Uint8Array]> {
    for (const { bytes, frames } of this.#mapped.values())
      for (const [page, pfn] of frames.entries())
        if (pfn > 0) yield [pfn, bytes.subarray(page * PAGE, (page + 1) * PAGE)];
  }

  map(size: number): bigint {
    return this.mapBytes(new Uint8Array(Math.ceil(size / PAGE) * PAGE));
  }

  /** Maps memory that is there already, whole pages. */
  mapBytes(bytes: Uint8Array<ArrayBuffer>): bigint {
    const address = this.#free;
    const pages = bytes.length / PAGE;
    this.#free += BigInt(bytes.length) + 0x1000n;
    this.#mapped.set(address, {
      bytes,
      frames: new Float64Array(pages),
      pins: new Uint8Array(pages),
    });
    return address;
  }

  unmap(address: bigint): bigint {
    if (!this.#mapped.delete(address)) throw callFailed('munmap', 'EINVAL');
    return 0n;
  }

  lock(address: bigint, size: number): bigint {
    this.#eachPage(address, size, ({ frames }, page) => {
      if (frames[page] === 0) frames[page] = this.#giveFrame();
    });
    return 0n;
  }

  openRing(): bigint {
    this.#nextRing += 1n;
    this.#rings.set(this.#nextRing, []);
    return this.#nextRing;
  }

  /** Takes the buffers of a table of struct iovec, or lets go of all. */
  register(ring: bigint, operation: bigint, table: bigint, count: bigint): bigint {
    const registered = this.#rings.get(ring);
    if (registered === undefined) throw callFailed('io_uring_register', 'EBADF');
    for (const [address, size] of registered) this.#pin(address, size, -1);
    const buffers = operation === 0n ? this.#buffersAt(table, Number(count)) : [];
    this.#rings.set(ring, buffers);
    for (const [address, size] of buffers) this.#pin(address, size, 1);
    return 0n;
  }

  close(ring: bigint): bigint {
    this.register(ring, 1n, 0n, 0n);
    this.#rings.delete(ring);
    return 0n;
  }

  /** Moves every page that is not pinned. */
  compact(): void {
    for (const { frames, pins } of this.#mapped.values())
      for (const [page, pfn] of frames.entries()) if (pfn > 0 && pins[page] === 0) frames[page] = this.#giveFrame();
  }

  /** Moves a page although it is pinned: what no kernel should do. */
  moveFrame(pfn: number): void {
    for (const { frames } of this.#mapped.values()) {
      const page = frames.indexOf(pfn);
      if (page >= 0) frames[page] = this.#giveFrame();
    }
  }

  view(address: bigint, size: number): Uint8Array<ArrayBuffer> {
    const [{ bytes }, offset] = this.#at(address, size);
    return bytes.subarray(offset, offset + size);
  }

  pagemap(address: bigint, pages: number): BigUint64Array {
    const words = new BigUint64Array(pages);
    let at = 0;
    this.#eachPage(address, pages * PAGE, ({ frames }, page) => {
      const pfn = frames[page] ?? 0;
      words[at] = pfn === 0 ? 0n : PRESENT | BigInt(pfn);
      at += 1;
    });
    return words;
  }

  #at(address: bigint, size: number): [mapped: Mapped, offset: number] {
    for (const [start, mapped] of this.#mapped)
      if (start <= address && address + BigInt(size) <= start + BigInt(mapped.bytes.length))
        return [mapped, Number(address - start)];
    throw new Error(`nothing is mapped at 0x${address.toString(16)}`);
  }

  #eachPage(address: bigint, size: number, visit: (mapped: Mapped, page: number) => void): void {
    const [mapped, offset] = this.#at(address, size);
    for (let page = offset / PAGE; page < (offset + size) / PAGE; page++) visit(mapped, page);
  }

  #pin(address: bigint, size: number, by: 1 | -1): void {
    this.#eachPage(address, size, ({ frames, pins }, page) => {
      pins[page] = (pins[page] ?? 0) + by;
      const pfn = frames[page] ?? 0;
      if (by > 0 && pfn >= CMA.first && pfn < CMA.first + CMA.pages) frames[page] = this.#giveFrame();
    });
  }

  #buffersAt(table: bigint, count: number): (readonly [bigint, number])[] {
    const words = new DataView(this.view(table, count * 16).slice().buffer);
    return Array.from({ length: count }, (_, index) => [
      words.getBigUint64(16 * index, true),
      Number(words.getBigUint64(16 * index + 8, true)),
    ]);
  }

  /** Frames as a kernel that has been running gives them: low ones first, that are the old kernel's own, then some of CMA, then runs with gaps. */
  #giveFrame(): number {
    const given = this.#given;
    this.#given += 1;
    if (given < 420) return 0x40300 + given;
    if (given < 450) return CMA.first + given;
    return 0x48000 + given + 2 * Math.floor(given / 50);
  }
}
