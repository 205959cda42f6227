import { type Range, rangeContains, rangeSize } from '@kexeckit/ioport';
import { addressOf, emitFlush, PAGE_SIZE } from '@kexeckit/relocation';
import { LinuxError } from '../error.ts';
import { withCode } from './code.ts';
import type { Kernel, Mapping } from './kernel.ts';
import { unmap, withMappings } from './memory.ts';

const AT_FDCWD = BigInt.asUintN(64, -100n);
const O_RDWR_CLOEXEC = 0o2_000_002n;
const PROT_READ_WRITE = 3n;
const MAP_SHARED = 1n;
const WORD = 4;

/**
 * Physical memory that the running kernel does not use, through /dev/mem.
 *
 * What the kernel has not mapped, it maps here as Device (`phys_mem_access_prot` in arch/arm64/mm/mmu.c): accesses must be
 * aligned, and go past the caches. But lines of it may still be in them, from when it was the RAM of a kernel before: a dirty
 * one could be written back over what was stored, a clean one be read by the purgatory, which has caches on. So the lines are
 * cleaned and invalidated before the first access, and again behind the last store. From then on nobody makes new ones: no
 * kernel has it mapped. Where it is mapped with caches after all, the same puts into memory what was stored.
 */
export class PhysicalMemory {
  readonly #kernel: Kernel;
  readonly #pieces: readonly (Range & Mapping)[];

  private constructor(kernel: Kernel, pieces: readonly (Range & Mapping)[]) {
    this.#kernel = kernel;
    this.#pieces = pieces;
  }

  /**
   * Maps whole pages. Close it, whatever happens.
   *
   * @throws SystemCallError; then nothing is mapped.
   */
  static open(kernel: Kernel, ranges: readonly Range[]): PhysicalMemory {
    const pieces: (Range & Mapping)[] = [];
    const memory = new PhysicalMemory(kernel, pieces);
    const file = openDevMem(kernel);
    try {
      for (const range of ranges) pieces.push({ ...range, ...mapPhysical(kernel, file, range) });
      memory.flush();
    } catch (error) {
      memory.close();
      throw error;
    } finally {
      kernel.call('close', file);
    }
    return memory;
  }

  /** Stores a page, word by word: nothing else is sure to be aligned. */
  write(pfn: number, bytes: Uint8Array): void {
    const to = this.#page(pfn);
    const from = new Uint32Array(new Uint8Array(bytes).buffer);
    for (let at = 0; at < to.length; at++) to[at] = from[at] ?? 0;
  }

  /** A copy of a page, read word by word. */
  read(pfn: number): Uint8Array {
    const from = this.#page(pfn);
    const to = new Uint32Array(from.length);
    for (let at = 0; at < to.length; at++) to[at] = from[at] ?? 0;
    return new Uint8Array(to.buffer);
  }

  has(pfn: number): boolean {
    return this.#pieceWith(pfn) !== undefined;
  }

  /** Leaves no line of it in any cache, and what was stored in memory. */
  flush(): void {
    withCode(this.#kernel, emitFlush(), (run) => {
      for (const { address, bytes } of this.#pieces) run(address, address + BigInt(bytes.length));
    });
  }

  close(): void {
    for (const piece of this.#pieces) unmap(this.#kernel, piece);
  }

  #page(pfn: number): Uint32Array {
    const piece = this.#pieceWith(pfn);
    if (piece === undefined) throw notMapped(pfn);
    const { bytes, start } = piece;
    const at = bytes.byteOffset + Number(addressOf(pfn) - start);
    return new Uint32Array(bytes.buffer, at, PAGE_SIZE / WORD);
  }

  #pieceWith(pfn: number): (Range & Mapping) | undefined {
    const page = { start: addressOf(pfn), end: addressOf(pfn + 1) - 1n };
    return this.#pieces.find((piece) => rangeContains(piece, page));
  }
}

const notMapped = (pfn: number): LinuxError =>
  new LinuxError('EINVAL', `page 0x${addressOf(pfn).toString(16)} was not mapped`, 'map it first');

function openDevMem(kernel: Kernel): bigint {
  return withMappings(kernel, [new TextEncoder().encode('/dev/mem\0')], ([path]) =>
    kernel.call('openat', AT_FDCWD, path?.address ?? 0n, O_RDWR_CLOEXEC, 0n),
  );
}

function mapPhysical(kernel: Kernel, file: bigint, range: Range): Mapping {
  const size = rangeSize(range);
  const address = kernel.call('mmap', 0n, size, PROT_READ_WRITE, MAP_SHARED, file, range.start);
  return { address, bytes: kernel.view(address, Number(size)) };
}
