import type { Range } from '@kexeckit/ioport';
import type { Accesses } from './address-space.ts';
import type { PageAllocator } from './allocator.ts';
import { CopyRuns } from './copy-runs.ts';
import { RelocationError } from './error.ts';
import { Kimage } from './kimage.ts';
import { addressOf, joinSpans, PAGE_SIZE, type PageSpan, pfnOf, rangeOfPages } from './page.ts';
import { type PlacementRequest, placementOf } from './placement.ts';
import type { Breadcrumbs } from './routine/breadcrumbs.ts';
import type { ExecutionState } from './routine/level.ts';
import { emitRoutine, type Routine } from './routine/routine.ts';
import { emitVectors } from './routine/vectors.ts';
import { segmentRange, segmentSpan } from './segment.ts';
import type { ControlPage, ControlPageOwner, PlacementPlan, PlannedSegment, StagePlan } from './stage.ts';
import { type Strategy, type StrategyName, strategies, strategyNamed } from './strategies.ts';
import { fillTables, type PlannedTranslation, sizeTables } from './temporary-tables.ts';
import { constantsPage, type Digests } from './verification.ts';

/** What a stage is planned from. */
export interface StageRequest extends ExecutionState, PlacementRequest {
  readonly strategy: StrategyName;
  /** Hands over at EL2 from EL1, by HVC to vectors of our own. No by default. */
  readonly softRestart?: boolean | undefined;
  /** The digest of every segment: they are compared before the jump. Nothing is verified by default. */
  readonly digests?: Digests | undefined;
  /** Marks on the console at each stage; none by default. */
  readonly breadcrumbs?: Breadcrumbs | undefined;
  /** Where control pages come from, and sources too unless they have a place of their own. */
  readonly allocator: PageAllocator;
  readonly sources?: PageAllocator | undefined;
  /** As of an image: by default sources come in blocks and the list in runs; false: one by one in the kernel's order. */
  readonly contiguous?: boolean | undefined;
}

/**
 * Plans what runs between the old kernel and the next one: a relocation where pages have to be moved, otherwise a
 * purgatory. Pages are taken in this order: routine, sources and entry list, constants and workspace, vectors, tables.
 *
 * @throws RelocationError `EINVAL` for a strategy that does not exist, whose region is missing or not wanted, or that
 * cannot verify digests, for a segment without digest, and for a console in RAM · as `checkSegments` does · `EADDRNOTAVAIL` for a destination
 * outside RAM · `ENOMEM` when pages run out · `ENOSPC` where the routine does not fit its page.
 */
export function planStage(request: StageRequest): StagePlan {
  return planAround(request, (image, placement, strategy) => planMoves(image, placement, strategy));
}

/** The same around moves that are given: those of another stage, or none. */
export function planStageMoving(request: StageRequest, moves: Moves | undefined): StagePlan {
  return planAround(request, () => moves);
}

function planAround(
  request: StageRequest,
  movesIn: (image: Kimage, placement: PlacementPlan, strategy: Strategy) => Moves | undefined,
): StagePlan {
  const strategy = strategyNamed(request.strategy);
  checkRegion(strategy, request.region);
  checkDigests(strategy, request.digests);
  const placement = placementOf(request);
  const { allocator, sources, contiguous = true } = request;
  const image = new Kimage(placement.segments, allocator, { contiguous, ...(sources && { sources }) });
  const code = image.controlPage();
  const moves = movesIn(image, placement, strategy);
  const verification = request.digests && planVerification(image, placement, request.digests);
  const vectors = request.softRestart ? planVectors(image) : undefined;
  const pages: StagePages = { code, moves, verification, vectors };
  const tables = underTables(pages) ? planTables(image, request, accessesOf(request, placement, pages)) : undefined;
  return assemble(request, placement, { ...pages, tables });
}

