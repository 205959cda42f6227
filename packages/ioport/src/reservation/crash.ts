import { alignUp } from '../hole.ts';
import { systemRamResources } from '../ram.ts';
import type { ResourceTree } from '../tree.ts';
import { adviceOn } from './advice.ts';
import { DEFAULT_KERNEL, type PlacementRules, rulesOf } from './kernel.ts';
import { TOP } from './limits.ts';
import { find, type Memory, memoryOf, newReservation, region, unmappedResources } from './memory.ts';
import { noRoom, nothingRequested, offsetRefusal, offsetText, withoutOffset } from './refusal.ts';
import {
  type Refusal,
  type Reservation,
  type ReservationOptions,
  type ReservationRequest,
  reserved,
} from './reservation.ts';

/** Low memory that kernels reserve by themselves when they move a plain request above the limit. */
export const DEFAULT_LOW = 0x800_0000n;

/** A reservation under way. */
interface Attempt {
  readonly memory: Memory;
  readonly reservation: Reservation;
  readonly rules: PlacementRules;
  readonly size: bigint;
  readonly request: ReservationRequest;
  readonly options: ReservationOptions;
}

/**
 * Where arm64 Linux puts `Crash kernel`, given the memory map as it is without one: top-down, 2 MiB aligned, below the
 * low-memory limit unless `,high`. 6.12 and 7.3 fall back from low to high memory (then they want 128 MiB of low memory
 * as well) and from high to low; 6.1 does neither; 5.10 knows low memory only. The tree is not changed: see
 * {@link placeReservation}.
 *
 * @param tree The map; everything nested in System RAM counts as taken. A map read after boot also holds what was
 * reserved later: see {@link predictReservation}.
 * @param request The parsed parameter; see `parseCrashkernel` of `@kexeckit/cmdline`.
 */
export function reserveCrashKernel(
  tree: ResourceTree,
  request: ReservationRequest,
  options: ReservationOptions = {},
): Reservation {
  return reserveIn(memoryOf(tree, options), request, options);
}

/** The same in a machine's memory, whatever its map says. */
export function reserveIn(memory: Memory, request: ReservationRequest, options: ReservationOptions): Reservation {
  const reservation = attemptIn(memory, request, options);
  const { refusal } = reservation;
  if (refusal?.reason === 'no-room' || refusal?.reason === 'no-low-room') {
    const fits = (other: ReservationRequest): boolean => attemptIn(memory, other, options).refusal === null;
    refusal.hint = adviceOn({ memory, reservation, request, rules: rulesOf(options.kernel), fits });
  }
  return reservation;
}

function attemptIn(memory: Memory, request: ReservationRequest, options: ReservationOptions): Reservation {
  const rules = rulesOf(options.kernel ?? DEFAULT_KERNEL);
  const reservation = newReservation(memory, 'Crash kernel');
  const size = sizeIn(rules, request.size, options.pageSize);
  const attempt: Attempt = { memory, reservation, rules, size, request, options };
  if (size === 0n) reservation.refusal = nothingRequested('crashkernel');
  else if (request.base !== 0n) reserveAt(attempt);
  else if (request.high && !rules.knowsHigh) reservation.refusal = highNotKnown();
  else if (rules.fallsBack) reserveEitherSide(attempt);
  else reserveOneSide(attempt);
  return reservation;
}

/** Bytes that a kernel reserves for a size; rounding up from the last page of all wraps to nothing. */
export function sizeIn({ roundsToPages }: PlacementRules, size: bigint, pageSize = 0x1000n): bigint {
  return roundsToPages ? BigInt.asUintN(64, alignUp(size, pageSize)) : size;
}

function highNotKnown(): Refusal {
  const message = 'this kernel does not know crashkernel=SIZE,high, and skips it';
  return { ...nothingRequested('crashkernel'), message, hint: 'write crashkernel=SIZE' };
}

