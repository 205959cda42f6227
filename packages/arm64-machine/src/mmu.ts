import {
  type Access,
  addressInSpace,
  type DescriptorSource,
  faultStatus,
  geometryOf,
  listMappings,
  type MemoryType,
  parOf,
  rootOfTtbr,
  type Space,
  type WalkResult,
  walk,
} from '@kexeckit/arm64-pgtable';
import type { Counters } from './counters.ts';
import type { Device } from './device.ts';
import type { FaultKind } from './fault.ts';
import { Frame, WATCH_TABLE } from './frame.ts';
import type { PhysicalMemory } from './memory.ts';
import type { ExceptionLevel, SystemRegisters, TranslationState } from './system.ts';
import { descriptorKey, TableWatch } from './table-watch.ts';

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
  /** Level of the descriptor; none with the MMU off. */
  readonly level?: number | undefined;
  /** The device that answers, where it is no RAM. */
  readonly target?: Device | undefined;
}

/** A translation that failed, as the architecture names it, or a rule that was broken on the way. */
export interface TranslationFailure {
  readonly fault: FaultKind;
  readonly detail: string;
  /** Fault status code for the syndrome register. */
  readonly status: number;
  /** The level of a read-only mapping that leads nowhere: a store is refused for its permission first. */
  readonly readOnlyAt?: number;
  /** Where, if it is not the address that was asked for. */
  readonly address?: bigint;
}

/** How the machine treats programs. */
export interface Strictness {
  /** Caches, stale TLB entries and stale instructions are modelled, and broken rules reported. */
  readonly strict: boolean;
}

interface TlbEntry extends Translation {
  readonly type: MemoryType;
  /** Keys of the descriptors that it came from, the leaf last; none for one that other software left. */
  readonly path: readonly number[];
  /** The count of table writes at which it was last found to say what the tables say. */
  checkedAt: number;
}

/** Frames that follow each other, and the virtual pages that lead to them. */
export interface FrameRun {
  readonly page: number;
  readonly number: number;
  readonly frames: number;
}

/** What a TLBI drops: one page, or all, of the regime of one level. */
export interface Invalidation {
  readonly pages: 'all' | number;
  readonly level: ExceptionLevel;
  readonly lastLevel: boolean;
}

/** Pages of the upper half have this number or more: bit 63 of the address is set. */
const UPPER_PAGES = 2 ** 51;
/** An eviction chooses among so many of the oldest entries. */
const EVICTION_CHOICES = 64;

/**
 * Translation of one CPU: table walks, and a TLB that keeps an entry, right or stale, until it is invalidated.
 *
 * An invalidation is a request; it is complete at the next DSB (Arm ARM D8.17.5).
 */
export class Mmu {
  readonly #system: SystemRegisters;
  readonly #memory: PhysicalMemory;
  readonly #counters: Counters;
  readonly #strict: boolean;
  readonly #watch: TableWatch;
  /** The entries of each level's regime. */
  readonly #tlbs: Readonly<Record<ExceptionLevel, Map<number, TlbEntry>>> = { 1: new Map(), 2: new Map() };
  /** The page that was last mapped to a frame. */
  readonly #pageOf = new Map<number, number>();
  readonly #flat = new Map<number, Translation>();
  /** Scratch frames that devices answer through. */
  readonly #windows = new Map<number, Frame>();
  #invalidations: Invalidation[] = [];
  #normal:
    | { readonly state: TranslationState; readonly writes: number; readonly runs: readonly FrameRun[] }
    | undefined;

  constructor(system: SystemRegisters, memory: PhysicalMemory, counters: Counters, { strict }: Strictness) {
    this.#system = system;
    this.#memory = memory;
    this.#counters = counters;
    this.#strict = strict;
    this.#watch = new TableWatch(memory);
  }

  /** Translates a virtual page number (virtual address / 4096). */
  translate(page: number, isFetch = false): Translation | TranslationFailure {
    if (this.#system.pending && this.#strict) return this.#translateUnsynchronized(page, isFetch);
    return this.#translateUnder(this.#system.effective, page);
  }

  /** Leaves an entry in the TLB, as whatever ran before this program may have. */
  leaveStale(page: number, entry: Translation): void {
    this.#tlb.set(page, { ...entry, type: 'Normal', path: [], checkedAt: -1 });
  }

  /** TLBI; complete at the next `completeInvalidations`. */
  requestInvalidation(what: Invalidation): void {
    this.#invalidations.push(what);
  }

  get #tlb(): Map<number, TlbEntry> {
    return this.#tlbs[this.#system.exceptionLevel];
  }

