import { addressOf } from '../page.ts';
import type { ControlPageOwner, StagePlan } from '../stage.ts';
import type { ExecutionState } from './level.ts';
import { emitRoutine, type Routine } from './routine.ts';

/**
 * The routine of a stage, emitted again: its words as they were planned, and what its parts are for.
 *
 * @param state where it runs; where the plan says, by default.
 * @throws RelocationError as `emitRoutine` does, for a plan that nobody can have planned.
 */
export function routineOf(stage: StagePlan, state: ExecutionState = stage): Routine {
  const [constants, workspace] = [pageOf(stage, 'constants'), pageOf(stage, 'workspace')];
  return emitRoutine({
    exceptionLevel: state.exceptionLevel,
    vhe: state.vhe,
    entry: stage.placement.entry,
    dtb: stage.placement.dtb,
    copy: stage.kind === 'relocation' ? { mmu: stage.mmu, head: stage.head } : undefined,
    translation: stage.translation?.registers,
    verification: constants === undefined || workspace === undefined ? undefined : { constants, workspace },
    breadcrumbs: stage.breadcrumbs,
    softRestart: stage.softRestart,
  });
}

/** The address of an owner's first control page. */
function pageOf({ controlPages }: StagePlan, wanted: ControlPageOwner): bigint | undefined {
  const page = controlPages.find(({ owner }) => owner === wanted);
  return page && addressOf(page.pfn);
}
