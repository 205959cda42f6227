import type { Range } from '@kexeckit/ioport';
import type { Accesses } from './address-space.ts';
import type { PageAllocator } from './allocator.ts';
import { CopyRuns } from './copy-runs.ts';
import { RelocationError } from './error.ts';
import { Kimage } from './kimage.ts';
import { addressOf, joinSpans, PAGE_SIZE, type PageSpan, pfnOf, rangeOfPages, wholePages } from './page.ts';
import type { Breadcrumbs } from './routine/breadcrumbs.ts';
import type { ExecutionState } from './routine/level.ts';
import { emitRoutine } from './routine/routine.ts';
import { emitVectors } from './routine/vectors.ts';
import { checkInRam, checkSegments, type Segment, segmentEnd, totalPages } from './segment.ts';
import { isInPlace, type RoutineKind, routineKind, type Strategy } from './strategy.ts';
import { fillTables, type PlannedTranslation, sizeTables } from './temporary-tables.ts';
import { constantsPage, type Digests } from './verification.ts';

/** A segment with the decision about it. */
export interface PlannedSegment extends Segment {
  readonly placement: 'copied' | 'in-place';
}

/** What a page that the plan owns is for. */
export type ControlPageOwner = 'routine' | 'entry list' | 'table' | 'constants' | 'workspace' | 'vectors';

/** A page that is not part of a segment, with its whole content. */
export interface ControlPage {
  readonly pfn: number;
  readonly owner: ControlPageOwner;
  readonly bytes: Uint8Array;
}

export type { PlannedTranslation };

/** A relocation, decided in full: nothing is left to allocate when it runs. */
export interface RelocationPlan extends ExecutionState {
  readonly strategy: Strategy;
  readonly routineKind: RoutineKind;
  /** From EL1, the next stage is entered at EL2. */
  readonly softRestart: boolean;
  /** Ranges of System RAM. */
  readonly ram: readonly Range[];
  /** Where `reserved` and `crash-region` load. */
  readonly region: Range | undefined;
  readonly segments: readonly PlannedSegment[];
  /** First instruction of the next stage. */
  readonly entry: bigint;
  /** Its device tree. */
  readonly dtb: bigint;
  readonly head: bigint;
  /** In list order. */
  readonly copies: CopyRuns;
  readonly controlPages: readonly ControlPage[];
  /** Where the old kernel jumps to: the routine's first word. */
  readonly routine: bigint;
  /** The last instruction before the next stage: of the routine, or of the vectors that answer its HVC. */
  readonly jump: bigint;
  /** Where the routine stops if a digest is wrong; undefined where none is compared. */
  readonly halt: bigint | undefined;
  /** What EL2's VBAR must hold when the routine is entered, for a soft restart. */
  readonly vectors: bigint | undefined;
  readonly breadcrumbs: Breadcrumbs | undefined;
  readonly translation: PlannedTranslation | undefined;
  /** What the loader cleans to the point of coherency, because it is next read with the MMU off. */
  readonly cleanAtLoad: readonly Range[];
}

/** What a relocation is planned from. */
export interface RelocationRequest extends ExecutionState {
  readonly strategy: Strategy;
  /** Hands over at EL2 from EL1, by HVC to vectors of our own. No by default. */
  readonly softRestart?: boolean;
  /** The digest of every segment: they are compared before the jump. Nothing is verified by default. */
  readonly digests?: Digests;
  /** Marks on the console at each stage; none by default. */
  readonly breadcrumbs?: Breadcrumbs;
  readonly ram: readonly Range[];
  readonly region?: Range;
  readonly segments: readonly Segment[];
  readonly entry: bigint;
  readonly dtb: bigint;
  readonly allocator: PageAllocator;
  /** As of an image: by default sources come in blocks and the list in runs; false: one by one in the kernel's order. */
  readonly contiguous?: boolean;
}

