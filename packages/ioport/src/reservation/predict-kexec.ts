import { copyTree } from '../copy.ts';
import { findByName } from '../ram.ts';
import { rangeSize } from '../range.ts';
import { removeResource } from '../request.ts';
import type { ResourceTree } from '../tree.ts';
import { type KexecReservationOptions, reserveKexecKernel } from './kexec.ts';
import { memoryOf } from './memory.ts';
import { lowLimitOf, type Prediction } from './predict.ts';
import type { ReservationRequest } from './reservation.ts';

/** A map as it would be if nothing had been reserved for kernels to come: without crash and kexec regions. */
export function withoutRegions(tree: ResourceTree): ResourceTree {
  const copy = copyTree(tree);
  for (const name of ['Crash kernel', 'Kexec kernel'])
    for (const region of findByName(copy, name)) removeResource(region);
  return copy;
}

/**
 * Where `Kexec kernel` will land at the next boot of a kernel of the 2019 series, from the map of a boot without it; the crash
 * region, which comes first, must be in the map. The map holds also what was allocated later: the region can land higher.
 */
export function predictKexecReservation(
  tree: ResourceTree,
  request: ReservationRequest,
  options: KexecReservationOptions = {},
): Prediction {
  const { regions, refusal } = reserveKexecKernel(tree, request, options);
  const assumed = options.lowLimit === undefined ? [lowLimitOf(memoryOf(tree, options))] : [];
  const placed = regions.map(({ kind, start, end }) => {
    return { kind, size: rangeSize({ start, end }), from: start, to: start, certain: false };
  });
  const why = refusal?.message ?? 'the highest place that is free in this map: at boot a higher one may be';
  const reason = [why, ...assumed.map(({ message }) => message)].join('; ');
  return { exact: false, assumed, regions: placed, refusal, reason };
}
