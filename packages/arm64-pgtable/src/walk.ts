import { type Attributes, decodeAttributes, underTables } from './attributes.ts';
import { type DescriptorHalves, type DescriptorSource, outputPage, TABLE_OR_PAGE } from './descriptor.ts';
import { AF, CONTIGUOUS } from './descriptor-bits.ts';
import { kindOf } from './descriptor-kind.ts';
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
  /** The source, where it has whole tables and no step is told. */
  readonly #words: Pick<DescriptorSource, 'tableWords'> | undefined;
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
    this.#words = tells || source.tableWords === undefined ? undefined : source;
  }

  /** Walks for one page (from the start of the half) and returns the output page, or -1 and leaves a `fault`. */
  walk(page: number): number {
    const { shape } = this;
    this.#limits = 0;
    if (this.#tells) this.steps = [];
    if (!(page >= 0 && page < shape.inputPages)) return this.#end('translation-fault', 0);
    if (this.#root >= shape.outputPages) return this.#end('address-size-fault', 0);
    // Stage 2 may join tables at its start: what lies beyond the first goes on in the next page.
    const table = this.#root + Math.floor(page / (spanOf(shape, shape.startLevel) * shape.entries));
    return this.#words === undefined ? this.#byDescriptors(table, page) : this.#byWords(this.#words, table, page);
  }

  #byDescriptors(root: number, page: number): number {
    const { shape } = this;
    let table = root;
    for (let level = shape.startLevel; ; level++) {
      const index = indexAt(shape, level, page);
      const descriptor = this.#source.descriptor(table, index);
      if (descriptor === undefined) return this.#end('external-abort', level);
      const { low, high } = descriptor;
      this.low = low;
      this.high = high;
      if (this.#tells) this.steps.push({ level, table, index, low, high });
      const kind = kindOf(shape, level, low);
      if (kind === 'invalid') return this.#end('translation-fault', level);
      const output = outputPage(shape, low, high);
      if (output >= shape.outputPages) return this.#end('address-size-fault', level);
      if (kind === 'leaf') return this.#leaf(level, output, page);
      this.#limits |= high;
      table = output;
    }
  }

  /** The same, for those who walk millions of times: no object for a descriptor, no division. */
  #byWords(source: Pick<DescriptorSource, 'tableWords'>, root: number, page: number): number {
    const { shape } = this;
    let level = shape.startLevel;
    let table = root;
    let limits = 0;
    let low = 0;
    let high = 0;
    let output = 0;
    for (;;) {
      const words = source.tableWords?.(table);
      if (words === undefined) return this.#aborted(level, low, high);
      const at = 2 * indexAt(shape, level, page);
      low = words[at] ?? 0;
      high = words[at + 1] ?? 0;
      output = outputPage(shape, low, high);
      if ((low & 3) !== TABLE_OR_PAGE || level === 3 || output >= shape.outputPages) break;
      limits |= high;
      table = output;
      level += 1;
    }
    this.low = low;
    this.high = high;
    this.level = level;
    this.#limits = limits;
    if (level === 3 && (low & (AF | 3)) === (AF | TABLE_OR_PAGE) && output < shape.outputPages) {
      this.fault = null;
      return output;
    }
    if (kindOf(shape, level, low) === 'invalid') return this.#end('translation-fault', level);
    if (output >= shape.outputPages) return this.#end('address-size-fault', level);
    return this.#leaf(level, output, page);
  }

  #aborted(level: number, low: number, high: number): number {
    this.low = low;
    this.high = high;
    return this.#end('external-abort', level);
  }

  #leaf(level: number, output: number, page: number): number {
    if ((this.low & AF) === 0 && this.space.setsAccessFlag !== true) return this.#end('access-flag-fault', level);
    this.fault = null;
    this.level = level;
    if (level === 3) return output;
    const span = spanOf(this.shape, level);
    return output - (output % span) + (page % span);
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

/** The entry of a page in a table of a level. Bits beyond the 32 that an integer has are of the levels above. */
function indexAt({ perSpan, entries }: Shape, level: number, page: number): number {
  return ((page * (perSpan[level + 1] ?? 1)) | 0) & (entries - 1);
}