function checkRegion({ name, region: parameter }: Strategy, region: Range | undefined): void {
  if (parameter !== undefined && region === undefined)
    throw new RelocationError(
      'EINVAL',
      `strategy ${name} has no region`,
      `boot the old kernel with ${parameter}= first`,
    );
  if (parameter !== undefined || region === undefined) return;
  const others = strategies.filter((strategy) => strategy.region !== undefined).map((strategy) => strategy.name);
  throw new RelocationError(
    'EINVAL',
    `strategy ${name} takes no region`,
    `leave it out, or choose ${others.join(' or ')}`,
    { address: region.start },
  );
}

function checkDigests({ name, canVerify }: Strategy, digests: Digests | undefined): void {
  if (digests === undefined || canVerify) return;
  const others = strategies.filter((strategy) => strategy.canVerify).map((strategy) => strategy.name);
  throw new RelocationError(
    'EINVAL',
    `strategy ${name} cannot verify digests`,
    `leave them out, or choose ${others.join(' or ')}`,
  );
}

/** What is moved, and the list that says so. */
export interface Moves {
  readonly mmu: 'on' | 'off';
  readonly head: bigint;
  readonly copies: CopyRuns;
  readonly lists: readonly ControlPage[];
}

/** Gives every page of every copied segment a source, and writes the list; undefined where none is copied. */
function planMoves(image: Kimage, { segments }: PlacementPlan, { mmu }: Strategy): Moves | undefined {
  const copied = segments.filter(({ placement }) => placement === 'copied');
  if (copied.length === 0) return undefined;
  for (const segment of copied) image.loadSegment(segment);
  image.terminate();
  const lists = image.lists.map(
    ({ pfn, words }): ControlPage => ({ pfn, owner: 'entry list', bytes: new Uint8Array(words.buffer) }),
  );
  return { mmu, head: image.head, copies: CopyRuns.ofSegments(image.loaded), lists };
}

interface VerificationPages {
  readonly constants: ControlPage;
  readonly workspace: ControlPage;
}

/** Records stand in the order of the list, and behind them those of the segments that lie in place. */
function planVerification(image: Kimage, { segments }: PlacementPlan, digests: Digests): VerificationPages {
  const ordered = [
    ...segments.filter(({ placement }) => placement === 'copied'),
    ...segments.filter(({ placement }) => placement === 'in-place'),
  ];
  return {
    constants: { pfn: image.controlPage(), owner: 'constants', bytes: constantsPage(ordered, digests) },
    workspace: { pfn: image.controlPage(), owner: 'workspace', bytes: new Uint8Array(PAGE_SIZE) },
  };
}

interface PlannedVectors {
  readonly page: ControlPage;
  /** Physical address of their jump to the next stage. */
  readonly jump: bigint;
}

function planVectors(image: Kimage): PlannedVectors {
  const { words, jumpOffset } = emitVectors();
  const page = controlPage(image.controlPage(), 'vectors', words);
  return { page, jump: addressOf(page.pfn) + BigInt(jumpOffset) };
}

/** A control page that begins with these words. */
function controlPage(pfn: number, owner: ControlPageOwner, words: Uint32Array): ControlPage {
  const bytes = new Uint8Array(PAGE_SIZE);
  bytes.set(new Uint8Array(words.buffer));
  return { pfn, owner, bytes };
}

/** The pages that a stage has before its tables are sized. */
interface StagePages {
  /** The page of the routine. */
  readonly code: number;
  readonly moves: Moves | undefined;
  readonly verification: VerificationPages | undefined;
  readonly vectors: PlannedVectors | undefined;
}

/** Whether the routine runs under temporary tables: digests are computed with the caches on. */
const underTables = ({ moves, verification }: StagePages): boolean => moves?.mmu === 'on' || verification !== undefined;

/** What the routine touches while its tables are on. */
function accessesOf(request: StageRequest, { segments }: PlacementPlan, pages: StagePages): Accesses {
  const { code, moves, verification } = pages;
  const copied = segments.filter(({ placement, memsz }) => placement === 'copied' && memsz > 0n);
  const inPlace = verification === undefined ? [] : segments.filter(({ placement }) => placement === 'in-place');
  const read = {
    *[Symbol.iterator](): Generator<PageSpan> {
      yield* readsOf(moves);
      if (verification !== undefined) yield { first: verification.constants.pfn, pages: 1 };
      yield* inPlace.map(segmentSpan);
    },
  };
  const workspace = verification === undefined ? [] : [rangeOfPages(verification.workspace.pfn)];
  const console = request.breadcrumbs && pfnOf(request.breadcrumbs.uart);
  return { routine: code, read, written: [...copied.map(segmentRange), ...workspace], console };
}

