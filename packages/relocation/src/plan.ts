import {
  buildTables,
  countTables,
  type Space,
  type TranslationRegisters,
  translationRegisters,
} from '@kexeckit/arm64-pgtable';
import { type Range, rangeSize } from '@kexeckit/ioport';
import { identityMappings, spaceFor } from './address-space.ts';
import type { PageAllocator } from './allocator.ts';
import { CopyRuns } from './copy-runs.ts';
import { RelocationError } from './error.ts';
import { Kimage } from './kimage.ts';
import { addressOf, hex, joinSpans, PAGE_SIZE, type PageSpan, rangeOfPages } from './page.ts';
import { type ExceptionLevel, emitRoutine } from './routine.ts';
import { checkSegments, type Segment, segmentEnd } from './segment.ts';
import { isInPlace, type RoutineKind, routineKind, type Strategy } from './strategy.ts';

/** A segment with the decision about it. */
export interface PlannedSegment extends Segment {
  readonly placement: 'copied' | 'in-place';
}

/** What a page that the plan owns is for. */
export type ControlPageOwner = 'routine' | 'entry list' | 'table';

/** A page that is not part of a segment, with its whole content. */
export interface ControlPage {
  readonly pfn: number;
  readonly owner: ControlPageOwner;
  readonly bytes: Uint8Array;
}

/** The temporary address space of a plan. */
export interface PlannedTranslation {
  readonly space: Space;
  readonly registers: TranslationRegisters;
}

/** A relocation, decided in full: nothing is left to allocate when it runs. */
export interface RelocationPlan {
  readonly strategy: Strategy;
  readonly routineKind: RoutineKind;
  readonly exceptionLevel: ExceptionLevel;
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
  /** The routine's last instruction. */
  readonly jump: bigint;
  readonly translation: PlannedTranslation | undefined;
  /** What the loader cleans to the point of coherency, because it is next read with the MMU off. */
  readonly cleanAtLoad: readonly Range[];
}

/** What a relocation is planned from. */
export interface RelocationRequest {
  readonly strategy: Strategy;
  readonly exceptionLevel: ExceptionLevel;
  readonly ram: readonly Range[];
  readonly region?: Range;
  readonly segments: readonly Segment[];
  readonly entry: bigint;
  readonly dtb: bigint;
  readonly allocator: PageAllocator;
  /** Take sources in the largest blocks that the allocator has, by default; false: one by one in the kernel's order. */
  readonly contiguous?: boolean;
}

/**
 * Plans a relocation: control pages, sources, entry list, temporary tables and routine.
 *
 * @throws RelocationError as `checkSegments` does; `EINVAL` for a region strategy without a region; `ENOSPC` for
 * segments that the region cannot hold; `ENOMEM` when pages run out; `EADDRNOTAVAIL` for a destination outside RAM.
 */