/**
 * Plans a relocation: control pages, sources, entry list, temporary tables and routine.
 *
 * @throws RelocationError as `checkSegments` does; `EINVAL` for a region strategy without a region; `ENOSPC` for
 * segments that the region cannot hold; `ENOMEM` when pages run out; `EADDRNOTAVAIL` for a destination outside RAM.
 */
export function planRelocation(request: RelocationRequest): RelocationPlan {
  const { strategy, ram, region, allocator, entry, dtb, digests, softRestart = false } = request;
  checkRegion(strategy, region);
  checkSegments(request.segments, { totalRamPages: totalPages(ram) });
  checkInRam(request.segments, ram);
  const segments = request.segments.map(
    (segment): PlannedSegment => ({ ...segment, placement: isInPlace(segment, region) ? 'in-place' : 'copied' }),
  );
  const copied = segments.filter(({ placement }) => placement === 'copied');
  const kind = routineKind(strategy, copied.length > 0);
  if (digests !== undefined && kind === 'copy-mmu-off')
    throw new RelocationError('EINVAL', 'mmu-off cannot verify: it would take seconds', 'use mmu-on, or no digests');

  const image = new Kimage(segments, allocator, { contiguous: request.contiguous ?? true });
  const routinePage = image.controlPage();
  for (const segment of copied) image.loadSegment(segment);
  image.terminate();
  const lists = image.lists.map(
    ({ pfn, words }): ControlPage => ({ pfn, owner: 'entry list', bytes: new Uint8Array(words.buffer) }),
  );
  const verification = digests && planVerification(image, segments, digests);
  const vectors = softRestart ? planVectors(image) : undefined;
  const copies = CopyRuns.ofSegments(image.loaded);
  const reads = {
    *[Symbol.iterator](): Generator<PageSpan> {
      yield* copies.sources();
      for (const { pfn } of lists) yield { first: pfn, pages: 1 };
    },
  };
  const tables =
    kind === 'copy-mmu-on' || verification !== undefined
      ? planTables(image, request, accessesOf(request, routinePage, reads, segments, verification))
      : undefined;
  const { exceptionLevel, vhe, breadcrumbs } = request;
  const routine = emitRoutine({
    kind,
    exceptionLevel,
    vhe,
    entry,
    dtb,
    head: image.head,
    translation: tables?.translation.registers,
    verification: verification && addressesOf(verification),
    breadcrumbs,
    softRestart,
  });
  const at = (offset: number): bigint => addressOf(routinePage) + BigInt(offset);
  const vectorsPage = vectors?.page;
  return {
    strategy,
    routineKind: kind,
    exceptionLevel,
    vhe: vhe ?? false,
    softRestart,
    ram,
    region,
    segments,
    entry,
    dtb,
    head: image.head,
    copies,
    controlPages: [
      controlPage(routinePage, 'routine', routine.words),
      ...(vectorsPage === undefined ? [] : [vectorsPage]),
      ...(verification === undefined ? [] : [verification.constants, verification.workspace]),
      ...lists,
      ...(tables?.pages ?? []),
    ],
    routine: at(0),
    jump: vectors?.jump ?? at(routine.jumpOffset),
    halt: routine.haltOffset === undefined ? undefined : at(routine.haltOffset),
    vectors: vectorsPage && addressOf(vectorsPage.pfn),
    breadcrumbs,
    translation: tables?.translation,
    cleanAtLoad: cleanAtLoad(kind, [routinePage, ...(vectorsPage ? [vectorsPage.pfn] : [])], segments, reads),
  };
}

/** A control page that begins with these words. */
function controlPage(pfn: number, owner: ControlPageOwner, words: Uint32Array): ControlPage {
  const bytes = new Uint8Array(PAGE_SIZE);
  bytes.set(new Uint8Array(words.buffer));
  return { pfn, owner, bytes };
}

interface PlannedVerification {
  readonly constants: ControlPage;
  readonly workspace: ControlPage;
}

