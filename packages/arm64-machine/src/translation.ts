import type { DeviceFrame } from './device.ts';
import type { FaultKind } from './fault.ts';
import type { Frame } from './frame.ts';
import type { TranslationRegime } from './system.ts';

/** What a virtual 4 KiB page leads to. */
export interface Translation {
  readonly frame: Frame;
  /** Page frame number: physical address / 4096. */
  readonly pfn: number;
  readonly writable: boolean;
  readonly executable: boolean;
  /** Whether data accesses go through the cache. */
  readonly cacheable: boolean;
  /** Device memory: unaligned accesses fault. With the MMU off, all data accesses are of this kind. */
  readonly device: boolean;
  /** Level of the descriptor; none with the MMU off. */
  readonly level?: number | undefined;
  /** Whether EL0 may access it, as far as it is writable; yes where nothing is said. */
  readonly user?: boolean;
  /** The domain that it is shared in, as `barrier.ts` numbers them; outer where nothing is said. */
  readonly domain?: number;
  /** The devices that answer, where there is no RAM. */
  readonly target?: DeviceFrame | undefined;
}

/** A translation that failed, as the architecture names it, or a rule that was broken on the way. */
export interface TranslationFailure {
  readonly fault: FaultKind;
  readonly detail: string;
  /** Fault status code for the syndrome register; none for a rule. */
  readonly status?: number;
  /** The level of a read-only mapping that leads nowhere: a store is refused for its permission first. */
  readonly readOnlyAt?: number;
  /** Where, if it is not the address that was asked for: the physical address of a descriptor. */
  readonly address?: bigint;
}

/** What a TLBI drops of a translation regime: all, one address space, one page, or one page of one address space. */
export interface Invalidation {
  readonly regime: TranslationRegime;
  /** Virtual page number (virtual address / 4096), or every page. */
  readonly vpn: number | 'all';
  /**
   * Only entries of this address space. Global entries belong to none: they are dropped with a page, and stay where the
   * address space as a whole is invalidated. Without one, all entries.
   */
  readonly asid?: number | undefined;
  /** Whether descriptors above the last level stay cached. */
  readonly lastLevel: boolean;
}

/** Page frames that follow each other, and the virtual pages that lead to them. */
export interface FrameRun {
  /** Virtual page number of the first. */
  readonly vpn: number;
  /** Page frame number of the first. */
  readonly pfn: number;
  readonly frames: number;
  /** Device memory that is not execute-never: fetches may go there, and no loads. */
  readonly fetchedOnly?: boolean;
}
