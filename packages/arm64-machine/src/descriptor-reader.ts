import { type DescriptorSource, geometryOf, type Space, type WalkResult } from '@kexeckit/arm64-pgtable';
import { WATCH_TABLE } from './frame.ts';
import type { PhysicalMemory } from './memory.ts';
import { FRAME_DESCRIPTORS } from './sizes.ts';
import type { TranslationState } from './system.ts';
import { descriptorKey } from './table-watch.ts';
import type { TranslationFailure } from './translation.ts';

/** A walk, the space that it went through, and 4 KiB frames in its pages. */
export interface Walked {
  readonly space: Space;
  readonly result: WalkResult;
  readonly frames: number;
}

/** How table walks read memory. */
export class DescriptorReader {
  readonly #memory: PhysicalMemory;

  constructor(memory: PhysicalMemory) {
    this.#memory = memory;
  }

  /** Where walks read: through the cache where TCR says so, else at the point of coherency. */
  source(space: Space, state: TranslationState, watched: boolean): DescriptorSource {
    const frames = framesOf(space);
    const cached = walksCached(state, space);
    return {
      descriptor: (table, index) => {
        const pfn = table * frames + Math.floor(index / FRAME_DESCRIPTORS);
        const frame = this.#memory.frame(pfn);
        if (frame === undefined) return undefined;
        const at = index % FRAME_DESCRIPTORS;
        const [low, high] = cached
          ? [frame.coherentWord(2 * at), frame.coherentWord(2 * at + 1)]
          : [frame.memory[2 * at] ?? 0, frame.memory[2 * at + 1] ?? 0];
        if (watched) this.#memory.watch(frame, WATCH_TABLE);
        return { low, high };
      },
    };
  }

  /** A walk past the cache that read a descriptor of which the cache holds another. */
  bypassed({ space, result, frames }: Walked, state: TranslationState): TranslationFailure | undefined {
    if (walksCached(state, space)) return undefined;
    for (const { table, index, low, high } of result.steps) {
      const key = keyOf(frames, table, index);
      const frame = this.#memory.frame(Math.floor(key / FRAME_DESCRIPTORS));
      const word = 2 * (key % FRAME_DESCRIPTORS);
      if (frame === undefined || !frame.isDirty((4 * word) >>> frame.lineShift)) continue;
      if (frame.coherentWord(word) === low >>> 0 && frame.coherentWord(word + 1) === high >>> 0) continue;
      const detail = 'a table walk that TCR or SCTLR.C leads past the data cache, in which the descriptor is dirty';
      return { fault: 'dirty-line-bypassed', detail, address: BigInt(key) * 8n };
    }
    return undefined;
  }
}

/** 4 KiB frames in a page of the space's granule. */
export const framesOf = (space: Space): number => 2 ** (geometryOf(space.granule).pageShift - 12);

const walksCached = (state: TranslationState, { half }: Space): boolean =>
  half === 'upper' ? state.upperWalksCached : state.lowerWalksCached;

/** The key of a descriptor in a table of pages of so many frames. */
export const keyOf = (frames: number, table: number, index: number): number =>
  descriptorKey(table * frames + Math.floor(index / FRAME_DESCRIPTORS), index % FRAME_DESCRIPTORS);
