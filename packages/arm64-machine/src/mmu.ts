import {
  type Access,
  type Attributes,
  addressInSpace,
  faultStatus,
  listMappings,
  parOf,
  rootOfTtbr,
  type Shareability,
  type Space,
  type WalkResult,
} from '@kexeckit/arm64-pgtable';
import { Aliases } from './aliases.ts';
import { INNER, NON_SHAREABLE, OUTER } from './barrier.ts';
import type { Counters } from './counters.ts';
import { DescriptorReader, framesOf, keyOf, type Walked } from './descriptor-reader.ts';
import { ABORT_EXTERNAL } from './exceptions.ts';
import { Frame } from './frame.ts';
import { Halves } from './halves.ts';
import type { PhysicalMemory } from './memory.ts';
import { isWithin, sameCode, sameTranslation } from './same-translation.ts';
import { FRAME_DESCRIPTORS, FRAME_SIZE } from './sizes.ts';
import type { SystemRegisters, TranslationRegime, TranslationState } from './system.ts';
import type { TableStores } from './table-stores.ts';
import { type DescriptorUse, TableWatch, type TableWatchSnapshot } from './table-watch.ts';
import { GLOBAL, type ReadonlyTlb, reaches, Tlb, type TlbEntry, type TlbSnapshot } from './tlb.ts';
import type { FrameRun, Invalidation, Translation, TranslationFailure } from './translation.ts';

/** How the machine treats programs. */
export interface Strictness {
  /** Caches, stale TLB entries and stale instructions are modelled, and broken rules reported. */
  readonly strict: boolean;
}

/** A TLBI that is not complete. */
interface Asked {
  readonly what: Invalidation;
  /** Descriptors whose store was not complete when it was asked for. */
  readonly unfinished: ReadonlySet<number>;
}

/** What a snapshot keeps of an MMU. */
export interface MmuSnapshot {
  readonly tlbs: readonly TlbSnapshot[];
  readonly aliases: ReturnType<Aliases['save']>;
  readonly asked: readonly Asked[];
  readonly watch: TableWatchSnapshot;
}

/** A walk, the space that it went through, 4 KiB frames in its pages, and how far into it the page is (in 4 KiB). */
interface Looked extends Walked {
  /** Pages that a descriptor covers, by level + 1. */
  readonly spans: readonly number[];
  /** The virtual page (4 KiB) that the space starts at. */
  readonly first: number;
  readonly offset: number;
}