  /** A DSB: requested invalidations are complete. Says whether a descriptor was changed as none may be. */
  completeInvalidations(): TranslationFailure | undefined {
    const breach = this.#breach();
    for (const what of this.#invalidations) this.#invalidate(what);
    this.#invalidations = [];
    return breach;
  }

  /** What AT leaves in PAR_EL1 for an address, by the tables of a level as its registers stand. */
  addressTranslate(state: TranslationState, address: bigint, access: Access): bigint {
    const page = Number(address >> 12n);
    if (!state.mmu) return (0xffn << 56n) | (address & 0xf_ffff_ffff_f000n) | (3n << 7n) | (1n << 11n);
    const found = this.#look(state, page);
    if (found === undefined) return (BigInt(faultStatus('translation-fault', 0)) << 1n) | 1n | (1n << 11n);
    return parOf(found.space, address, found.result, access);
  }

  /** Drops an entry, as hardware may at any time: the `choice`-th, counted round. */
  evict(choice: number): void {
    if (this.#tlb.size === 0) return;
    let left = choice % Math.min(this.#tlb.size, EVICTION_CHOICES);
    for (const page of this.#tlb.keys()) {
      if (left-- > 0) continue;
      this.#tlb.delete(page);
      return;
    }
  }

  /** Physical addresses of the descriptors that a walk for a page reads, the leaf last. */
  explain(page: number): bigint[] {
    const looked = this.#look(this.#system.effective, page);
    return (looked?.result.steps ?? []).map(
      ({ table, index }) => BigInt(table) * BigInt(4096 * (looked?.frames ?? 1)) + BigInt(index * 8),
    );
  }

  /** Everything that the tables call Normal memory now: what may be loaded from without an instruction asking. */
  normalRuns(): readonly FrameRun[] {
    const state = this.#system.effective;
    if (this.#normal?.state === state && this.#normal.writes === this.#memory.tableWrites) return this.#normal.runs;
    const runs = [
      ...this.#normalOf(state, state.lower, state.ttbr0),
      ...this.#normalOf(state, state.upper, state.ttbr1),
    ];
    this.#normal = { state, writes: this.#memory.tableWrites, runs };
    return runs;
  }

  #normalOf(state: TranslationState, space: Space | undefined, ttbr: bigint): FrameRun[] {
    if (!state.mmu || space === undefined) return [];
    const frames = framesOf(space);
    const first = firstPage(space);
    const tables = this.#tables(space, state.walksCached, false);
    return listMappings(space, rootOfTtbr(space, ttbr), tables)
      .runs.filter(({ attributes }) => attributes.type === 'Normal')
      .map(({ page, frame, pages }) => ({
        page: first + page * frames,
        number: frame * frames,
        frames: pages * frames,
      }));
  }

  /** Forgets everything: after a snapshot was restored. */
  reset(): void {
    for (const tlb of [this.#tlbs[1], this.#tlbs[2]]) tlb.clear();
    this.#flat.clear();
    this.#invalidations = [];
    this.#watch.forget();
  }

  #translateUnder(state: TranslationState, page: number): Translation | TranslationFailure {
    if (!state.mmu) return this.#identity(page);
    const held = this.#tlb.get(page);
    if (held !== undefined) {
      const problem = this.#strict ? this.#verify(state, held, page) : undefined;
      if (problem !== undefined) return problem;
      if (this.#tlb.get(page) === held) return held;
    }
    const found = this.#walk(state, page);
    if ('fault' in found) return found;
    const clash = this.#strict ? this.#clash(found, page) : undefined;
    if (clash !== undefined) return clash;
    this.#tlb.set(page, found);
    return found;
  }

  /** Between MSR and ISB either state may hold: what differs under the two must not be relied on. */
  #translateUnsynchronized(page: number, isFetch: boolean): Translation | TranslationFailure {
    const before = this.#translateUnder(this.#system.effective, page);
    const after = this.#system.current();
    const then = after.mmu ? this.#walk(after, page) : this.#identity(page);
    if (!('fault' in before) && !('fault' in then) && (isFetch ? sameCode : sameTranslation)(before, then))
      return before;
    if ('fault' in before && 'fault' in then) return before;
    return { fault: 'missing-isb', detail: 'this access translates in two ways', status: 0 };
  }

  /** Whether a TLB entry still says what the tables say; drops it if it is merely less than they allow. */
  #verify(state: TranslationState, held: TlbEntry, page: number): TranslationFailure | undefined {
    if (held.checkedAt === this.#memory.tableWrites) return undefined;
    const breach = this.#breach();
    if (breach !== undefined) return breach;
    const now = this.#walk(state, page);
    if (held.path.length > 0 && !('fault' in now) && isWithin(held, now)) {
      if (held.writable === now.writable && held.executable === now.executable)
        held.checkedAt = this.#memory.tableWrites;
      else this.#tlb.delete(page);
      return undefined;
    }
    const level = this.#system.exceptionLevel;
    const asked = this.#invalidations.some(
      (what) => what.level === level && (what.pages === 'all' || what.pages === page),
    );
    const detail =
      'fault' in now ? `the tables say ${now.fault} now` : `the tables lead to frame 0x${now.number.toString(16)} now`;
    return {
      fault: asked ? 'tlbi-without-dsb' : 'stale-tlb',
      detail: `the entry leads to frame 0x${held.number.toString(16)}, ${detail}`,
      status: 0,
    };
  }

  #breach(): TranslationFailure | undefined {
    const found = this.#strict ? this.#watch.check() : undefined;
    return found && { fault: 'break-before-make', detail: found.detail, address: found.address, status: 0 };
  }

  #invalidate({ pages, level, lastLevel }: Invalidation): void {
    const tlb = this.#tlbs[level];
    if (pages === 'all') {
      tlb.clear();
      this.#watch.forget();
      return;
    }
    const held = tlb.get(pages);
    tlb.delete(pages);
    const path = held?.path ?? [];
    const leaf = path.at(-1);
    this.#watch.forget(lastLevel ? path.slice(-1) : path);
    if (leaf === undefined) return;
    // One descriptor can have made many entries: all of a block go with it.
    for (const [page, entry] of tlb) if (entry.path.at(-1) === leaf) tlb.delete(page);
  }

  #identity(page: number): Translation | TranslationFailure {
    const held = this.#flat.get(page);
    if (held !== undefined) return held;
    const target = this.#memory.device(page);
    const frame = target ? this.#window(page) : this.#memory.frame(page);
    if (frame === undefined)
      return {
        fault: 'external-abort',
        detail: 'there is neither RAM nor a device at this physical address',
        status: 0b010000,
      };
    const made = { frame, number: page, writable: true, executable: true, cacheable: false, device: true, target };
    this.#flat.set(page, made);
    return made;
  }

