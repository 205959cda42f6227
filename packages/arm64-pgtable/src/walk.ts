import { type ArenaWalk, arenaWalk } from './arena-walk.ts';
import { type Attributes, decodeAttributes, underTables } from './attributes.ts';
import {
  BLOCK,
  type DescriptorHalves,
  type DescriptorSource,
  outputPage,
  plainArena,
  TABLE_OR_PAGE,
} from './descriptor.ts';
import { AF, CONTIGUOUS } from './descriptor-bits.ts';
import { kindOf } from './descriptor-kind.ts';
import { needObject } from './needed.ts';
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
  /** The steps of the last walk, where they were asked for. */
  steps: WalkStep[] = [];
  readonly #root: number;
  readonly #source: DescriptorSource;
  readonly #tells: boolean;
  /** Where all tables are read, if that is one arena, and no step is told. */
  readonly #arena: ArenaWalk | undefined;
  /** Halves of the last descriptor that was read, as integers of either sign. */
  #low = 0;
  #high = 0;
  /** Limits that the tables above the leaf set, or-ed. */
  #limits = 0;

  /**
   * @param tells keep the steps of each walk.
   * @throws PageTableError `EINVAL` for a root that is not a page number, or not where joined tables may start.
   */
  constructor(space: Space, root: number, source: DescriptorSource, tells = false) {
    this.space = space;
    this.shape = shapeOf(space);
    needObject('source of descriptors', source);
    checkRoot(this.shape, root);
    this.#root = root;
    this.#source = source;
    this.#tells = tells;
    const arena = tells ? undefined : plainArena(source);
    this.#arena = arena && arenaWalk(this.space, this.shape, arena, root);
  }

  /** Halves of the last descriptor that was read. */
  get low(): number {
    return this.#low >>> 0;
  }

  get high(): number {
    return this.#high >>> 0;
  }

  /**
   * Walks for one page (from the start of the half) and returns the output page, or -1 and leaves a `fault`.
   *
   * In an arena, for those who walk millions of times, it takes integers that may wrap and nothing else: see `ArenaWalk`.
   */
  walk(page: number): number {
    const arena = this.#arena;
    if (arena === undefined || !(page >= 0 && page < arena.inputPages)) return this.#walkSource(page);
    const { words, mask, indexBits } = arena;
    const table = TABLE_OR_PAGE;
    const upper = arena.startLevel < 1 ? Math.floor(page * arena.perUpperEntry) | 0 : 0;
    let level = arena.startLevel;
    // Joined tables lie in a row, like one.
    let at = (arena.root + 2 * Math.floor(page * arena.perRootEntry)) | 0;
    let limits = 0;
    let low = 0;
    let high = 0;
    for (;;) {
      low = (words[at] ?? 0) | 0;
      high = (words[(at + 1) | 0] ?? 0) | 0;
      if ((low & table) !== table || level === 3) break;
      const next = (((low >>> arena.fromLow) | (high << arena.fromHigh)) - arena.first) | 0;
      const top = ((low & arena.topLow) ^ arena.firstTopLow) | ((high & arena.topHigh) ^ arena.firstTopHigh);
      if (next >>> 0 >= arena.pages || top !== 0) break;
      limits |= high;
      level = (level + 1) | 0;
      // Levels 2 and 3 are indexed by the low bits of the page number, those above by the bits above.
      const index = ((level < 2 ? upper : page | 0) >>> ((level & 1) === 0 ? indexBits : 0)) & mask;
      at = (Math.imul(next, arena.pageWords) + 2 * index) | 0;
    }
    this.#low = low;
    this.#high = high;
    this.#limits = limits;
    this.level = level;
    return this.#outputIn(arena, page, level, low, high);
  }

  /** What a walk in an arena ends with, that ended at these halves. */
  #outputIn(arena: ArenaWalk, page: number, level: number, low: number, high: number): number {
    const isTable = level < 3 && (low & 3) === TABLE_OR_PAGE;
    const isLeaf = (low & 3) === (level === 3 ? TABLE_OR_PAGE : BLOCK) && level >= arena.firstBlockLevel;
    if (!isLeaf && !isTable) return this.#end('translation-fault', level);
    if (((low & arena.beyondLow) | (high & arena.beyondHigh)) !== 0) return this.#end('address-size-fault', level);
    if (isTable) return this.#end('external-abort', level + 1);
    if ((low & arena.needed) !== arena.needed) return this.#end('access-flag-fault', level);
    this.fault = null;
    const within = (1 << Math.imul(arena.indexBits, 3 - level)) - 1;
    const output = (((low >>> arena.fromLow) | (high << arena.fromHigh)) & ~within) | (page & within);
    const isLow = ((low & arena.topLow) | (high & arena.topHigh)) === 0;
    return isLow ? output >>> 0 : topOf(outputPage(this.shape, low, high)) + (output >>> 0);
  }

  #walkSource(page: number): number {
    const { shape } = this;
    this.#limits = 0;
    if (this.#tells) this.steps = [];
    if (!(page >= 0 && page < shape.inputPages)) return this.#end('translation-fault', 0);
    if (this.#root >= shape.outputPages) return this.#end('address-size-fault', 0);
    // Stage 2 may join tables at its start: what lies beyond the first goes on in the next page.
    let table = this.#root + Math.floor(page / (spanOf(shape, shape.startLevel) * shape.entries));
    for (let level = shape.startLevel; ; level++) {
      const index = indexAt(shape, level, page);
      if (!this.#read(table, index)) return this.#end('external-abort', level);
      const [low, high] = [this.#low, this.#high];
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

  /** Reads a descriptor; false where nothing is there. */
  #read(table: number, index: number): boolean {
    const source = this.#source;
    if (source.tableWords === undefined) {
      const descriptor = source.descriptor(table, index);
      if (descriptor === undefined) return false;
      this.#low = descriptor.low;
      this.#high = descriptor.high;
      return true;
    }
    const words = source.tableWords(table);
    if (words === undefined) return false;
    this.#low = words[2 * index] ?? 0;
    this.#high = words[2 * index + 1] ?? 0;
    return true;
  }

  #leaf(level: number, output: number, page: number): number {
    if ((this.#low & AF) === 0 && this.space.setsAccessFlag !== true) return this.#end('access-flag-fault', level);
    this.fault = null;
    this.level = level;
    if (level === 3) return output;
    const span = spanOf(this.shape, level);
    return output - (output % span) + Math.floor(page % span);
  }

  /** Walks for one page (from the start of the half) and tells where that ended; with the steps, where they are kept. */
  look(page: number): WalkResult {
    const frame = this.walk(page);
    const { fault, level, steps } = this;
    if (fault !== null) return { kind: fault, level, steps };
    const attributes = this.attributes();
    if (attributes === undefined) return { kind: 'reserved-type', level, steps };
    return { kind: 'mapped', frame, level, attributes, contiguous: (this.#high & CONTIGUOUS) !== 0, steps };
  }

  /** What the page of the last walk allows; `undefined` for a reserved memory type. */
  attributes(): Attributes | undefined {
    const { low, high } = underTables(this.#low, this.#high, this.#limits, this.space);
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

/** What a page number has beyond its low 32 bits. */
const topOf = (page: number): number => page - (page % 2 ** 32);