export function planRelocation(request: RelocationRequest): RelocationPlan {
  const { strategy, exceptionLevel, ram, region, allocator, entry, dtb } = request;
  checkRegion(strategy, region);
  checkSegments(request.segments, { totalRamPages: totalPages(ram) });
  checkRam(request.segments, ram);
  const segments = request.segments.map(
    (segment): PlannedSegment => ({ ...segment, placement: isInPlace(segment, region) ? 'in-place' : 'copied' }),
  );
  const copied = segments.filter(({ placement }) => placement === 'copied');
  const kind = routineKind(strategy, copied.length > 0);

  const image = new Kimage(segments, allocator, { contiguous: request.contiguous ?? true });
  const routinePage = image.controlPage();
  for (const segment of copied) image.loadSegment(segment);
  image.terminate();

  const lists = image.lists.map(
    ({ pfn, words }): ControlPage => ({ pfn, owner: 'entry list', bytes: new Uint8Array(words.buffer) }),
  );
  const copies = CopyRuns.ofSegments(image.loaded);
  const reads = {
    *[Symbol.iterator](): Generator<PageSpan> {
      yield* copies.sources();
      for (const { pfn } of lists) yield { first: pfn, pages: 1 };
    },
  };
  const tables =
    kind === 'copy-mmu-on' ? planTables(image, routinePage, reads, copied, ram, exceptionLevel) : undefined;
  const parameters = { kind, exceptionLevel, entry, dtb, head: image.head };
  const routine = emitRoutine(
    tables === undefined ? parameters : { ...parameters, translation: tables.translation.registers },
  );
  const routineBytes = new Uint8Array(PAGE_SIZE);
  routineBytes.set(new Uint8Array(routine.words.buffer));

  return {
    strategy,
    routineKind: kind,
    exceptionLevel,
    ram,
    region,
    segments,
    entry,
    dtb,
    head: image.head,
    copies,
    controlPages: [{ pfn: routinePage, owner: 'routine', bytes: routineBytes }, ...lists, ...(tables?.pages ?? [])],
    routine: addressOf(routinePage),
    jump: addressOf(routinePage) + BigInt(routine.jumpOffset),
    translation: tables?.translation,
    cleanAtLoad: cleanAtLoad(kind, routinePage, segments, reads),
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

function checkRam(segments: readonly Segment[], ram: readonly Range[]): void {
  for (const segment of segments) {
    if (segment.memsz === 0n || ram.some(({ start, end }) => start <= segment.mem && segmentEnd(segment) <= end))
      continue;
    throw new RelocationError(
      'EADDRNOTAVAIL',
      `segment ${segment.name} at ${hex(segment.mem)}, size ${hex(segment.memsz)}, is not in System RAM`,
      'place it in one range of the memory map',
      segment.mem,
    );
  }
}

function totalPages(ram: readonly Range[]): bigint {
  return ram.reduce((sum, range) => sum + rangeSize(range) / 4096n, 0n);
}

interface PlannedTables {
  readonly pages: readonly ControlPage[];
  readonly translation: PlannedTranslation;
}

/** Sizes the tables, takes exactly that many control pages, and builds in them. */
function planTables(
  image: Kimage,
  routine: number,
  read: Iterable<PageSpan>,
  copied: readonly Segment[],
  ram: readonly Range[],
  exceptionLevel: ExceptionLevel,
): PlannedTables {
  const written = copied
    .filter(({ memsz }) => memsz > 0n)
    .map((segment) => ({ start: segment.mem, end: segmentEnd(segment) }));
  const mappings = identityMappings({ routine, read, written }, ram);
  const space = spaceFor(mappings, ram, exceptionLevel);
  const content = new Map(
    image.controlPages(countTables(space, mappings)).map((pfn) => [pfn, new Uint32Array(PAGE_SIZE / 4)]),
  );
  const root = buildTables(space, mappings, [...content.keys()], {
    page: (pfn) => content.get(pfn) ?? new Uint32Array(),
  });
  const registers = translationRegisters(space, addressOf(root));
  const pages = [...content].map(
    ([pfn, words]): ControlPage => ({ pfn, owner: 'table', bytes: new Uint8Array(words.buffer) }),
  );
  return { pages, translation: { space, registers } };
}

/** The routine always; what lies in place always; and for a copy with the MMU off, everything that it reads. */
function cleanAtLoad(
  kind: RoutineKind,
  routine: number,
  segments: readonly PlannedSegment[],
  read: Iterable<PageSpan>,
): Range[] {
  const spans = kind === 'copy-mmu-off' ? joinSpans(read) : [];
  const inPlace = segments.filter(({ placement, memsz }) => placement === 'in-place' && memsz > 0n);
  return [
    rangeOfPages(routine, 1),
    ...spans.map(({ first, pages }) => rangeOfPages(first, pages)),
    ...inPlace.map((segment) => ({ start: segment.mem, end: segmentEnd(segment) })),
  ];
}
