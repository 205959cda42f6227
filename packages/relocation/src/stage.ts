import type { Range } from '@kexeckit/ioport';
import { CopyRuns } from './copy-runs.ts';
import type { Breadcrumbs } from './routine/breadcrumbs.ts';
import type { ExecutionState } from './routine/level.ts';
import type { Segment } from './segment.ts';
import type { StrategyName } from './strategies.ts';
import type { PlannedTranslation } from './temporary-tables.ts';

/** A segment with the decision about it. */
export interface PlannedSegment extends Segment {
  /** Copied by the routine, loaded straight to its destination, or moved there by the running kernel before the routine begins. */
  readonly placement: 'copied' | 'in-place' | 'delivered';
}

/** What a page that the plan owns is for. */
export type ControlPageOwner = 'routine' | 'entry list' | 'table' | 'constants' | 'workspace' | 'vectors';

/** A page that is not part of a segment, with its whole content. */
export interface ControlPage {
  readonly pfn: number;
  readonly owner: ControlPageOwner;
  /** 4096 bytes. */
  readonly bytes: Uint8Array;
}

/** Where everything stands when the next stage is entered. Physical addresses. */
export interface PlacementPlan {
  readonly segments: readonly PlannedSegment[];
  /** First instruction of the next stage. */
  readonly entry: bigint;
  /** Its device tree. */
  readonly dtb: bigint;
  /** The region that a strategy with a region loads into. */
  readonly region: Range | undefined;
  /** Ranges of System RAM. */
  readonly ram: readonly Range[];
}

/** What stands between the old kernel and the next one, decided in full: nothing is left to allocate when it runs. */
interface StageBase extends ExecutionState {
  readonly strategy: StrategyName;
  readonly vhe: boolean;
  /** From EL1, the next stage is entered at EL2. */
  readonly softRestart: boolean;
  readonly placement: PlacementPlan;
  readonly controlPages: readonly ControlPage[];
  /** Where the old kernel jumps to: the first word of our routine. */
  readonly start: bigint;
  /** The last instruction before the next stage: of the routine, or of the vectors that answer its HVC. */
  readonly jump: bigint;
  /** Where the routine stops if a digest is wrong; undefined where none is compared. */
  readonly halt: bigint | undefined;
  /** What EL2's VBAR must hold when the routine is entered, for a soft restart. */
  readonly vectors: bigint | undefined;
  readonly breadcrumbs: Breadcrumbs | undefined;
  /** The temporary page tables, where the routine runs under some. */
  readonly translation: PlannedTranslation | undefined;
  /** What the loader cleans to the point of coherency, because it is next read with the MMU off. */
  readonly cleanAtLoad: readonly Range[];
}

/** Our routine moves pages, then jumps. */
export interface RelocationPlan extends StageBase {
  readonly kind: 'relocation';
  /** Whether the MMU is on or off while pages are moved. */
  readonly mmu: 'on' | 'off';
  /** The first word of the entry list: where its first page is. */
  readonly head: bigint;
  /** In list order. */
  readonly copies: CopyRuns;
}

/** The routine moves nothing: it compares digests where asked to, and jumps. For kexec_load, see `emitPurgatory`. */
export interface PurgatoryPlan extends StageBase {
  readonly kind: 'purgatory';
}

/** What runs between the old kernel and the next one. */
export type StagePlan = RelocationPlan | PurgatoryPlan;

const noCopies = CopyRuns.of([]);

/** The copies that a stage makes; none for a purgatory. */
export function copiesOf(stage: StagePlan): CopyRuns {
  return stage.kind === 'relocation' ? stage.copies : noCopies;
}