function reserveAt(attempt: Attempt): void {
  const { memory, reservation, size, request, rules, options } = attempt;
  const range = { start: request.base, end: request.base + size - 1n };
  const ram = systemRamResources(memory.tree);
  const hasReasons = rules.offsetText === 'reasons';
  // What is never mapped is memory to the kernels that ask whether an offset is memory.
  const banks = hasReasons ? [...ram, ...unmappedResources(memory.tree)] : ram;
  const otherwise = (): string => withoutOffset(reserveIn(memory, { ...request, base: 0n }, options).refusal);
  const wanted = { memory, parameter: 'crashkernel', range, banks, otherwise };
  reservation.refusal = offsetRefusal(wanted, hasReasons ? 'checking' : 'mending');
  if (reservation.refusal) reservation.log.push(['warn', textOf(attempt, reservation.refusal)]);
  else finish(attempt, range.start, request.lowSize ?? 0n);
}

function textOf({ rules, size }: Attempt, refusal: Refusal): string {
  if (rules.offsetText === 'reasons') return offsetText('crashkernel', refusal);
  return rules.offsetText === 'own' ? 'crashkernel reservation failed - memory is in use.' : cannotAllocate(size);
}

function cannotAllocate(size: bigint): string {
  return `cannot allocate crashkernel (size:0x${size.toString(16)})`;
}

/** One search: below the limit, or with `,high` everywhere from the top. */
function reserveOneSide(attempt: Attempt): void {
  const { memory, size, request } = attempt;
  const start = find(memory, size, 0n, request.high ? TOP : memory.lowLimit);
  if (start !== undefined) {
    finish(attempt, start, request.lowSize ?? 0n);
    return;
  }
  const place = request.high ? 'in System RAM' : `below 0x${memory.lowLimit.toString(16)}`;
  refuseNoRoom(attempt, size, place, cannotAllocate(size));
}

/** The wanted side of the limit, then the other one. */
function reserveEitherSide(attempt: Attempt): void {
  const { memory, size, request } = attempt;
  const { lowLimit } = memory;
  const wanted = request.high ? find(memory, size, lowLimit, TOP) : find(memory, size, 0n, lowLimit);
  if (wanted !== undefined) {
    finish(attempt, wanted, request.lowSize ?? 0n);
    return;
  }
  const other = request.high ? find(memory, size, 0n, lowLimit) : find(memory, size, lowLimit, TOP);
  if (other !== undefined) {
    finish(attempt, other, request.high ? (request.lowSize ?? 0n) : DEFAULT_LOW);
    return;
  }
  refuseNoRoom(attempt, size, 'in System RAM', cannotAllocate(size));
}

function refuseNoRoom({ reservation }: Attempt, size: bigint, place: string, text: string): void {
  reservation.refusal = noRoom(size, place);
  reservation.log.push(['warn', text]);
}

/** The main region is found; one above the limit needs its low companion, or all is given up. */
function finish(attempt: Attempt, start: bigint, lowSize: bigint): void {
  const { memory, reservation, size } = attempt;
  if (start >= memory.lowLimit && lowSize > 0n) {
    const low = find(memory, lowSize, 0n, memory.lowLimit);
    if (low === undefined) {
      refuseNoLowRoom(attempt, lowSize);
      return;
    }
    reservation.regions.push(region('low', low, lowSize));
    reservation.log.push(['info', `crashkernel low memory reserved: ${reserved(low, lowSize, 8)}`]);
  }
  reservation.regions.push(region('main', start, size));
  reservation.log.push(['info', `crashkernel reserved: ${reserved(start, size, 16)}`]);
}

function refuseNoLowRoom({ memory, reservation }: Attempt, lowSize: bigint): void {
  const place = `below 0x${memory.lowLimit.toString(16)} for 32-bit devices`;
  reservation.refusal = { ...noRoom(lowSize, place), reason: 'no-low-room' };
  reservation.log.push(['err', `cannot allocate crashkernel low memory (size:0x${lowSize.toString(16)}).`]);
}
