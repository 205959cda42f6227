import { type Barrier, INNER, NON_SHAREABLE } from './barrier.ts';
import type { CodeLine, InstructionInvalidation } from './code-line.ts';
import type { Exceptions, MaintenanceControl } from './core.ts';
import type { Domain, DomainMember } from './domain.ts';
import { type Frame, Maintenance, WATCH_CODE } from './frame.ts';
import type { MaintenanceEpoch } from './frame-state.ts';
import { FRAME_SIZE, SMALLEST_LINE } from './sizes.ts';
import type { TableStores, TableStoresSnapshot } from './table-stores.ts';
import type { Invalidation } from './translation.ts';

/** What maintenance needs of the CPU that asks for it. */
export interface MaintenanceHooks {
  /** Bytes of a line of the data or the instruction cache, whichever is longer. */
  readonly lineSize: number;
  /** Tells a device of the store that was posted to it. */
  settleDevice(): void;
  /** A DSB has completed all stores. */
  storesComplete(): void;
  /** Tells the machine's owner. */
  tell(what: string): void;
}

interface CacheRequest extends InstructionInvalidation {
  readonly domain: number;
}

/** A line that was cleaned by a DC that is not complete. */
interface Cleaned extends CodeLine {
  readonly domain: number;
}

interface TlbRequest {
  readonly domain: number;
  readonly what: Invalidation;
}

/** What a snapshot keeps of it. */
export interface MaintenanceSnapshot {
  readonly epochs: readonly MaintenanceEpoch[];
  readonly caches: readonly CacheRequest[];
  readonly cleaned: readonly (readonly [number, Cleaned])[];
  readonly cleanedFrames: readonly Frame[];
  readonly lastCleaned: Frame | undefined;
  readonly tlbs: readonly TlbRequest[];
  readonly tableStores: TableStoresSnapshot;
}

/**
 * What one CPU has asked of instruction caches and TLBs, its own or those of its domain, until a DSB of its own completes
 * it. The DSB must wait for loads and stores, and for the domain that was asked.
 */
export class MaintenanceUnit implements MaintenanceControl {
  readonly dataCache: Maintenance = new Maintenance();
  readonly #domain: Domain;
  readonly #exceptions: Exceptions;
  readonly #tableStores: TableStores;
  readonly #hooks: MaintenanceHooks;
  #caches: readonly CacheRequest[] = [];
  /** By their physical address. */
  readonly #cleaned = new Map<number, Cleaned>();
  /** Frames that DC was used on since the last DSB that completes it, and the last of them. */
  readonly #cleanedFrames = new Set<Frame>();
  #lastCleaned: Frame | undefined;
  #tlbs: readonly TlbRequest[] = [];

  constructor(domain: Domain, exceptions: Exceptions, tableStores: TableStores, hooks: MaintenanceHooks) {
    this.#domain = domain;
    this.#exceptions = exceptions;
    this.#tableStores = tableStores;
    this.#hooks = hooks;
  }

  cleaned(frame: Frame): void {
    if (frame === this.#lastCleaned) return;
    this.#lastCleaned = frame;
    this.#cleanedFrames.add(frame);
  }

  cleanedCode(line: CodeLine, domain: number): void {
    this.#cleaned.set(line.pfn * FRAME_SIZE + (line.offset & -SMALLEST_LINE), { ...line, domain });
  }

  requestInstructionInvalidation(broadcast: boolean, line?: CodeLine): void {
    const late = [...this.#cleaned.values()].filter((each) => line === undefined || this.#isSameLine(each, line));
    const touched = [...this.#cleanedFrames, ...this.#tableStores.frames];
    // Of frames that code was fetched from each line is known.
    const lateFrames = new Set(touched.filter(({ watched }) => (watched & WATCH_CODE) === 0));
    this.#caches = [...this.#caches, { domain: broadcast ? INNER : NON_SHAREABLE, line, late, lateFrames }];
    this.#hooks.tell('IC');
  }

  requestTlbInvalidation(what: Invalidation, domain: number): void {
    // What a walk may still read is not invalidated for good.
    const unfinished = this.#tableStores.unfinished(domain);
    for (const { mmu } of this.#reached(domain)) mmu.requestInvalidation(what, unfinished);
    this.#tlbs = [...this.#tlbs, { domain, what }];
    this.#hooks.tell('TLBI');
  }

  complete({ domain, stores, maintenance }: Barrier, index: number): void {
    this.#hooks.settleDevice();
    if (stores) {
      this.#tableStores.complete(domain);
      this.#hooks.storesComplete();
    }
    if (!maintenance) return;
    this.dataCache.complete(domain);
    this.#cleanedFrames.clear();
    this.#lastCleaned = undefined;
    for (const [at, each] of this.#cleaned) if (each.domain <= domain) this.#cleaned.delete(at);
    this.#completeTlbs(domain, index);
    this.#completeCaches(domain);
  }

  /** Everything, for a snapshot. */
  save(): MaintenanceSnapshot {
    return {
      epochs: this.dataCache.save(),
      caches: this.#caches,
      cleaned: [...this.#cleaned],
      cleanedFrames: [...this.#cleanedFrames],
      lastCleaned: this.#lastCleaned,
      tlbs: this.#tlbs,
      tableStores: this.#tableStores.save(),
    };
  }

  restore(saved: MaintenanceSnapshot): void {
    this.clear();
    this.dataCache.restore(saved.epochs);
    this.#caches = saved.caches;
    for (const [at, line] of saved.cleaned) this.#cleaned.set(at, line);
    for (const frame of saved.cleanedFrames) this.#cleanedFrames.add(frame);
    this.#lastCleaned = saved.lastCleaned;
    this.#tlbs = saved.tlbs;
    this.#tableStores.restore(saved.tableStores);
  }

  /** As out of reset: nothing was asked for. */
  clear(): void {
    this.#caches = [];
    this.#cleaned.clear();
    this.#cleanedFrames.clear();
    this.#lastCleaned = undefined;
    this.#tlbs = [];
    this.#tableStores.clear();
  }

  #isSameLine(a: CodeLine, b: CodeLine): boolean {
    const { lineSize } = this.#hooks;
    return a.pfn === b.pfn && Math.floor(a.offset / lineSize) === Math.floor(b.offset / lineSize);
  }

  #reached(domain: number): readonly DomainMember[] {
    const { own, members } = this.#domain;
    return domain === NON_SHAREABLE ? [own] : members;
  }

  #completeTlbs(domain: number, index: number): void {
    const done = this.#tlbs.filter((request) => request.domain <= domain);
    const { own } = this.#domain;
    const touched = new Set<DomainMember>([own, ...done.flatMap((request) => this.#reached(request.domain))]);
    for (const member of touched) {
      const asked = done.filter((request) => this.#reached(request.domain).includes(member)).map(({ what }) => what);
      const breach = member.mmu.completeInvalidations(asked);
      member.forgetTranslations();
      if (breach) this.#exceptions.stop(breach.fault, breach.address ?? 0n, index, breach.detail);
    }
    this.#tlbs = this.#tlbs.filter((request) => request.domain > domain);
  }

  #completeCaches(domain: number): void {
    if (this.#caches.length === 0) return;
    for (const request of this.#caches) {
      if (request.domain > domain) continue;
      for (const member of this.#reached(request.domain)) member.invalidateInstructions(request);
    }
    this.#caches = this.#caches.filter((request) => request.domain > domain);
  }
}