/** Virtual pages of the upper half have this number or more: bit 63 of the address is set. */
const UPPER_VPN = 2 ** 51;
/** Virtual page numbers have 52 bits: those of a tag are above the lower 44, of which the highest is bit 55 of the address. */
const TAGGED_VPN = 2 ** 44;
const BIT_55 = 2 ** 43;
const UNTAGGED_UPPER = 2 ** 52 - TAGGED_VPN;
/** The path of an entry that no walk of ours made. */
const NO_PATH: readonly number[] = [];
/** ID_AA64MMFR0_EL1.PARange says 52 bits. */
const PHYSICAL_PAGES = 2 ** 40;

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
  readonly #reader: DescriptorReader;
  readonly #halves: Halves;
  readonly #tableStores: TableStores;
  readonly #tlbs: Readonly<Record<TranslationRegime, Tlb>> = { EL1: new Tlb(), EL2: new Tlb(), 'EL2&0': new Tlb() };
  readonly #aliases = new Aliases();
  /** What the MMU leads to when it is off. */
  readonly #flat = new Map<number, Translation>();
  /** Scratch frames that devices answer through. */
  readonly #windows = new Map<number, Frame>();
  /** The state that was last asked about, and its TLB. */
  #lastState: TranslationState | undefined;
  #lastTlb: Tlb = this.#tlbs.EL1;
  #asked: Asked[] = [];
  readonly #use: DescriptorUse = { regime: 'EL1', asid: GLOBAL, first: 0, pages: 0, leaf: false };
  #speculated:
    | { readonly state: TranslationState; readonly writes: number; readonly runs: readonly FrameRun[] }
    | undefined;

  constructor(
    system: SystemRegisters,
    memory: PhysicalMemory,
    counters: Counters,
    tableStores: TableStores,
    { strict }: Strictness,
  ) {
    this.#tableStores = tableStores;
    this.#system = system;
    this.#memory = memory;
    this.#counters = counters;
    this.#strict = strict;
    this.#watch = new TableWatch(memory);
    this.#reader = new DescriptorReader(memory);
    this.#halves = new Halves(this.#reader, strict);
  }

  /** Translates a virtual page number (virtual address / 4096); a tag in it is ignored where TCR says so. */
  translate(vpn: number, isFetch = false): Translation | TranslationFailure {
    const found =
      this.#system.pending && this.#strict
        ? this.#translateUnsynchronized(vpn, isFetch)
        : this.#translateUnder(this.#system.effective, vpn);
    if ('frame' in found) this.#memory.use(found.frame);
    return found;
  }

  /** Leaves a global entry in the TLB of each regime, as whatever ran before this program may have. */
  leaveStale(vpn: number, { frame, pfn, writable, executable, cacheable, device, ...rest }: Translation): void {
    const { user, domain, target, level } = rest;
    for (const tlb of this.#allTlbs)
      tlb.set(vpn, {
        frame,
        pfn,
        writable,
        executable,
        cacheable,
        device,
        ...(user !== undefined && { user }),
        ...(domain !== undefined && { domain }),
        target,
        level,
        type: 'Normal',
        path: NO_PATH,
        asid: GLOBAL,
        first: vpn,
        pages: 1,
        checkedAt: -1,
      });
  }

  /** TLBI; complete at the next `completeInvalidations` that names it. Not for good for descriptors with unfinished stores. */
  requestInvalidation(what: Invalidation, unfinished: ReadonlySet<number>): void {
    this.#asked.push({ what, unfinished });
  }

  get #allTlbs(): readonly Tlb[] {
    return [this.#tlbs.EL1, this.#tlbs.EL2, this.#tlbs['EL2&0']];
  }

  /** A DSB: these invalidations are complete. Says whether a descriptor was changed as none may be. */
  completeInvalidations(done: readonly Invalidation[]): TranslationFailure | undefined {
    const breach = this.#breach();
    if (done.length === 0) return breach;
    for (const { what, unfinished } of this.#asked) {
      if (!done.includes(what)) continue;
      this.#tlbs[what.regime].invalidate(what, ({ path }) => path.some((key) => unfinished.has(key)));
      this.#watch.invalidate(what, (key) => unfinished.has(key));
    }
    this.#asked = this.#asked.filter(({ what }) => !done.includes(what));
    return breach;
  }

  /** What AT leaves in PAR_EL1 for an address, by the tables of a level as its registers stand. */
  addressTranslate(state: TranslationState, address: bigint, access: Access): bigint {
    const vpn = untagged(state, Number(address >> 12n));
    if (!state.mmu) {
      if (isBeyond(state, vpn)) return faultPar(faultStatus('address-size-fault', 0));
      // Device-nGnRnE, outer shareable (Arm ARM, pseudocode AArch64.S1DisabledOutput).
      return (BigInt(vpn) << 12n) | PAR_RES1 | (2n << 7n);
    }
    const found = this.#look(state, vpn);
    if (found === undefined) return faultPar(faultStatus('translation-fault', 0));
    return parOf(found.space, address, found.result, state.hasUser ? access : { ...access, user: false });
  }

  /** Drops an entry, as hardware may at any time: the `choice`-th, counted round. */
  evict(choice: number): void {
    this.#tlbs[this.#system.effective.regime].evict(choice);
  }

  /** Physical addresses of the descriptors that a walk for a page reads, the leaf last. */
  explain(vpn: number): bigint[] {
    const { effective } = this.#system;
    const looked = this.#look(effective, untagged(effective, vpn));
    return (looked?.result.steps ?? []).map(
      ({ table, index }) => BigInt(table) * BigInt(FRAME_SIZE * (looked?.frames ?? 1)) + BigInt(index * 8),
    );
  }

  /** Everything that may be loaded or fetched from without an instruction asking, by what the tables say now. */
  speculatedRuns(): readonly FrameRun[] {
    const state = this.#system.effective;
    if (this.#speculated?.state === state && this.#speculated.writes === this.#memory.tableWrites)
      return this.#speculated.runs;
    const runs = [
      ...this.#speculatedOf(state, state.lower, state.ttbr0),
      ...this.#speculatedOf(state, state.upper, state.ttbr1),
    ];
    this.#speculated = { state, writes: this.#memory.tableWrites, runs };
    return runs;
  }

  #speculatedOf(state: TranslationState, space: Space | undefined, ttbr: bigint): FrameRun[] {
    if (!state.mmu || space === undefined) return [];
    const frames = framesOf(space);
    const first = firstVpn(space);
    const tables = this.#reader.source(space, state, false);
    const root = rootOfTtbr(space, ttbr);
    if (root === undefined) return [];
    return listMappings(space, root, tables)
      .runs.filter(({ attributes }) => attributes.type === 'Normal' || isFetchedDevice(state, attributes))
      .map(({ page, frame, pages, attributes }) => ({
        ...{ vpn: first + page * frames, pfn: frame * frames, frames: pages * frames },
        fetchedOnly: attributes.type !== 'Normal',
      }));
  }

  /** Forgets everything: after a snapshot was restored. */
  reset(): void {
    for (const tlb of this.#allTlbs) tlb.clear();
    this.#flat.clear();
    this.#aliases.clear();
    this.#asked = [];
    this.#watch.clear();
  }

  /** Everything, for a snapshot. */
  save(): MmuSnapshot {
    return {
      tlbs: this.#allTlbs.map((tlb) => tlb.save()),
      aliases: this.#aliases.save(),
      asked: [...this.#asked],
      watch: this.#watch.save(),
    };
  }

  restore({ tlbs, aliases, asked, watch }: MmuSnapshot): void {
    for (const [at, tlb] of this.#allTlbs.entries()) {
      const saved = tlbs[at];
      if (saved !== undefined) tlb.restore(saved);
    }
    this.#flat.clear();
    this.#aliases.restore(aliases);
    this.#asked = [...asked];
    this.#watch.restore(watch);
  }

  /** The TLB of a regime; by default that of the current one. */
  tlb(regime: TranslationRegime = this.#system.effective.regime): ReadonlyTlb {
    return this.#tlbs[regime];
  }

  #translateUnder(state: TranslationState, tagged: number): Translation | TranslationFailure {
    const vpn = tagged < BIT_55 ? tagged : untagged(state, tagged);
    if (!state.mmu) return this.#identity(state, vpn);
    const tlb = this.#tlbOf(state);
    const held = tlb.get(vpn, state.asid);
    if (held !== undefined) {
      if (held.checkedAt === this.#memory.tableWrites && held.checkedUnder === state) return held;
      const problem = this.#strict ? this.#verify(state, held, vpn) : undefined;
      if (problem !== undefined) return problem;
      if (tlb.get(vpn, state.asid) === held) return held;
    }
    const found = this.#walk(state, vpn);
    if ('fault' in found) return found;
    const problem = this.#strict ? (this.#unfinished(found) ?? this.#aliases.add(tlb, found, vpn)) : undefined;
    if (problem !== undefined) return problem;
    tlb.set(vpn, found);
    return found;
  }

  /** The TLB of a state's regime. */
  #tlbOf(state: TranslationState): Tlb {
    if (state === this.#lastState) return this.#lastTlb;
    this.#lastState = state;
    this.#lastTlb = this.#tlbs[state.regime];
    return this.#lastTlb;
  }

  /** A walk that may read what stood in a descriptor before. */
  #unfinished({ path }: TlbEntry): TranslationFailure | undefined {
    const key = path.find((each) => this.#tableStores.isUnfinished(each) || this.#isFresh(each));
    if (key === undefined) return undefined;
    const detail = 'no DSB came behind the store to a descriptor that this access needs';
    return { fault: 'table-store-without-dsb', detail, address: BigInt(key) * 8n };
  }

  #isFresh(key: number): boolean {
    if (this.#tableStores.frames.size === 0) return false;
    const frame = this.#memory.frame(Math.floor(key / FRAME_DESCRIPTORS));
    return frame !== undefined && this.#tableStores.isFresh(frame, (8 * (key % FRAME_DESCRIPTORS)) >>> frame.lineShift);
  }

  /** Between MSR and ISB either state may hold: what differs under the two must not be relied on. */
  #translateUnsynchronized(vpn: number, isFetch: boolean): Translation | TranslationFailure {
    const before = this.#translateUnder(this.#system.effective, vpn);
    const after = this.#system.current();
    const next = untagged(after, vpn);
    const then = after.mmu ? this.#walk(after, next) : this.#identity(after, next);
    if (!('fault' in before) && !('fault' in then) && (isFetch ? sameCode : sameTranslation)(before, then))
      return before;
    if ('fault' in before && 'fault' in then) return before;
    return { fault: 'missing-isb', detail: 'this access translates in two ways' };
  }

  /** Whether a TLB entry still says what the tables say; drops it if it is merely less than they allow. */
  #verify(state: TranslationState, held: TlbEntry, vpn: number): TranslationFailure | undefined {
    const breach = this.#breach();
    if (breach !== undefined) return breach;
    const now = this.#walk(state, vpn);
    if (held.path.length > 0 && !('fault' in now) && isWithin(held, now)) {
      if (held.writable === now.writable && held.executable === now.executable && held.user === now.user)
        this.#tlbs[state.regime].checked(held, this.#memory.tableWrites, state);
      else this.#tlbs[state.regime].delete(vpn, held);
      return undefined;
    }
    const asked = this.#asked.some(({ what }) => what.regime === state.regime && reaches(what, held));
    const detail =
      'fault' in now ? `the tables say ${now.fault} now` : `the tables lead to frame 0x${now.pfn.toString(16)} now`;
    return {
      fault: held.outlived ? 'table-store-without-dsb' : asked ? 'tlbi-without-dsb' : 'stale-tlb',
      detail: `the entry leads to frame 0x${held.pfn.toString(16)}, ${detail}`,
    };
  }

  #breach(): TranslationFailure | undefined {
    const found = this.#strict ? this.#watch.check() : undefined;
    return found && { fault: 'break-before-make', detail: found.detail, address: found.address };
  }

  /** With the MMU off, the virtual page number is the page frame number. */
  #identity(state: TranslationState, pfn: number): Translation | TranslationFailure {
    const held = this.#flat.get(pfn);
    if (held !== undefined) return held;
    if (isBeyond(state, pfn)) {
      const detail = 'with the MMU off, an address has no more bits than ID_AA64MMFR0_EL1.PARange says';
      return { fault: 'address-size-fault', detail, status: faultStatus('address-size-fault', 0) };
    }
    const target = this.#memory.devicesIn(pfn);
    const frame = target ? this.#window(pfn) : this.#memory.frame(pfn);
    if (frame === undefined)
      return {
        fault: 'external-abort',
        detail: 'there is neither RAM nor a device at this physical address',
        status: ABORT_EXTERNAL,
      };
    const open = { writable: true, executable: true, cacheable: false, device: true };
    const made: Translation = { frame, pfn, ...open, domain: OUTER, target };
    this.#flat.set(pfn, made);
    return made;
  }

  #window(pfn: number): Frame {
    const held = this.#windows.get(pfn);
    if (held !== undefined) return held;
    const made = new Frame(this.#memory.lineShift);
    this.#windows.set(pfn, made);
    return made;
  }

  /** Finds the tables for a page and walks them. */
  #look(state: TranslationState, vpn: number): Looked | undefined {
    const half = this.#halves.of(state, vpn >= UPPER_VPN);
    if (half === undefined) return undefined;
    const { space, spans, frames, first, walker } = half;
    const offset = vpn - first;
    const result = walker.look(Math.floor(offset / frames));
    return { space, spans, result, frames, first, offset };
  }

  #walk(state: TranslationState, vpn: number): TlbEntry | TranslationFailure {
    const looked = this.#look(state, vpn);
    if (looked === undefined)
      return {
        fault: 'translation-fault',
        detail: 'no tables are set up for this half, or TCR is reserved',
        status: faultStatus('translation-fault', 0),
      };
    const { result } = looked;
    this.#counters.tableWalks += 1;
    const missed = this.#strict ? this.#reader.bypassed(looked, state) : undefined;
    if (missed !== undefined) return missed;
    if (this.#strict) this.#noteUses(looked, state);
    if (result.kind !== 'mapped') {
      const fault = result.kind === 'reserved-type' ? 'translation-fault' : result.kind;
      return {
        fault,
        detail: `level ${result.level} of the table walk`,
        status: faultStatus(result.kind, result.level),
      };
    }
    return this.#entry(looked, result, state);
  }

  #entry(
    { spans, frames, first, offset }: Looked,
    result: Extract<WalkResult, { kind: 'mapped' }>,
    state: TranslationState,
  ): TlbEntry | TranslationFailure {
    const { type, writable, user = false, shareability, notGlobal = false } = result.attributes;
    const executable = isExecutable(state, result.attributes);
    const pfn = result.frame * frames + (offset % frames);
    const device = type.startsWith('Device');
    const target = this.#memory.devicesIn(pfn);
    if (target !== undefined && !device)
      return { fault: 'device-speculation', detail: `${target.name} is mapped as ${type} memory` };
    const frame = target ? this.#window(pfn) : this.#memory.frame(pfn);
    if (frame === undefined)
      return {
        fault: 'external-abort',
        detail: `the tables lead to frame 0x${pfn.toString(16)}, where there is no RAM`,
        status: ABORT_EXTERNAL,
        ...(writable ? {} : { readOnlyAt: result.level }),
      };
    if (target !== undefined && executable && this.#strict)
      return { fault: 'device-speculation', detail: `${target.name} is mapped as executable` };
    const cached = type === 'Normal' || type === 'Normal-WT' || type === 'Normal-Tagged';
    const pages = (spans[result.level + 1] ?? 1) * frames;
    return {
      frame,
      pfn,
      writable,
      executable,
      cacheable: this.#strict && state.dataCache && cached,
      device,
      user,
      domain: domainOf(shareability ?? (cached ? 'inner' : 'outer')),
      target,
      level: result.level,
      type,
      path: result.steps.map(({ table, index }) => keyOf(frames, table, index)),
      asid: notGlobal && state.regime !== 'EL2' ? state.asid : GLOBAL,
      first: first + offset - (offset % pages),
      pages,
      checkedAt: this.#memory.tableWrites,
      checkedUnder: state,
    };
  }

  /** What a walk read may be cached: valid descriptors, but for a leaf that did not translate. */
  #noteUses({ spans, result, frames, first, offset }: Looked, state: TranslationState): void {
    const use = this.#use;
    use.regime = state.regime;
    for (const { level, table, index, low, high } of result.steps) {
      if ((low & 1) === 0) continue;
      use.leaf = level === 3 || (low & 3) === 1;
      if (use.leaf && result.kind !== 'mapped') continue;
      const isGlobal = use.leaf && result.kind === 'mapped' && result.attributes.notGlobal !== true;
      use.asid = isGlobal || state.regime === 'EL2' ? GLOBAL : state.asid;
      use.pages = (spans[level + 1] ?? 1) * frames;
      use.first = first + offset - (offset % use.pages);
      this.#watch.used(keyOf(frames, table, index), low, high, use);
    }
  }
}

