import type { Range } from '@kexeckit/ioport';
import type { Accesses } from './address-space.ts';
import { checkPlanned, checkRam } from './check-plan.ts';
import { RelocationError } from './error.ts';
import { addressOf, hex, PAGE_SIZE, type PageSpan, pfnOf, rangeOfPages } from './page.ts';
import type { Breadcrumbs } from './routine/breadcrumbs.ts';
import type { ExecutionState } from './routine/level.ts';
import { emitRoutine } from './routine/routine.ts';
import { checkInRam, checkSegments, type Segment, segmentAt, segmentSpan, totalPages } from './segment.ts';
import { fillTables, sizeTables } from './temporary-tables.ts';
import { constantsPage, type Digests } from './verification.ts';

/** What a purgatory is emitted from. */
export interface PurgatoryRequest extends ExecutionState {
  /** Physical address of its segment, page-aligned: it runs there and nowhere else. */
  readonly base: bigint;
  /** The other segments: all are verified. */
  readonly segments: readonly Segment[];
  /** The digest of each of them. */
  readonly digests: Digests;
  /** First instruction of the next kernel, in one of the segments. */
  readonly entry: bigint;
  /** Its device tree, in one of the segments. */
  readonly dtb: bigint;
  /** Ranges of System RAM. */
  readonly ram: readonly Range[];
  /** Marks on the console at each stage; none by default. */
  readonly breadcrumbs?: Breadcrumbs | undefined;
}

/** A segment that stands between the old kernel's relocation and the next kernel. */
export interface EmittedPurgatory {
  /** What is loaded with the other segments. */
  readonly segment: Segment;
  /** Its content, `bufsz` bytes. */
  readonly bytes: Uint8Array;
  /** Where the old kernel's relocation jumps to, instead of the next kernel. */
  readonly entry: bigint;
  /** Its last instruction, the jump to the next kernel. */
  readonly jump: bigint;
  /** Where it stops if a digest is wrong. */
  readonly halt: bigint;
}

// The pages of the segment, from its base on; the tables come behind them.
const ROUTINE = 0;
const CONSTANTS = 1;
const WORKSPACE = 2;
const TABLES = 3;

/**
 * Emits a purgatory for kexec_load: the old kernel's own relocation jumps to it, it verifies the SHA-256 of every other
 * segment under page tables of its own, caches on, and jumps to the next kernel as the boot protocol wants it. Where a
 * digest is wrong it stops.
 *
 * It is the same routine as that of a {@link PurgatoryPlan}, which moves nothing either. A plan of ours scatters its pages
 * over memory and owns them; kexec_load takes segments only, so this one is a segment of pages in a row. It asks for nothing but MMU and data cache off, and
 * itself and the segments clean to the point of coherency: what the relocation owes any kernel (booting.rst).
 *
 * The exception level is the one that the relocation jumps at. Linux goes back to EL2 for it where it was booted there.
 *
 * @throws RelocationError as `checkSegments` does, of the purgatory too: `EADDRNOTAVAIL` for a base that is not
 * page-aligned, or outside of `ram`, `EINVAL` for one that overlaps a segment · `EINVAL` for a segment without digest,
 * for an entry or a device tree that no segment holds: nobody would have verified it · `EINVAL` for a console in RAM.
 */
export function emitPurgatory(request: PurgatoryRequest): EmittedPurgatory {
  const { base, segments, ram, breadcrumbs } = request;
  const first = pfnOf(base);
  // Tables can be sized only for a place that they can map.
  segmentOf(request, TABLES);
  const tables = sizeTables(accessesOf(request, first), ram, request);
  const segment = segmentOf(request, TABLES + tables.count);
  checkVerified('entry', request.entry, segments);
  checkVerified('device tree', request.dtb, segments);

  const pfns = Array.from({ length: tables.count }, (_, index) => first + TABLES + index);
  const { pages, translation } = fillTables(tables, pfns);
  const routine = emitRoutine({
    exceptionLevel: request.exceptionLevel,
    vhe: request.vhe,
    entry: request.entry,
    dtb: request.dtb,
    translation: translation.registers,
    verification: { constants: addressOf(first + CONSTANTS), workspace: addressOf(first + WORKSPACE) },
    breadcrumbs,
  });
  const bytes = new Uint8Array(Number(segment.memsz));
  bytes.set(new Uint8Array(routine.words.buffer), ROUTINE * PAGE_SIZE);
  bytes.set(constantsPage(segments, request.digests), CONSTANTS * PAGE_SIZE);
  for (const [pfn, table] of pages) bytes.set(table, (pfn - first) * PAGE_SIZE);
  const at = (offset: number): bigint => base + BigInt(offset);
  return { segment, bytes, entry: base, jump: at(routine.jumpOffset), halt: at(routine.haltOffset) };
}

/** So many pages at the base, where they can be. */
function segmentOf({ base, segments, ram }: PurgatoryRequest, pages: number): Segment {
  const size = BigInt(pages * PAGE_SIZE);
  const segment: Segment = { name: 'purgatory', mem: base, memsz: size, bufsz: size };
  const all = [...segments, segment];
  checkRam(ram);
  checkSegments(all, { totalRamPages: totalPages(ram) });
  checkPlanned(all);
  checkInRam(all, ram);
  return segment;
}

/** It reads what it verifies, writes to its workspace, and maps nothing of its tables. */
function accessesOf({ segments, breadcrumbs }: PurgatoryRequest, first: number): Accesses {
  const read = {
    *[Symbol.iterator](): Generator<PageSpan> {
      yield { first: first + CONSTANTS, pages: 1 };
      yield* segments.map(segmentSpan);
    },
  };
  return {
    routine: first + ROUTINE,
    read,
    written: [rangeOfPages(first + WORKSPACE)],
    console: breadcrumbs && pfnOf(breadcrumbs.uart),
  };
}

function checkVerified(what: string, address: bigint, segments: readonly Segment[]): void {
  if (segmentAt(segments, address) !== undefined) return;
  throw new RelocationError('EINVAL', `the ${what} at ${hex(address)} is in no segment`, 'add the segment', {
    address,
  });
}
