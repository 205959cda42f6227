import { alignUp, locateMemHole } from '../hole.ts';
import { higher, lower, type Range, rangeContains, subtractRanges } from '../range.ts';
import { rolesOf } from '../roles.ts';
import { formatRange } from '../text.ts';
import type { ResourceTree } from '../tree.ts';
import type { BootLog } from './boot-log.ts';
import { DEFAULT_LOW, reserveIn, sizeIn } from './crash.ts';
import { rulesOf } from './kernel.ts';
import { TOP } from './limits.ts';
import { ALIGN, type Memory, memoryOf } from './memory.ts';
import { mebibytes } from './refusal.ts';
import type { PlacedRegion, Refusal, Reservation, ReservationOptions, ReservationRequest } from './reservation.ts';

/** What is known of the machine whose next boot is predicted. */
export interface PredictionOptions extends ReservationOptions {
  /** What the kernel said when it booted with this map: it narrows the range. What it lacks is taken at its worst. */
  log?: BootLog | undefined;
  /**
   * Sizes of what may stand elsewhere at the next boot, before the region is reserved: a kernel under KASLR with UEFI (by
   * default, unless the log says that it stays), an initramfs that the map does not list. All else stands where the map
   * has it.
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

/** Something that was taken for true: `low-limit` that devices reach up to 4 GiB, or to all RAM if it lies above. */
export interface Assumption {
  readonly what: 'low-limit';
  readonly value: bigint;
  /** For people. */
  readonly message: string;
}

/** What the next boot will reserve, as far as a map tells that was read without the region. */
export interface Prediction {
  /** True where every start is known: `from` is `to`, it will be reserved, and nothing is assumed. */
  readonly exact: boolean;
  /** What the answer rests on that neither the log nor the options tell: all that it says holds only where this does. */
  readonly assumed: readonly Assumption[];
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
  const moving = options.moving ?? (log?.kernelMoves === false ? [] : [kernelSize(tree)]);
  const then: Memory = { ...memory, free: earlyFree(memory, log, moving.length > 0) };
  if (request.base !== 0n) return { ...predictAt({ memory, then, request, moving }, known), assumed: [] };
  const isLimitKnown = options.lowLimit !== undefined || (log !== undefined && !log.missing.includes('lowLimit'));
  return assuming(anywhere({ memory, then, request, moving }, known), isLimitKnown ? [] : [lowLimitOf(memory)]);
}

/** A prediction, but for what it assumes. */
type Bare = Omit<Prediction, 'assumed'>;

/** What is asked of which memory: as it is `now`, and as it was when the region was reserved. */
interface Question {
  readonly memory: Memory;
  readonly then: Memory;
  readonly request: ReservationRequest;
  readonly moving: readonly bigint[];
}

/** That the limit is nobody's word. */
export function lowLimitOf({ lowLimit: value }: Memory): Assumption {
  const message = `the low-memory limit is taken for 0x${value.toString(16)}: neither a log nor the caller gives it`;
  return { what: 'low-limit', value, message };
}

function assuming(bare: Bare, assumed: readonly Assumption[]): Prediction {
  const reason = [bare.reason, ...assumed.map(({ message }) => message)].join('; ');
  return { ...bare, exact: bare.exact && assumed.length === 0, assumed, reason };
}

function anywhere({ memory, then, request, moving }: Question, options: ReservationOptions): Bare {
  const best = reserveIn(then, request, options);
  if (best.refusal) return { exact: false, regions: [], refusal: best.refusal, reason: best.refusal.message };
  const worst = reserveIn(memory, withRoomFor(moving, request), options);
  return worst.refusal === null && isAlike(memory, best, worst)
    ? within(best, worst, moving)
    : somewhere({ memory, then, request, moving }, options, worst);
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

/** More than kernels take, for a map that does not list its own. */
const UNSEEN_KERNEL = 64n << 20n;

/** Bytes from the first of the kernel to its last, and what it takes to align it. */
function kernelSize(tree: ResourceTree): bigint {
  const spans = rolesOf(tree).filter(({ role }) => role === 'running kernel');
  const [first, last] = [spans[0], spans.at(-1)];
  return first && last ? last.end + 1n - first.start + ALIGN : UNSEEN_KERNEL;
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

function within(best: Reservation, worst: Reservation, moving: readonly bigint[]): Bare {
  const regions = best.regions.map(({ kind, start, end }) => ({
    kind,
    size: end + 1n - start,
    from: lower(startOf(worst, kind) ?? start, start),
    to: start,
    certain: true,
  }));
  const widest = regions.reduce((most, { from, to }) => higher(most, to - from), 0n);
  const exact = widest === 0n;
  const why = moving.length > 0 ? 'what may stand elsewhere at each boot, and ' : '';
  const reason = exact
    ? 'nothing that is allocated later stands where the region goes'
    : `${why}what is allocated after the reservation stands in the way in this map: up to ${mebibytes(widest)} MiB higher`;
  return { exact, regions, refusal: null, reason };
}

/** Not even the side of the limit is sure, or whether there is room: anywhere that it fits. */
function somewhere({ memory, then, request }: Question, options: ReservationOptions, worst: Reservation): Bare {
  const { lowLimit } = memory;
  const size = sizeIn(rulesOf(options.kernel), request.size, options.pageSize);
  const main = spread('main', then, { size, max: TOP - 1n }, worst.refusal === null);
  const high = locateMemHole(then.free, { size, align: ALIGN, min: lowLimit });
  const lowSize = lowSizeOf(request, options);
  const hasLow = lowSize > 0n && high !== undefined;
  const low = hasLow ? spread('low', then, { size: lowSize, max: lowLimit - 1n }, false) : [];
  const limit = `0x${lowLimit.toString(16)}`;
  const reason = worst.refusal
    ? `what is allocated after the reservation leaves no room in this map: ${worst.refusal.message}`
    : `what is allocated after the reservation decides on which side of ${limit} it lands`;
  return { exact: false, regions: [...low, ...main], refusal: worst.refusal, reason };
}

/** Low memory that goes with a region above the limit: what is asked for, or what kernels add that fall back to there. */
function lowSizeOf({ high, lowSize = 0n }: ReservationRequest, { kernel }: ReservationOptions): bigint {
  return high || !rulesOf(kernel).fallsBack ? lowSize : DEFAULT_LOW;
}

/** From the lowest place to the highest that a region fits in; none where it fits nowhere. */
function spread(
  kind: PlacedRegion['kind'],
  { free }: Memory,
  room: { size: bigint; max: bigint },
  certain: boolean,
): PredictedRegion[] {
  const places = { ...room, align: ALIGN, min: 0x1000n };
  const from = locateMemHole(free, places);
  const to = locateMemHole(free, { ...places, topDown: true });
  return from === undefined || to === undefined ? [] : [{ kind, size: room.size, from, to, certain }];
}

/** An offset is had or not. */
function predictAt({ memory, then, request, moving }: Question, options: ReservationOptions): Bare {
  const now = reserveIn(memory, request, options);
  const size = sizeIn(rulesOf(options.kernel), request.size, options.pageSize);
  const place = { start: request.base, end: request.base + size - 1n };
  const regions = [{ kind: 'main', size, from: place.start, to: place.start, certain: false }] as const;
  if (now.refusal === null) {
    if (moving.length === 0)
      return { exact: true, regions: [{ ...regions[0], certain: true }], refusal: null, reason: 'the place is free' };
    const refusal = mayBeTaken(place);
    return { exact: false, regions, refusal, reason: refusal.message };
  }
  const isLater = now.refusal.reason === 'conflict' && then.free.some((range) => rangeContains(range, place));
  if (!isLater) return { exact: false, regions: [], refusal: now.refusal, reason: now.refusal.message };
  const reason = `${now.refusal.message}; that may have come after the reservation, or stand elsewhere at the next boot`;
  return { exact: false, regions, refusal: now.refusal, reason };
}

function mayBeTaken(range: Range): Refusal {
  return {
    code: 'EBUSY',
    reason: 'conflict',
    message: `crashkernel= wants ${formatRange(range)}, where the kernel may stand at the next boot`,
    hint: 'leave the offset out and let the kernel choose',
    range,
    conflicts: [],
  };
}