  #window(page: number): Frame {
    const held = this.#windows.get(page);
    if (held !== undefined) return held;
    const made = new Frame();
    this.#windows.set(page, made);
    return made;
  }

  /** Finds the tables for a page and walks them. */
  #look(
    state: TranslationState,
    page: number,
  ): { space: Space; result: WalkResult; frames: number; offset: number } | undefined {
    const isUpper = page >= UPPER_PAGES;
    const space = isUpper ? state.upper : state.lower;
    if (space === undefined) return undefined;
    const frames = framesOf(space);
    const offset = page - firstPage(space);
    const root = rootOfTtbr(space, isUpper ? state.ttbr1 : state.ttbr0);
    const result = walk(space, root, this.#tables(space, state.walksCached, this.#strict), Math.floor(offset / frames));
    return { space, result, frames, offset };
  }

  #walk(state: TranslationState, page: number): TlbEntry | TranslationFailure {
    const looked = this.#look(state, page);
    if (looked === undefined)
      return {
        fault: 'translation-fault',
        detail: 'no tables are set up for this half, or TCR is reserved',
        status: faultStatus('translation-fault', 0),
      };
    const { result, frames, offset } = looked;
    this.#counters.tableWalks += 1;
    if (result.kind !== 'mapped') {
      const fault = result.kind === 'reserved-type' ? 'translation-fault' : result.kind;
      return {
        fault,
        detail: `level ${result.level} of the table walk`,
        status: faultStatus(result.kind, result.level),
      };
    }
    const number = result.frame * frames + (offset % frames);
    return this.#entry(result, number, frames, state);
  }

  #entry(
    result: Extract<WalkResult, { kind: 'mapped' }>,
    number: number,
    frames: number,
    { dataCache, writableNeverExecutes }: TranslationState,
  ): TlbEntry | TranslationFailure {
    const { type, writable, executable } = result.attributes;
    const device = type.startsWith('Device');
    const target = this.#memory.device(number);
    if (target !== undefined && !device)
      return { fault: 'device-speculation', detail: `${target.name} is mapped as ${type} memory`, status: 0 };
    const frame = target ? this.#window(number) : this.#memory.frame(number);
    if (frame === undefined)
      return {
        fault: 'external-abort',
        detail: `the tables lead to frame 0x${number.toString(16)}, where there is no RAM`,
        status: 0b010000,
        ...(writable ? {} : { readOnlyAt: result.level }),
      };
    const path = result.steps.map(({ table, index }) =>
      descriptorKey(table * frames + Math.floor(index / 512), index % 512),
    );
    return {
      frame,
      number,
      writable,
      executable: executable && !(writable && writableNeverExecutes),
      cacheable: this.#strict && dataCache && (type === 'Normal' || type === 'Normal-WT' || type === 'Normal-Tagged'),
      device,
      target,
      level: result.level,
      type,
      path,
      checkedAt: this.#memory.tableWrites,
    };
  }

  /** Another live entry for the same frame with another type. */
  #clash(found: TlbEntry, page: number): TranslationFailure | undefined {
    const other = this.#pageOf.get(found.number);
    const entry = other === undefined || other === page ? undefined : this.#tlb.get(other);
    this.#pageOf.set(found.number, page);
    if (other === undefined || entry === undefined || entry.type === found.type || entry.path.length === 0)
      return undefined;
    const [here, there] = [
      `page 0x${page.toString(16)} is ${found.type}`,
      `page 0x${other.toString(16)} is ${entry.type}`,
    ];
    return {
      fault: 'mismatched-attributes',
      detail: `${here}, ${there}, both lead to frame 0x${found.number.toString(16)}`,
      status: 0,
    };
  }

  /** Where walks read: through the cache where TCR says so, else at the point of coherency. */
  #tables(space: Space, cached: boolean, watched: boolean): DescriptorSource {
    const frames = framesOf(space);
    return {
      descriptor: (table, index) => {
        const number = table * frames + Math.floor(index / 512);
        const frame = this.#memory.frame(number);
        if (frame === undefined) return undefined;
        const at = index % 512;
        const [low, high] = cached
          ? [frame.coherentWord(2 * at), frame.coherentWord(2 * at + 1)]
          : [frame.memory[2 * at] ?? 0, frame.memory[2 * at + 1] ?? 0];
        if (watched) {
          this.#memory.watch(frame, WATCH_TABLE);
          this.#watch.used(number, frame, at, low, high);
        }
        return { low, high };
      },
    };
  }
}

/** 4 KiB frames in a page of the space's granule. */
const framesOf = (space: Space): number => 2 ** (geometryOf(space.granule).pageShift - 12);

/** The virtual page number (in 4 KiB) that a space starts at. */
const firstPage = (space: Space): number => Number(addressInSpace(space, 0) >> 12n);

/** What matters to a fetch: ISB itself is fetched between MSR and ISB, and must be found either way. */
const sameCode = (a: Translation, b: Translation): boolean => a.frame === b.frame && a.executable === b.executable;

function sameTranslation(a: Translation, b: Translation): boolean {
  return (
    a.frame === b.frame &&
    a.writable === b.writable &&
    a.executable === b.executable &&
    a.cacheable === b.cacheable &&
    a.device === b.device
  );
}

/** Whether an entry allows nothing that the tables do not, and leads where they lead. */
function isWithin(entry: TlbEntry, now: TlbEntry): boolean {
  return (
    entry.number === now.number &&
    entry.type === now.type &&
    (now.writable || !entry.writable) &&
    (now.executable || !entry.executable)
  );
}
