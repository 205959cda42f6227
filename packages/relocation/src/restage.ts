import type { PageAllocator } from './allocator.ts';
import { RelocationError } from './error.ts';
import { planStage } from './plan-stage.ts';
import type { ExecutionState } from './routine/level.ts';
import type { StagePlan } from './stage.ts';
import { type Digests, recordedDigests } from './verification.ts';

/**
 * The same stage for another state of the CPU, in pages of its own.
 *
 * @throws RelocationError `EINVAL` for a stage that moves pages: two of them would need two sources; as planStage does.
 */
export function restage(stage: StagePlan, state: ExecutionState, allocator: PageAllocator): StagePlan {
  if (stage.kind !== 'purgatory')
    throw new RelocationError('EINVAL', 'a stage that moves pages is for one level', 'plan it again for the other one');
  const { strategy, breadcrumbs, placement } = stage;
  const { segments, entry, dtb, region, ram } = placement;
  const digests = digestsIn(stage);
  return planStage({
    ...{ strategy, ...state, breadcrumbs, segments, entry, dtb, region, ram, allocator },
    ...(digests && { digests }),
  });
}

function digestsIn({ controlPages, placement }: StagePlan): Digests | undefined {
  const constants = controlPages.find(({ owner }) => owner === 'constants');
  return constants && recordedDigests(constants.bytes, placement.segments);
}
