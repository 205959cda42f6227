import { alignUp, locateMemHole } from '../hole.ts';
import { higher, lower, type Range, rangeContains, subtractRanges } from '../range.ts';
import { rolesOf } from '../roles.ts';
import type { ResourceTree } from '../tree.ts';
import type { BootLog } from './boot-log.ts';
import { reserveIn, sizeIn } from './crash.ts';
import { rulesOf } from './kernel.ts';
import { ALIGN, type Memory, memoryOf } from './memory.ts';
import { mebibytes } from './refusal.ts';
import type { PlacedRegion, Refusal, Reservation, ReservationOptions, ReservationRequest } from './reservation.ts';

/** What is known of the machine whose next boot is predicted. */
export interface PredictionOptions extends ReservationOptions {
  /** What the kernel said when it booted with this map: it narrows the range. */
  log?: BootLog | undefined;
  /**
   * Sizes of what may stand elsewhere at the next boot, before the region is reserved: a kernel under KASLR with UEFI (by
   * default where the log says so), an initramfs that the map does not list. All else stands where the map has it.
   */
  moving?: readonly bigint[] | undefined;
}

/** Where a region will start: in `[from, to]`. */
export interface PredictedRegion {
  readonly kind: PlacedRegion['kind'];
  /** Bytes. */
  readonly size: bigint;
  readonly from: bigint;
  readonly to: bigint;
  /** False where it may not be reserved at all. */
  readonly certain: boolean;
}

/** What the next boot will reserve, as far as a map tells that was read without the region. */
export interface Prediction {
  /** True where every start is known: `from` is `to`, and it will be reserved. */
  readonly exact: boolean;
  readonly regions: readonly PredictedRegion[];
  /** Why nothing will be reserved, or may not be; null where that cannot happen. */
  readonly refusal: Refusal | null;
  /** Why it is a range, or may fail, or what makes it exact. */
  readonly reason: string;
}

/**
 * Where `Crash kernel` will land at the next boot, from the map of a boot without it. That map holds too what was
 * allocated after the time of the reservation, some of it in the very place. So the region starts no lower than in what
 * is free now, and no higher than in what only the kernel and the contiguous allocator's areas, which come first, had
 * taken.
 */
export function predictReservation(
  tree: ResourceTree,
  request: ReservationRequest,
  options: PredictionOptions = {},
): Prediction {
  const { log } = options;
  const known = { lowLimit: log?.lowLimit, bootRam: log?.bootRam, ...present(options) };
  const memory = memoryOf(tree, known);
  const moving = options.moving ?? (log?.kernelMoves ? [kernelSize(tree)] : []);
  const then: Memory = { ...memory, free: earlyFree(memory, log, moving.length > 0) };
  if (request.base !== 0n) return predictAt(memory, then, request, known);
  const best = reserveIn(then, request, known);
  if (best.refusal) return { exact: false, regions: [], refusal: best.refusal, reason: best.refusal.message };
  const worst = reserveIn(memory, withRoomFor(moving, request), known);
  return worst.refusal === null && isAlike(memory, best, worst)
    ? within(best, worst, moving)
    : somewhere(memory, then, best, worst);
}

/** Options that are set; a log speaks for the others. */
function present({ kernel, lowLimit, bootRam, pageSize }: ReservationOptions): ReservationOptions {
  return { kernel, pageSize, ...(lowLimit !== undefined && { lowLimit }), ...(bootRam !== undefined && { bootRam }) };
}

/** Memory that nobody had taken for certain when the region was reserved. */
function earlyFree({ tree, ram }: Memory, log: BootLog | undefined, isMoving: boolean): Range[] {
  const cma = (log?.cma ?? []).map(({ start, size }) => ({ start, end: start + size - 1n }));
  const kernel = isMoving ? [] : rolesOf(tree).filter(({ role }) => role === 'running kernel');
  return subtractRanges(ram, [...cma, ...kernel]);
}

/** Bytes from the first of the kernel to its last, and what it takes to align it. */
function kernelSize(tree: ResourceTree): bigint {
  const spans = rolesOf(tree).filter(({ role }) => role === 'running kernel');
  const [first, last] = [spans[0], spans.at(-1)];
  return first && last ? last.end + 1n - first.start + ALIGN : 0n;
}

