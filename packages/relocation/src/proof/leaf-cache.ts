import {
  type Attributes,
  type DescriptorSource,
  type Space,
  TableWalker,
  type WalkFault,
} from '@kexeckit/arm64-pgtable';

/** What a walk found for a page, and with it for every page of the same leaf. */
export interface Leaf {
  /** How many pages further the output lies than the input. */
  readonly offset: number;
  /** The level where the walk ended. */
  readonly level: number;
  /** What the leaf and the tables above it allow; `undefined` where nothing is mapped. */
  readonly attributes: Attributes | undefined;
  /** Why not. */
  readonly fault: WalkFault;
}

/** Pages that a leaf above the last level maps at least: a 2 MiB block. */
const BLOCK_PAGES = 512;

/** Walks 4 KiB-granule tables that do not change, once for each block and once for each page that has a leaf of its own. */
export class LeafCache {
  readonly #walker: TableWalker;
  readonly #blocks = new Map<number, Leaf>();
  #last: Leaf | undefined;
  #lastBlock = -1;

  constructor(space: Space, root: number, tables: DescriptorSource) {
    this.#walker = new TableWalker(space, root, tables);
  }

  /** The leaf of a page, by page frame number. */
  leafOf(pfn: number): Leaf {
    const block = Math.floor(pfn / BLOCK_PAGES);
    if (block !== this.#lastBlock) {
      this.#last = this.#blocks.get(block);
      this.#lastBlock = block;
    }
    return this.#last ?? this.#walk(pfn, block);
  }

  #walk(pfn: number, block: number): Leaf {
    const walker = this.#walker;
    const page = walker.walk(pfn);
    const attributes = walker.fault === null ? walker.attributes() : undefined;
    const { level } = walker;
    const leaf = { offset: page - pfn, level, attributes, fault: walker.fault ?? 'reserved-type' } as const;
    if (level < 3) {
      this.#blocks.set(block, leaf);
      this.#last = leaf;
    }
    return leaf;
  }
}
