import { type Attributes, decodeAttributes, isAccessible, underTables } from './attributes.ts';
import { type DescriptorHalves, type DescriptorSource, outputPage } from './descriptor.ts';
import { CONTIGUOUS } from './descriptor-bits.ts';
import { checkRoot } from './root.ts';
import { type Shape, type Space, shapeOf, spanOf } from './space.ts';

/** One step of a walk: the descriptor that was read, and where. */
export interface WalkStep extends DescriptorHalves {
  readonly level: number;
  /** Page number of the table. */
  readonly table: number;
  readonly index: number;
}

/** The ways in which a walk does not end at a page. */
export type WalkFault =
  | 'translation-fault'
  | 'address-size-fault'
  | 'access-flag-fault'
  /** The table could not be read. */
  | 'external-abort'
  /** The descriptor's memory type or shareability is reserved: hardware may do as it likes. */
  | 'reserved-type';

/** Where a walk ended. A fault has the architecture's kind and the level it is reported at. */
export type WalkResult =
  | {
      readonly kind: 'mapped';
      /** Number of the output page. */
      readonly frame: number;
      readonly level: number;
      /** What is allowed, by the leaf and by the tables above it. */
      readonly attributes: Attributes;
      /** True if the leaf carries the contiguous hint. */
      readonly contiguous: boolean;
      readonly steps: readonly WalkStep[];
    }
  | { readonly kind: WalkFault; readonly level: number; readonly steps: readonly WalkStep[] };

/**
 * Walks the tables for one page, as the hardware's table walk does, and tells every step.
 *
 * @param root page number of the root table.
 * @param page number of the input page (address / granule), counted from the start of the space's half.
 * @throws PageTableError as the constructor of `TableWalker` does.
 */
export function walk(space: Space, root: number, source: DescriptorSource, page: number): WalkResult {
  return new TableWalker(space, root, source, true).look(page);
}

/**
 * Walks one set of tables again and again without allocating: its fields hold what the last walk met.
 */
export class TableWalker {
  readonly space: Space;
  readonly shape: Shape;
  /** Why the last walk did not end at a page, or null. Reserved memory types are only seen by `attributes`. */
  fault: WalkFault | null = null;
  /** The level where the last walk ended. */
  level = 0;
  /** Halves of the last descriptor that was read. */
  low = 0;
  high = 0;
  /** The steps of the last walk, where they were asked for. */
  steps: WalkStep[] = [];
  readonly #root: number;
  readonly #source: DescriptorSource;
  readonly #tells: boolean;
  /** Limits that the tables above the leaf set, or-ed. */
  #limits = 0;

  /**
   * @param tells keep the steps of each walk.
   * @throws PageTableError `EINVAL` for a root that is not a page number, or not where joined tables may start.
   */
  constructor(space: Space, root: number, source: DescriptorSource, tells = false) {
    this.space = space;
    this.shape = shapeOf(space);
    checkRoot(this.shape, root);
    this.#root = root;
    this.#source = source;
    this.#tells = tells;
  }

  /** Walks for one page (from the start of the half) and returns the output page, or -1 and leaves a `fault`. */
  walk(page: number): number {
    const { shape } = this;
    const { entries } = shape;
    this.#limits = 0;
    if (this.#tells) this.steps = [];
    let level = shape.startLevel;
    if (!(page >= 0 && page < shape.inputPages)) return this.#end('translation-fault', 0);
    if (this.#root >= shape.outputPages) return this.#end('address-size-fault', 0);
    let span = spanOf(shape, level);
    let index = Math.floor(page / span);
    // The part of the page number that the levels below still have to resolve.
    let rest = page - index * span;
    let table = this.#root;
    if (index >= entries) {
      // Stage 2 may join tables at its start: an index beyond the first goes on in the next page.
      table += Math.floor(index / entries);
      index %= entries;
    }
    for (;;) {
      const descriptor = this.#source.descriptor(table, index);
      if (descriptor === undefined) return this.#end('external-abort', level);
      const { low, high } = descriptor;
      this.low = low;
      this.high = high;
      if (this.#tells) this.steps.push({ level, table, index, low, high });
      const type = low & 3;
      const isTable = type === 3 && level < 3;
      const isLeaf = level === 3 ? type === 3 : type === 1 && level >= shape.firstBlockLevel;
      if (!isTable && !isLeaf) return this.#end('translation-fault', level);
      const output = outputPage(shape, low, high);
      if (output >= shape.outputPages) return this.#end('address-size-fault', level);
      if (isLeaf) {
        if (!isAccessible(low) && this.space.setsAccessFlag !== true) return this.#end('access-flag-fault', level);
        this.fault = null;
        this.level = level;
        return span === 1 ? output : Math.floor(output / span) * span + rest;
      }
      this.#limits |= high;
      table = output;
      level += 1;
      span = spanOf(shape, level);
      index = Math.floor(rest / span);
      rest -= index * span;
    }
  }

  /** Walks for one page (from the start of the half) and tells where that ended; with the steps, where they are kept. */
  look(page: number): WalkResult {
    const frame = this.walk(page);
    const { fault, level, high, steps } = this;
    if (fault !== null) return { kind: fault, level, steps };
    const attributes = this.attributes();
    if (attributes === undefined) return { kind: 'reserved-type', level, steps };
    return { kind: 'mapped', frame, level, attributes, contiguous: (high & CONTIGUOUS) !== 0, steps };
  }

  /** What the page of the last walk allows; `undefined` for a reserved memory type. */
  attributes(): Attributes | undefined {
    const { low, high } = underTables(this.low, this.high, this.#limits, this.space);
    return decodeAttributes(low, high, this.space, this.shape);
  }

  #end(fault: WalkFault, level: number): -1 {
    this.fault = fault;
    this.level = level;
    return -1;
  }
}
