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
import { ABORT_EXTERNAL } from './exceptions.ts';
import { Frame, WATCH_TABLE } from './frame.ts';
import type { PhysicalMemory } from './memory.ts';
import { FRAME_DESCRIPTORS, FRAME_SIZE } from './sizes.ts';
import type { ExceptionLevel, SystemRegisters, TranslationState } from './system.ts';
import { descriptorKey, TableWatch } from './table-watch.ts';
import type { FrameRun, Invalidation, Translation, TranslationFailure } from './translation.ts';

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

/** Virtual pages of the upper half have this number or more: bit 63 of the address is set. */
const UPPER_VPN = 2 ** 51;
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
  /** The virtual page that was last mapped to a frame, by page frame number. */
  readonly #vpnOf = new Map<number, number>();
  /** What the MMU leads to when it is off. */
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
  translate(vpn: number, isFetch = false): Translation | TranslationFailure {
    if (this.#system.pending && this.#strict) return this.#translateUnsynchronized(vpn, isFetch);
    return this.#translateUnder(this.#system.effective, vpn);
  }

  /** Leaves an entry in the TLB, as whatever ran before this program may have. */
  leaveStale(vpn: number, entry: Translation): void {
    this.#tlb.set(vpn, { ...entry, type: 'Normal', path: [], checkedAt: -1 });
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
    const vpn = Number(address >> 12n);
    if (!state.mmu) return (0xffn << 56n) | (address & 0xf_ffff_ffff_f000n) | (3n << 7n) | (1n << 11n);
    const found = this.#look(state, vpn);
    if (found === undefined) return (BigInt(faultStatus('translation-fault', 0)) << 1n) | 1n | (1n << 11n);
    return parOf(found.space, address, found.result, access);
  }

  /** Drops an entry, as hardware may at any time: the `choice`-th, counted round. */
  evict(choice: number): void {
    if (this.#tlb.size === 0) return;
    let left = choice % Math.min(this.#tlb.size, EVICTION_CHOICES);
    for (const vpn of this.#tlb.keys()) {
      if (left-- > 0) continue;
      this.#tlb.delete(vpn);
      return;
    }
  }

  /** Physical addresses of the descriptors that a walk for a page reads, the leaf last. */
  explain(vpn: number): bigint[] {
    const looked = this.#look(this.#system.effective, vpn);
    return (looked?.result.steps ?? []).map(
      ({ table, index }) => BigInt(table) * BigInt(FRAME_SIZE * (looked?.frames ?? 1)) + BigInt(index * 8),
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
    const first = firstVpn(space);
    const tables = this.#tables(space, state.walksCached, false);
    return listMappings(space, rootOfTtbr(space, ttbr), tables)
      .runs.filter(({ attributes }) => attributes.type === 'Normal')
      .map(({ page, frame, pages }) => ({ vpn: first + page * frames, pfn: frame * frames, frames: pages * frames }));
  }

  /** Forgets everything: after a snapshot was restored. */
  reset(): void {
    for (const tlb of [this.#tlbs[1], this.#tlbs[2]]) tlb.clear();
    this.#flat.clear();
    this.#invalidations = [];
    this.#watch.forget();
  }

  #translateUnder(state: TranslationState, vpn: number): Translation | TranslationFailure {
    if (!state.mmu) return this.#identity(vpn);
    const held = this.#tlb.get(vpn);
    if (held !== undefined) {
      const problem = this.#strict ? this.#verify(state, held, vpn) : undefined;
      if (problem !== undefined) return problem;
      if (this.#tlb.get(vpn) === held) return held;
    }
    const found = this.#walk(state, vpn);
    if ('fault' in found) return found;
    const clash = this.#strict ? this.#clash(found, vpn) : undefined;
    if (clash !== undefined) return clash;
    this.#tlb.set(vpn, found);
    return found;
  }

  /** Between MSR and ISB either state may hold: what differs under the two must not be relied on. */
  #translateUnsynchronized(vpn: number, isFetch: boolean): Translation | TranslationFailure {
    const before = this.#translateUnder(this.#system.effective, vpn);
    const after = this.#system.current();
    const then = after.mmu ? this.#walk(after, vpn) : this.#identity(vpn);
    if (!('fault' in before) && !('fault' in then) && (isFetch ? sameCode : sameTranslation)(before, then))
      return before;
    if ('fault' in before && 'fault' in then) return before;
    return { fault: 'missing-isb', detail: 'this access translates in two ways', status: 0 };
  }

  /** Whether a TLB entry still says what the tables say; drops it if it is merely less than they allow. */
  #verify(state: TranslationState, held: TlbEntry, vpn: number): TranslationFailure | undefined {
    if (held.checkedAt === this.#memory.tableWrites) return undefined;
    const breach = this.#breach();
    if (breach !== undefined) return breach;
    const now = this.#walk(state, vpn);
    if (held.path.length > 0 && !('fault' in now) && isWithin(held, now)) {
      if (held.writable === now.writable && held.executable === now.executable)
        held.checkedAt = this.#memory.tableWrites;
      else this.#tlb.delete(vpn);
      return undefined;
    }
    const level = this.#system.exceptionLevel;
    const asked = this.#invalidations.some((what) => what.level === level && (what.vpn === 'all' || what.vpn === vpn));
    const detail =
      'fault' in now ? `the tables say ${now.fault} now` : `the tables lead to frame 0x${now.pfn.toString(16)} now`;
    return {
      fault: asked ? 'tlbi-without-dsb' : 'stale-tlb',
      detail: `the entry leads to frame 0x${held.pfn.toString(16)}, ${detail}`,
      status: 0,
    };
  }

  #breach(): TranslationFailure | undefined {
    const found = this.#strict ? this.#watch.check() : undefined;
    return found && { fault: 'break-before-make', detail: found.detail, address: found.address, status: 0 };
  }

  #invalidate({ vpn, level, lastLevel }: Invalidation): void {
    const tlb = this.#tlbs[level];
    if (vpn === 'all') {
      tlb.clear();
      this.#watch.forget();
      return;
    }
    const held = tlb.get(vpn);
    tlb.delete(vpn);
    const path = held?.path ?? [];
    const leaf = path.at(-1);
    this.#watch.forget(lastLevel ? path.slice(-1) : path);
    if (leaf === undefined) return;
    // One descriptor can have made many entries: all of a block go with it.
    for (const [other, entry] of tlb) if (entry.path.at(-1) === leaf) tlb.delete(other);
  }

  /** With the MMU off, the virtual page number is the page frame number. */
  #identity(pfn: number): Translation | TranslationFailure {
    const held = this.#flat.get(pfn);
    if (held !== undefined) return held;
    const target = this.#memory.device(pfn);
    const frame = target ? this.#window(pfn) : this.#memory.frame(pfn);
    if (frame === undefined)
      return {
        fault: 'external-abort',
        detail: 'there is neither RAM nor a device at this physical address',
        status: ABORT_EXTERNAL,
      };
    const made = { frame, pfn, writable: true, executable: true, cacheable: false, device: true, target };
    this.#flat.set(pfn, made);
    return made;
  }

  #window(pfn: number): Frame {
    const held = this.#windows.get(pfn);
    if (held !== undefined) return held;
    const made = new Frame();
    this.#windows.set(pfn, made);
    return made;
  }

  /** Finds the tables for a page and walks them. */
  #look(
    state: TranslationState,
    vpn: number,
  ): { space: Space; result: WalkResult; frames: number; offset: number } | undefined {
    const isUpper = vpn >= UPPER_VPN;
    const space = isUpper ? state.upper : state.lower;
    if (space === undefined) return undefined;
    const frames = framesOf(space);
    const offset = vpn - firstVpn(space);
    const root = rootOfTtbr(space, isUpper ? state.ttbr1 : state.ttbr0);
    const result = walk(space, root, this.#tables(space, state.walksCached, this.#strict), Math.floor(offset / frames));
    return { space, result, frames, offset };
  }

  #walk(state: TranslationState, vpn: number): TlbEntry | TranslationFailure {
    const looked = this.#look(state, vpn);
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
    const pfn = result.frame * frames + (offset % frames);
    return this.#entry(result, pfn, frames, state);
  }

  #entry(
    result: Extract<WalkResult, { kind: 'mapped' }>,
    pfn: number,
    frames: number,
    { dataCache, writableNeverExecutes }: TranslationState,
  ): TlbEntry | TranslationFailure {
    const { type, writable, executable } = result.attributes;
    const device = type.startsWith('Device');
    const target = this.#memory.device(pfn);
    if (target !== undefined && !device)
      return { fault: 'device-speculation', detail: `${target.name} is mapped as ${type} memory`, status: 0 };
    const frame = target ? this.#window(pfn) : this.#memory.frame(pfn);
    if (frame === undefined)
      return {
        fault: 'external-abort',
        detail: `the tables lead to frame 0x${pfn.toString(16)}, where there is no RAM`,
        status: ABORT_EXTERNAL,
        ...(writable ? {} : { readOnlyAt: result.level }),
      };
    const path = result.steps.map(({ table, index }) =>
      descriptorKey(table * frames + Math.floor(index / FRAME_DESCRIPTORS), index % FRAME_DESCRIPTORS),
    );
    return {
      frame,
      pfn,
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
  #clash(found: TlbEntry, vpn: number): TranslationFailure | undefined {
    const other = this.#vpnOf.get(found.pfn);
    const entry = other === undefined || other === vpn ? undefined : this.#tlb.get(other);
    this.#vpnOf.set(found.pfn, vpn);
    if (other === undefined || entry === undefined || entry.type === found.type || entry.path.length === 0)
      return undefined;
    const [here, there] = [
      `page 0x${vpn.toString(16)} is ${found.type}`,
      `page 0x${other.toString(16)} is ${entry.type}`,
    ];
    return {
      fault: 'mismatched-attributes',
      detail: `${here}, ${there}, both lead to frame 0x${found.pfn.toString(16)}`,
      status: 0,
    };
  }

  /** Where walks read: through the cache where TCR says so, else at the point of coherency. */
  #tables(space: Space, cached: boolean, watched: boolean): DescriptorSource {
    const frames = framesOf(space);
    return {
      descriptor: (table, index) => {
        const pfn = table * frames + Math.floor(index / FRAME_DESCRIPTORS);
        const frame = this.#memory.frame(pfn);
        if (frame === undefined) return undefined;
        const at = index % FRAME_DESCRIPTORS;
        const [low, high] = cached
          ? [frame.coherentWord(2 * at), frame.coherentWord(2 * at + 1)]
          : [frame.memory[2 * at] ?? 0, frame.memory[2 * at + 1] ?? 0];
        if (watched) {
          this.#memory.watch(frame, WATCH_TABLE);
          this.#watch.used(pfn, frame, at, low, high);
        }
        return { low, high };
      },
    };
  }
}

/** 4 KiB frames in a page of the space's granule. */
const framesOf = (space: Space): number => 2 ** (geometryOf(space.granule).pageShift - 12);

/** The virtual page number (in 4 KiB) that a space starts at. */
const firstVpn = (space: Space): number => Number(addressInSpace(space, 0) >> 12n);

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
    entry.pfn === now.pfn &&
    entry.type === now.type &&
    (now.writable || !entry.writable) &&
    (now.executable || !entry.executable)
  );
}