/** So much more that the region still finds its place in there wherever these stand. */
function withRoomFor(moving: readonly bigint[], request: ReservationRequest): ReservationRequest {
  if (moving.length === 0) return request;
  const pieces = BigInt(moving.length + 1);
  const others = moving.reduce((sum, size) => sum + size, 0n);
  const roomy = (size: bigint): bigint => (size === 0n ? 0n : pieces * (alignUp(size, ALIGN) + ALIGN) + others);
  return { ...request, size: roomy(request.size), lowSize: roomy(request.lowSize ?? 0n) };
}

function startOf({ regions }: Reservation, kind: PlacedRegion['kind']): bigint | undefined {
  return regions.find((region) => region.kind === kind)?.start;
}

/** Whether two reservations are on the same side of the limit: then every one between them is. */
function isAlike({ lowLimit }: Memory, a: Reservation, b: Reservation): boolean {
  const side = (reservation: Reservation): boolean => (startOf(reservation, 'main') ?? 0n) >= lowLimit;
  return side(a) === side(b) && a.regions.length === b.regions.length;
}

function within(best: Reservation, worst: Reservation, moving: readonly bigint[]): Prediction {
  const regions = best.regions.map(({ kind, start, end }) => ({
    kind,
    size: end + 1n - start,
    from: lower(startOf(worst, kind) ?? start, start),
    to: start,
    certain: true,
  }));
  const widest = regions.reduce((most, { from, to }) => higher(most, to - from), 0n);
  const exact = widest === 0n;
  const why = moving.length > 0 ? 'what stands elsewhere at each boot, and ' : '';
  const reason = exact
    ? 'nothing that is allocated later stands where the region goes'
    : `${why}what is allocated after the reservation stands in the way in this map: up to ${mebibytes(widest)} MiB higher`;
  return { exact, regions, refusal: null, reason };
}

/** Not even the side of the limit is sure, or whether there is room: anywhere that it fits. */
function somewhere(memory: Memory, then: Memory, best: Reservation, worst: Reservation): Prediction {
  const kinds = new Map([...worst.regions, ...best.regions].map((region) => [region.kind, region]));
  const regions = [...kinds.values()].map(({ kind, start, end }) => {
    const size = kind === 'main' ? sizeOf(best) : end + 1n - start;
    const places = { size, align: ALIGN, min: 0x1000n, ...(kind === 'low' && { max: memory.lowLimit - 1n }) };
    return {
      kind,
      size,
      from: locateMemHole(then.free, places) ?? start,
      to: locateMemHole(then.free, { ...places, topDown: true }) ?? start,
      certain: kind === 'main' && worst.refusal === null,
    };
  });
  const limit = `0x${memory.lowLimit.toString(16)}`;
  const reason = worst.refusal
    ? `what is allocated after the reservation leaves no room in this map: ${worst.refusal.message}`
    : `what is allocated after the reservation decides on which side of ${limit} it lands`;
  return { exact: false, regions, refusal: worst.refusal, reason };
}

function sizeOf({ regions }: Reservation): bigint {
  const main = regions.find(({ kind }) => kind === 'main');
  return main ? main.end + 1n - main.start : 0n;
}

/** An offset is had or not. */
function predictAt(memory: Memory, then: Memory, request: ReservationRequest, options: ReservationOptions): Prediction {
  const now = reserveIn(memory, request, options);
  const size = sizeIn(rulesOf(options.kernel), request.size, options.pageSize);
  const place = { start: request.base, end: request.base + size - 1n };
  const found = { kind: 'main', size, from: place.start, to: place.start } as const;
  if (now.refusal === null)
    return { exact: true, regions: [{ ...found, certain: true }], refusal: null, reason: 'the place is free' };
  const isLater = now.refusal.reason === 'conflict' && then.free.some((range) => rangeContains(range, place));
  if (!isLater) return { exact: false, regions: [], refusal: now.refusal, reason: now.refusal.message };
  const reason = `${now.refusal.message}; that may have come after the reservation`;
  return { exact: false, regions: [{ ...found, certain: false }], refusal: now.refusal, reason };
}
