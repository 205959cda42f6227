import { alignUp } from '../hole.ts';
import { systemRamResources } from '../ram.ts';
import { higher } from '../range.ts';
import type { ResourceTree } from '../tree.ts';
import { TOP } from './limits.ts';
import { ALIGN, find, type Memory, memoryOf, newReservation, region } from './memory.ts';
import {
  mebibytes,
  mostThatFits,
  noRoom,
  nothingRequested,
  offsetRefusal,
  offsetText,
  withoutOffset,
} from './refusal.ts';
import { type Reservation, type ReservationOptions, type ReservationRequest, reserved } from './reservation.ts';

/** How `Kexec kernel` may be placed. */
export interface KexecReservationOptions extends Omit<ReservationOptions, 'kernel'> {
  /** Go above the low-memory limit where there is no room below. The 2019 series does not; false by default. */
  anywhere?: boolean | undefined;
}

/**
 * Where the 2019 series puts `Kexec kernel` (after `Crash kernel`, which the map must then hold): at the offset that was
 * given if that is free, 2 MiB aligned RAM; else top-down, 2 MiB aligned, below the low-memory limit, with no way
 * out above it.
 */
export function reserveKexecKernel(
  tree: ResourceTree,
  request: ReservationRequest,
  options: KexecReservationOptions = {},
): Reservation {
  const memory = memoryOf(tree, options);
  const reservation = newReservation(memory, 'Kexec kernel');
  const size = alignUp(request.size, options.pageSize ?? 0x1000n);
  if (size === 0n) reservation.refusal = nothingRequested('kexeckernel');
  else if (request.base !== 0n) reserveAt(memory, reservation, request, size, options);
  else reserveAnywhere(memory, reservation, size, options.anywhere ?? false);
  return reservation;
}

function reserveAt(
  memory: Memory,
  reservation: Reservation,
  request: ReservationRequest,
  size: bigint,
  options: KexecReservationOptions,
): void {
  const { base } = request;
  const range = { start: base, end: base + size - 1n };
  const otherwise = (): string =>
    withoutOffset(reserveKexecKernel(memory.tree, { ...request, base: 0n }, options).refusal);
  const wanted = { memory, parameter: 'kexeckernel', range, banks: systemRamResources(memory.tree), otherwise };
  reservation.refusal = offsetRefusal(wanted, 'checking');
  if (reservation.refusal) reservation.log.push(['warn', offsetText('kexeckernel', reservation.refusal)]);
  else finish(reservation, base, size);
}

function reserveAnywhere(memory: Memory, reservation: Reservation, size: bigint, anywhere: boolean): void {
  const start =
    find(memory, size, 0n, memory.lowLimit) ?? (anywhere ? find(memory, size, memory.lowLimit, TOP) : undefined);
  if (start !== undefined) {
    finish(reservation, start, size);
    return;
  }
  const { low, high } = reservation.largest;
  const largest = anywhere ? higher(low, high) : low;
  const place = anywhere ? 'in System RAM' : `below 0x${memory.lowLimit.toString(16)}`;
  const asked = largest >= ALIGN ? `kexeckernel=${mebibytes(largest)}M` : undefined;
  reservation.refusal = { ...noRoom(size, place), hint: mostThatFits(memory, asked) };
  reservation.log.push(['warn', `cannot allocate kexeckernel (size:0x${size.toString(16)})`]);
}

function finish(reservation: Reservation, start: bigint, size: bigint): void {
  reservation.regions.push(region('main', start, size));
  reservation.log.push(['info', `kexeckernel reserved: ${reserved(start, size, 16)}`]);
}
