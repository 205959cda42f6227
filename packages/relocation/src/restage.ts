import type { PageAllocator } from './allocator.ts';
import { type Moves, planStageMoving } from './plan-stage.ts';
import type { ExecutionState } from './routine/level.ts';
import type { StagePlan } from './stage.ts';
import { type Digests, recordedDigests } from './verification.ts';

/**
 * The same stage for another state of the CPU, in pages of its own. Sources and entry list say nothing about the state: two
 * stages of which only one will run share them.
 *
 * @throws RelocationError as planStage does.
 */
export function restage(stage: StagePlan, state: ExecutionState, allocator: PageAllocator): StagePlan {
  const { strategy, breadcrumbs, placement } = stage;
  const { segments, entry, dtb, region, ram } = placement;
  const digests = digestsIn(stage);
  const request = {
    ...{ strategy, ...state, breadcrumbs, segments, entry, dtb, region, ram, allocator },
    ...(digests && { digests }),
  };
  return planStageMoving(request, movesOf(stage));
}

function movesOf(stage: StagePlan): Moves | undefined {
  if (stage.kind === 'purgatory') return undefined;
  const { mmu, head, copies, controlPages } = stage;
  return { mmu, head, copies, lists: controlPages.filter(({ owner }) => owner === 'entry list') };
}

function digestsIn({ controlPages, placement }: StagePlan): Digests | undefined {
  const constants = controlPages.find(({ owner }) => owner === 'constants');
  return constants && recordedDigests(constants.bytes, placement.segments);
}