/** The virtual page number (in 4 KiB) that a space starts at. */
const firstVpn = (space: Space): number => Number(addressInSpace(space, 0) >> 12n);

/**
 * Whether a page is executed from at the level itself: what EL0 may write is not, as if PXN were set (Arm ARM, pseudocode
 * S1DirectBasePermissions).
 */
const isExecutable = (state: TranslationState, { executable, writable, user = false }: Attributes): boolean =>
  executable && !(writable && (state.writableNeverExecutes || user));

const isFetchedDevice = (state: TranslationState, attributes: Attributes): boolean =>
  attributes.type.startsWith('Device') && isExecutable(state, attributes);

const domainOf = (shareability: Shareability): number =>
  shareability === 'none' ? NON_SHAREABLE : shareability === 'inner' ? INNER : OUTER;

/** A virtual page number without the tag that TCR.TBI lets be ignored: bits 63 to 56 become as bit 55. */
function untagged(state: TranslationState, vpn: number): number {
  if (vpn < BIT_55) return vpn;
  const isUpper = Math.floor(vpn / BIT_55) % 2 === 1;
  if (!(isUpper ? state.ignoresUpperTags : state.ignoresLowerTags)) return vpn;
  return (vpn % TAGGED_VPN) + (isUpper ? UNTAGGED_UPPER : 0);
}

/** Whether a page number has more bits than physical addresses; a tag counts for none. */
const isBeyond = (state: TranslationState, vpn: number): boolean =>
  (vpn >= UNTAGGED_UPPER && state.ignoresUpperTags ? vpn - UNTAGGED_UPPER : vpn) >= PHYSICAL_PAGES;

const PAR_RES1 = 1n << 11n;
const faultPar = (status: number): bigint => (BigInt(status) << 1n) | PAR_RES1 | 1n;
