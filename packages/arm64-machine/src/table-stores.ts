import { INNER, NON_SHAREABLE } from './barrier.ts';
import type { Frame } from './frame.ts';
import { FRAME_DESCRIPTORS } from './sizes.ts';

/** Descriptors that are kept together: no store goes beyond 64 bytes. */
const CHUNK = 8;

interface Chunk {
  readonly frame: Frame;
  /** What the words were before the first store that is not complete. */
  readonly before: readonly number[];
  /** Whether a DSB has made it complete for this CPU at least. */
  seenHere: boolean;
}

/** What a snapshot keeps of them. */
export interface TableStoresSnapshot {
  readonly chunks: ReadonlyMap<number, Readonly<Chunk>>;
  readonly frames: readonly Frame[];
}

/**
 * Stores of one CPU to translation tables that no DSB has completed: until then table walks may read the old descriptor
 * (Arm ARM D8.17.5). What becomes a table later is known by its frame and line alone.
 */
export class TableStores {
  /** By descriptor key / `CHUNK`. */
  readonly #chunks = new Map<number, Chunk>();

  /** Frames that were stored to before any table was read from them. */
  readonly #frames = new Set<Frame>();

  /** A store goes to a frame, or several do from now on until the next DSB. */
  storingAnywhere(frame: Frame): void {
    this.#frames.add(frame);
  }

  /** Frames that were stored to since the last DSB, where no table was read from them before. */
  get frames(): ReadonlySet<Frame> {
    return this.#frames;
  }

  /** Whether a line of a frame in which a walk finds its first descriptor may have been stored to, and is not complete. */
  isFresh(frame: Frame, line: number): boolean {
    return this.#frames.has(frame) && (frame.isDirty(line) || frame.isDirect(line) || frame.isUnfinished(line));
  }

  /** A store is about to be made at byte `offset` of a frame that tables were read from. */
  storing(pfn: number, frame: Frame, offset: number): void {
    const chunk = Math.floor((pfn * FRAME_DESCRIPTORS + (offset >>> 3)) / CHUNK);
    const held = this.#chunks.get(chunk);
    if (held !== undefined) {
      held.seenHere = false;
      return;
    }
    const first = 2 * CHUNK * Math.floor((offset >>> 3) / CHUNK);
    const before = Array.from({ length: 2 * CHUNK }, (_, word) => frame.coherentWord(first + word));
    this.#chunks.set(chunk, { frame, before, seenHere: false });
  }

  /** A DSB that waits for stores. */
  complete(domain: number): void {
    this.#frames.clear();
    if (domain >= INNER) this.#chunks.clear();
    else for (const chunk of this.#chunks.values()) chunk.seenHere = true;
  }

  /** Whether walks of this CPU may still read what stood in a descriptor before. */
  isUnfinished(key: number): boolean {
    if (this.#chunks.size === 0) return false;
    const held = this.#chunks.get(Math.floor(key / CHUNK));
    return held !== undefined && !held.seenHere && hasChanged(held, key % FRAME_DESCRIPTORS);
  }

  /** The descriptors of which the walks of a domain may still read what stood there before. */
  unfinished(domain: number): ReadonlySet<number> {
    const keys = new Set<number>();
    for (const [chunk, held] of this.#chunks) {
      if (held.seenHere && domain === NON_SHAREABLE) continue;
      for (let key = chunk * CHUNK; key < (chunk + 1) * CHUNK; key++)
        if (hasChanged(held, key % FRAME_DESCRIPTORS)) keys.add(key);
    }
    return keys;
  }

  /** Everything, for a snapshot. */
  save(): TableStoresSnapshot {
    return {
      chunks: new Map([...this.#chunks].map(([key, chunk]) => [key, { ...chunk }])),
      frames: [...this.#frames],
    };
  }

  restore({ chunks, frames }: TableStoresSnapshot): void {
    this.clear();
    for (const [key, chunk] of chunks) this.#chunks.set(key, { ...chunk });
    for (const frame of frames) this.#frames.add(frame);
  }

  /** As out of reset. */
  clear(): void {
    this.#frames.clear();
    this.#chunks.clear();
  }
}

function hasChanged({ frame, before }: Chunk, index: number): boolean {
  const word = 2 * (index % CHUNK);
  return before[word] !== frame.coherentWord(2 * index) || before[word + 1] !== frame.coherentWord(2 * index + 1);
}