/** What a copy reads: every source, and the list. */
function* readsOf(moves: Moves | undefined): Generator<PageSpan, undefined> {
  if (moves === undefined) return;
  yield* moves.copies.sources();
  for (const { pfn } of moves.lists) yield { first: pfn, pages: 1 };
}

interface PlannedTables {
  readonly pages: readonly ControlPage[];
  readonly translation: PlannedTranslation;
}

/** Sizes the tables, takes exactly that many control pages, and builds in them. */
function planTables(image: Kimage, request: StageRequest, accesses: Accesses): PlannedTables {
  const tables = sizeTables(accesses, request.ram, request);
  const { pages, translation } = fillTables(tables, image.controlPages(tables.count));
  return { pages: [...pages].map(([pfn, bytes]): ControlPage => ({ pfn, owner: 'table', bytes })), translation };
}

/** All parts of a stage. */
interface StageParts extends StagePages {
  readonly tables: PlannedTables | undefined;
}

function assemble(request: StageRequest, placement: PlacementPlan, parts: StageParts): StagePlan {
  const { strategy, exceptionLevel, vhe = false, softRestart = false, breadcrumbs } = request;
  const { code, moves, vectors, tables } = parts;
  const routine = routineOf(request, parts);
  const start = addressOf(code);
  const base = {
    strategy,
    exceptionLevel,
    vhe,
    softRestart,
    placement,
    controlPages: controlPagesOf(routine, parts),
    start,
    jump: vectors?.jump ?? start + BigInt(routine.jumpOffset),
    halt: routine.haltOffset === undefined ? undefined : start + BigInt(routine.haltOffset),
    vectors: vectors && addressOf(vectors.page.pfn),
    breadcrumbs,
    translation: tables?.translation,
    cleanAtLoad: cleanAtLoad(placement.segments, parts),
  };
  if (moves === undefined) return { kind: 'purgatory', ...base };
  return { kind: 'relocation', ...base, mmu: moves.mmu, head: moves.head, copies: moves.copies };
}

function routineOf(request: StageRequest, { moves, verification, tables }: StageParts): Routine {
  const { exceptionLevel, vhe, entry, dtb, breadcrumbs, softRestart } = request;
  return emitRoutine({
    exceptionLevel,
    vhe,
    entry,
    dtb,
    copy: moves && { mmu: moves.mmu, head: moves.head },
    translation: tables?.translation.registers,
    verification: verification && {
      constants: addressOf(verification.constants.pfn),
      workspace: addressOf(verification.workspace.pfn),
    },
    breadcrumbs,
    softRestart,
  });
}

function controlPagesOf(routine: Routine, { code, moves, verification, vectors, tables }: StageParts): ControlPage[] {
  return [
    controlPage(code, 'routine', routine.words),
    ...(vectors === undefined ? [] : [vectors.page]),
    ...(verification === undefined ? [] : [verification.constants, verification.workspace]),
    ...(moves?.lists ?? []),
    ...(tables?.pages ?? []),
  ];
}

/** Routine and vectors always; what lies in place always; and for a copy with the MMU off, everything that it reads. */
function cleanAtLoad(segments: readonly PlannedSegment[], { code, moves, vectors }: StageParts): Range[] {
  const inPlace = segments.filter(({ placement, memsz }) => placement === 'in-place' && memsz > 0n);
  return [
    rangeOfPages(code),
    ...(vectors === undefined ? [] : [rangeOfPages(vectors.page.pfn)]),
    ...(moves?.mmu === 'off' ? joinSpans(readsOf(moves)) : []).map(({ first, pages }) => rangeOfPages(first, pages)),
    ...inPlace.map(segmentRange),
  ];
}