/** Records stand in the order of the list, and behind them those of the segments that lie in place. */
function planVerification(image: Kimage, segments: readonly PlannedSegment[], digests: Digests): PlannedVerification {
  const ordered = [
    ...segments.filter(({ placement }) => placement === 'copied'),
    ...segments.filter(({ placement }) => placement === 'in-place'),
  ];
  return {
    constants: { pfn: image.controlPage(), owner: 'constants', bytes: constantsPage(ordered, digests) },
    workspace: { pfn: image.controlPage(), owner: 'workspace', bytes: new Uint8Array(PAGE_SIZE) },
  };
}

const addressesOf = ({ constants, workspace }: PlannedVerification) => ({
  constants: addressOf(constants.pfn),
  workspace: addressOf(workspace.pfn),
});

function planVectors(image: Kimage): { page: ControlPage; jump: bigint } {
  const { words, jumpOffset } = emitVectors();
  const page = controlPage(image.controlPage(), 'vectors', words);
  return { page, jump: addressOf(page.pfn) + BigInt(jumpOffset) };
}

/** What the routine touches while its tables are on. */
function accessesOf(
  { breadcrumbs }: RelocationRequest,
  routine: number,
  reads: Iterable<PageSpan>,
  segments: readonly PlannedSegment[],
  verification: PlannedVerification | undefined,
): Accesses {
  const rangesOf = (placement: PlannedSegment['placement']): Range[] =>
    segments
      .filter((segment) => segment.placement === placement && segment.memsz > 0n)
      .map((segment) => ({ start: segment.mem, end: segmentEnd(segment) }));
  const inPlace = verification === undefined ? [] : rangesOf('in-place').map(wholePages);
  const read = {
    *[Symbol.iterator](): Generator<PageSpan> {
      yield* reads;
      if (verification !== undefined) yield { first: verification.constants.pfn, pages: 1 };
      for (const { first, last } of inPlace) yield { first, pages: last - first + 1 };
    },
  };
  const workspace = verification === undefined ? [] : [rangeOfPages(verification.workspace.pfn, 1)];
  return {
    routine,
    read,
    written: [...rangesOf('copied'), ...workspace],
    console: breadcrumbs && pfnOf(breadcrumbs.uart),
  };
}

function checkRegion(strategy: Strategy, region: Range | undefined): void {
  const needs = strategy === 'reserved' || strategy === 'crash-region';
  if (needs === (region !== undefined)) return;
  const parameter = strategy === 'crash-region' ? 'crashkernel=' : 'kexeckernel=';
  throw needs
    ? new RelocationError('EINVAL', `strategy ${strategy} has no region`, `boot the old kernel with ${parameter} first`)
    : new RelocationError('EINVAL', `strategy ${strategy} takes no region`, 'leave it out, or choose reserved');
}

interface PlannedTables {
  readonly pages: readonly ControlPage[];
  readonly translation: PlannedTranslation;
}

/** Sizes the tables, takes exactly that many control pages, and builds in them. */
function planTables(image: Kimage, request: RelocationRequest, accesses: Accesses): PlannedTables {
  const tables = sizeTables(accesses, request.ram, request);
  const { pages, translation } = fillTables(tables, image.controlPages(tables.count));
  return { pages: [...pages].map(([pfn, bytes]): ControlPage => ({ pfn, owner: 'table', bytes })), translation };
}

/** Routine and vectors always; what lies in place always; and for a copy with the MMU off, everything that it reads. */
function cleanAtLoad(
  kind: RoutineKind,
  code: readonly number[],
  segments: readonly PlannedSegment[],
  read: Iterable<PageSpan>,
): Range[] {
  const spans = kind === 'copy-mmu-off' ? joinSpans(read) : [];
  const inPlace = segments.filter(({ placement, memsz }) => placement === 'in-place' && memsz > 0n);
  return [
    ...code.map((pfn) => rangeOfPages(pfn, 1)),
    ...spans.map(({ first, pages }) => rangeOfPages(first, pages)),
    ...inPlace.map((segment) => ({ start: segment.mem, end: segmentEnd(segment) })),
  ];
}
