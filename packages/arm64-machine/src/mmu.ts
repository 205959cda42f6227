import { type DescriptorSource, geometryOf, rootOfTtbr, spaceOfTcr, walk } from '@kexeckit/arm64-pgtable';
import type { Counters } from './counters.ts';
import type { FaultKind } from './fault.ts';
import type { Frame } from './frame.ts';
import type { PhysicalMemory } from './memory.ts';
import type { SystemRegisters } from './system.ts';

/** What a virtual 4 KiB page leads to. */
export interface Translation {
  readonly frame: Frame;
  /** Frame number: physical address / 4096. */
  readonly number: number;
  readonly writable: boolean;
  readonly executable: boolean;
  /** Whether data accesses go through the cache. */
  readonly cacheable: boolean;
  /** Device memory: unaligned accesses fault. With the MMU off, all data accesses are of this kind. */
  readonly device: boolean;
}

/** A translation that failed, as the architecture names it. */
export interface TranslationFailure {
  readonly fault: FaultKind;
  readonly detail: string;
}

/**
 * Translation of one CPU: table walks, and a TLB that keeps an entry, right or stale, until it is invalidated.
 *
 * An invalidation is a request; it is complete at the next DSB (Arm ARM D8.17.5).
 */
export class Mmu {
  readonly #system: SystemRegisters;
  readonly #memory: PhysicalMemory;
  readonly #counters: Counters;
  readonly #tlb = new Map<number, Translation>();
  readonly #flat = new Map<number, Translation>();
  #invalidations: ('all' | number)[] = [];

  constructor(system: SystemRegisters, memory: PhysicalMemory, counters: Counters) {
    this.#system = system;
    this.#memory = memory;
    this.#counters = counters;
  }

  /** Translates a virtual page number (virtual address / 4096). */
  translate(page: number): Translation | TranslationFailure {
    if (!this.#system.effective.mmu) return this.#identity(page);
    const held = this.#tlb.get(page);
    if (held !== undefined) return held;
    const found = this.#walk(page);
    if ('frame' in found) this.#tlb.set(page, found);
    return found;
  }

  /** Leaves an entry in the TLB, as whatever ran before this program may have. */
  leaveStale(page: number, entry: Translation): void {
    this.#tlb.set(page, entry);
  }

  /** TLBI for one page, or for all; complete at the next `completeInvalidations`. */
  requestInvalidation(what: 'all' | number): void {
    this.#invalidations.push(what);
  }

  /** A DSB: requested invalidations are complete. */
  completeInvalidations(): void {
    for (const what of this.#invalidations) {
      if (what === 'all') this.#tlb.clear();
      else this.#tlb.delete(what);
    }
    this.#invalidations = [];
  }

  #identity(page: number): Translation | TranslationFailure {
    const held = this.#flat.get(page);
    if (held !== undefined) return held;
    const frame = this.#memory.frame(page);
    if (frame === undefined) return { fault: 'external-abort', detail: 'there is no RAM at this physical address' };
    const made = { frame, number: page, writable: true, executable: true, cacheable: false, device: true };
    this.#flat.set(page, made);
    return made;
  }

  #walk(page: number): Translation | TranslationFailure {
    const { tcr, ttbr0, mair, dataCache } = this.#system.effective;
    const space = spaceOfTcr(tcr, this.#system.exceptionLevel === 2 ? 'EL2' : 'EL1', 'lower', mair);
    if (space === undefined)
      return { fault: 'translation-fault', detail: `TCR 0x${tcr.toString(16)} has a reserved TG0 or T0SZ` };
    const frames = 2 ** (geometryOf(space.granule).pageShift - 12);
    const found = walk(space, rootOfTtbr(space, ttbr0), this.#tables(frames), Math.floor(page / frames));
    this.#counters.tableWalks += 1;
    if (found.kind !== 'mapped') {
      const fault = found.kind === 'reserved-type' ? 'translation-fault' : found.kind;
      return { fault, detail: `level ${found.level} of the table walk` };
    }
    const number = found.page * frames + (page % frames);
    const frame = this.#memory.frame(number);
    if (frame === undefined)
      return {
        fault: 'external-abort',
        detail: `the tables lead to frame 0x${number.toString(16)}, where there is no RAM`,
      };
    const { type, writable, executable } = found.attributes;
    return {
      frame,
      number,
      writable,
      executable,
      cacheable: type === 'Normal' && dataCache,
      device: type.startsWith('Device'),
    };
  }

  /** The walker reads through the cache where it holds the line: TCR says write-back, inner shareable. */
  #tables(frames: number): DescriptorSource {
    const words = geometryWords;
    return {
      descriptor: (table, index) => {
        const frame = this.#memory.frame(table * frames + Math.floor(index / words));
        if (frame === undefined) return undefined;
        const at = index % words;
        const view = frame.forRead(at * 8, this.#counters);
        return { low: view[2 * at] ?? 0, high: view[2 * at + 1] ?? 0 };
      },
    };
  }
}

/** Descriptors in a 4 KiB frame. */
const geometryWords = 512;
