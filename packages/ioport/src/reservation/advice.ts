import { alignUp } from '../hole.ts';
import type { PlacementRules } from './kernel.ts';
import { ALIGN, type Memory } from './memory.ts';
import { mebibytes, mostThatFits } from './refusal.ts';
import type { Reservation, ReservationRequest } from './reservation.ts';

const MIB = 0x10_0000n;

/** A request that was refused for want of room. */
export interface Refused {
  readonly memory: Memory;
  readonly reservation: Reservation;
  readonly request: ReservationRequest;
  readonly rules: PlacementRules;
  /** Whether another request would be granted. */
  readonly fits: (request: ReservationRequest) => boolean;
}

/** What to ask for instead: only what was tried, and fits. */
export function adviceOn(refused: Refused): string {
  return refused.reservation.refusal?.reason === 'no-low-room' ? lessLow(refused) : less(refused);
}

/** The largest that fits as it was asked for; and with another suffix, or less low memory, as much as was asked for. */
function less(refused: Refused): string {
  const { memory, reservation, request, rules, fits } = refused;
  const { low, high, anywhere } = reservation.largest;
  const sizes = [low, high, anywhere].filter((size) => size >= ALIGN).map((size) => size & -MIB);
  const asked = sizes.map((size) => ({ ...request, size })).filter(fits);
  const most = asked.reduce((best, other) => (other.size > best.size ? other : best), { ...request, size: 0n });
  const lowSize = low & -MIB;
  const both = { ...request, size: high & -MIB, lowSize };
  if (most.size === 0n && request.high && lowSize > 0n && both.size > 0n && fits(both))
    return mostThatFits(memory, `${written(both)} ${writtenLow(lowSize)}`);
  const hint = mostThatFits(memory, most.size > 0n ? written(most) : undefined);
  const above = { size: alignUp(request.size, MIB), base: 0n, high: true, lowSize: 0n };
  const isElsewhere = !request.high && rules.knowsHigh && !rules.fallsBack && fits(above);
  return isElsewhere ? `${hint}; above it ${written(above)} does` : hint;
}

/** The main region is all right; its companion is not. */
function lessLow({ memory, reservation, request, fits }: Refused): string {
  const main = { ...request, high: true, size: request.high ? request.size : alignUp(request.size, MIB) };
  // Beside a plain value `,low` is ignored.
  const front = request.high ? '' : `${written(main)} `;
  const lowSize = reservation.largest.low & -MIB;
  const isLess = lowSize >= ALIGN && fits({ ...main, lowSize });
  const most = isLess ? mostThatFits(memory, `${front}${writtenLow(lowSize)}`) : 'nothing fits there';
  if (!fits({ ...main, lowSize: 0n })) return most;
  return `${most}; ${front}crashkernel=0,low if no device needs low memory`;
}

function written({ size, high }: ReservationRequest): string {
  return `crashkernel=${mebibytes(size)}M${high ? ',high' : ''}`;
}

function writtenLow(size: bigint): string {
  return `crashkernel=${mebibytes(size)}M,low`;
}
